"""A Docker engine for the test: the running one if it can pull the official images, else one of our own, with a folder, a
socket and stand-ins of its own, that ends with the test."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
IMAGES = pathlib.Path(__file__).resolve().parent / "images"
PLUGINS = TOP / "build/docker"  # deploy/dev/deps engine puts the compose plugin there
START_S = 60


class Skip(Exception):
    """There is no engine to be had, and why."""


def official_images():
    """What docker-compose.yml takes from others, as it is written there."""
    text = (TOP / "docker-compose.yml").read_text()
    return sorted(set(re.findall(r"^\s*image: ((?:postgres|redis|nginx):\S+)$", text, re.M)))


class Engine:
    def __init__(self):
        self.daemon = None
        self.environment = dict(os.environ)
        if (PLUGINS / "cli-plugins/docker-compose").exists():
            self.environment["DOCKER_CONFIG"] = str(PLUGINS)
        # What a test asks from many threads must not fill the disk with pictures of a build that is watched by nobody.
        self.environment["BUILDKIT_PROGRESS"] = "plain"
        self.own_root = None

    # ---- commands ----

    def run(self, *command, check=True, cwd=None, timeout=1800, **variables):
        done = subprocess.run(command, cwd=cwd, env={**self.environment, **variables}, text=True, capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=timeout)
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(command)}: {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done

    def docker(self, *command, **options):
        return self.run("docker", *command, **options)

    def inspect(self, what):
        return json.loads(self.docker("inspect", what).stdout)[0]

    # ---- life ----

    def start(self):
        if not shutil.which("docker"):
            raise Skip("there is no docker; deploy/dev/deps engine installs it")
        if self.docker("compose", "version", check=False).returncode != 0:
            raise Skip("docker has no compose plugin; deploy/dev/deps engine fetches it")
        if self.is_up() and all(self.can_pull(image) for image in official_images()):
            return
        self.start_own()
        for image in official_images():
            if not self.can_pull(image):
                self.build_stand_in(image)

    def is_up(self):
        return self.docker("info", check=False).returncode == 0

    def can_pull(self, image):
        return (self.docker("image", "inspect", image, check=False).returncode == 0
                or self.docker("pull", "--quiet", image, check=False).returncode == 0)

    def start_own(self):
        if os.geteuid() != 0:
            raise Skip("an engine of its own wants root")
        if not shutil.which("dockerd"):
            raise Skip("there is no dockerd; deploy/dev/deps engine installs it")
        kept = os.environ.get("COMPOSE_TEST_ROOT")
        root = pathlib.Path(kept or tempfile.mkdtemp(prefix="countersign-compose-", dir="/var/tmp"))
        root.mkdir(parents=True, exist_ok=True)
        self.own_root = None if kept else root
        self.root = root
        self.environment["DOCKER_HOST"] = f"unix://{root}/docker.sock"
        with open(root / "dockerd.log", "w") as log:
            self.daemon = subprocess.Popen(
                ["dockerd", "--data-root", root / "data", "--exec-root", root / "exec", "--pidfile", root / "dockerd.pid",
                 "--host", self.environment["DOCKER_HOST"], "--default-ulimit", "nofile=20000:20000"],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL)  # fmt: skip
        end = time.monotonic() + START_S
        while not self.is_up():
            if self.daemon.poll() is not None or time.monotonic() > end:
                tail = (root / "dockerd.log").read_text().splitlines()[-1:]
                self.stop()
                raise Skip(f"dockerd does not start here: {' '.join(tail)}")
            time.sleep(0.2)

    def build_stand_in(self, image):
        self.need_base()
        name = image.partition(":")[0]
        self.docker("build", "--quiet", "--network", "host", "--tag", image, "--file", str(IMAGES / name), str(IMAGES))

    def need_base(self):
        base = "debian:bookworm-slim"
        if self.can_pull(base):
            return
        if not shutil.which("mmdebstrap"):
            raise Skip("no registry can be reached, and there is no mmdebstrap to make a base of")
        tar = self.root / "base.tar"
        if not tar.exists():
            new = self.root / "new.base.tar"  # the end of its name says what to make: else a folder
            self.run("mmdebstrap", "--variant=minbase", "bookworm", str(new), "http://deb.debian.org/debian")
            os.rename(new, tar)
        self.docker("import", str(tar), base)

    def stop(self):
        if self.daemon:
            self.daemon.terminate()
            self.daemon.wait(60)
            self.daemon = None
        if self.own_root:
            shutil.rmtree(self.own_root, ignore_errors=True)
