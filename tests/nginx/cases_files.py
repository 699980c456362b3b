"""The files as such: accepted by nginx in the form that a host uses, and free of known mistakes."""
import glob
import json
import os
import re
import shutil
import subprocess
import tempfile

from harness import TOP

NGINX = os.path.join(TOP, "nginx")


def read(name):
    with open(os.path.join(NGINX, name), encoding="utf-8") as file:
        return file.read()


def all_files():
    paths = glob.glob(f"{NGINX}/*.conf") + glob.glob(f"{NGINX}/host/*.conf")
    return {os.path.relpath(path, NGINX): read(os.path.relpath(path, NGINX)) for path in paths}


def directives(text):
    """Lines without comments."""
    return [line for line in text.splitlines() if not line.lstrip().startswith("#")]


def test_a_production_host_can_include_the_folder_as_it_is(_):
    folder = tempfile.mkdtemp(prefix="countersign-etc.", dir="/tmp")
    try:
        shutil.copytree(NGINX, f"{folder}/countersign", ignore=shutil.ignore_patterns("site"))
        certificate = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        certificate += ["-nodes", "-days", "2", "-subj", "/CN=sign.example.org"]
        certificate += ["-keyout", f"{folder}/privkey.pem", "-out", f"{folder}/fullchain.pem"]
        subprocess.run(certificate, check=True, capture_output=True)
        for path in glob.glob(f"{folder}/countersign/host/*.conf"):
            with open(path, encoding="utf-8") as file:
                text = file.read()
            text = text.replace("/etc/letsencrypt/live/sign.example.org", folder)
            text = text.replace("/var/log/nginx", folder).replace("/var/cache/nginx", folder)
            # This machine's ports are not asked for.
            text = text.replace("listen 443", "listen 127.0.0.1:18443").replace("listen 80", "listen 127.0.0.1:18080")
            text = re.sub(r"^listen \[::\].*\n", "", text, flags=re.M)
            text = re.sub(r"^ *listen \[::\].*\n", "", text, flags=re.M)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        with open(f"{folder}/nginx.conf", "w", encoding="utf-8") as file:
            file.write(f"pid {folder}/pid;\nevents {{ }}\nhttp {{\ninclude /etc/nginx/mime.types;\n")
            for temp in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"):
                file.write(f"{temp}_temp_path {folder}/{temp};\n")
            file.write("include countersign/countersign.conf;\n}\n")
        command = ["nginx", "-t", "-e", f"{folder}/log", "-c", f"{folder}/nginx.conf"]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        wrong = [line for line in done.stderr.splitlines() if "[warn]" in line and "http2" not in line and '"user"' not in line]
        assert not wrong, wrong
    finally:
        shutil.rmtree(folder)


def test_no_variable_that_a_caller_decodes_goes_into_a_header_or_a_path(_):
    for name, text in all_files().items():
        for line in directives(text):
            if re.match(r"\s*(return|rewrite|add_header|alias|root|fastcgi_pass)\b", line):
                assert not re.search(r"\$(uri|document_uri|host|http_\w+|args|arg_\w+)\b", line), (name, line)


def test_who_adds_a_header_includes_the_security_headers(_):
    text = read("countersign.conf") + read("errors.conf") + read("static.conf")
    for block in re.findall(r"location [^{]*\{(.*?)\n\s*\}", text, flags=re.S):
        if "add_header" in block:
            assert re.search(r"include countersign/(security_headers|problem|static_headers|static_shared|embed|count_cache)", block), block


def test_workers_get_listed_parameters_only(_):
    listed = re.findall(r"^fastcgi_param (\w+)", read("fastcgi_params.conf"), flags=re.M)
    counted = re.findall(r"^fastcgi_param (\w+)", read("count_cache.conf"), flags=re.M)
    assert len(listed) == len(set(listed)) == 13, listed
    assert set(listed) - set(counted) == {"HTTP_ACCEPT_LANGUAGE", "HTTP_IF_NONE_MATCH"}
    assert not [p for p in listed if "COOKIE" in p or "FORWARDED" in p or p == "HTTP_HOST"]
    assert "fastcgi_pass_request_headers off;" in read("fastcgi.conf")


def test_every_problem_is_json_and_has_its_line_on_the_page(_):
    page = read("site/problems.html")
    bodies = re.findall(r"return (\d+) '(\{.*\})';", read("errors.conf"))
    assert len(bodies) == len(re.findall(r"^location", read("errors.conf"), flags=re.M))
    for status, body in bodies:
        problem = json.loads(body)
        assert problem["status"] == int(status)
        hyphens = problem["code"].replace("_", "-")
        assert problem["type"] == f"$countersign_base/problems/{hyphens}"
        assert f'<dt id="{hyphens}">' in page, hyphens


def test_stacks_of_neighbouring_ports_share_no_port(_):
    script = 'top=. . "$0"; for port in "${@}"; do echo "$port $(mail_port "$port")"; done'
    ports = [str(port) for port in (*range(8078, 8092), 8000, 8180, 8888, 9000, 9080, 9090, 20000, 1024, 65535)]
    told = subprocess.run(["bash", "-c", script, os.path.join(TOP, "deploy/dev/stack-files"), *ports], check=True, capture_output=True, text=True)
    taken = []
    for port, mail in (map(int, line.split()) for line in told.stdout.splitlines()):
        taken += [port, mail, mail + 1]
    assert len(set(taken)) == 3 * len(ports) and max(taken) < 65536, taken


def problems_of_the_worker():
    with open(os.path.join(TOP, "src/core/problem.c"), encoding="utf-8") as file:
        return re.findall(r'\{"([a-z_]+)",\s*"([^"]*)",\s*(\d+)\}', file.read())


def test_the_problems_of_the_worker_have_their_lines_too(_):
    page = read("site/problems.html")
    for code, _title, _status in problems_of_the_worker():
        assert f'<dt id="{code.replace("_", "-")}">' in page, code


# "All as 503 with the same JSON", "the same body for all": as src/serve/reply.c writes it.
def test_L7_I6_a_problem_that_the_worker_has_too_is_the_same_byte_for_byte(_):
    ours = {code: (title, status) for code, title, status in problems_of_the_worker()}
    shared = 0
    for status, body in re.findall(r"return (\d+) '(.*)';", read("errors.conf")):
        code = json.loads(body)["code"]
        if code in ours:
            shared += 1
            kind = f"$countersign_base/problems/{code.replace('_', '-')}"
            assert (status, body) == (ours[code][1], f'{{"type":"{kind}","title":"{ours[code][0]}","status":{status},"code":"{code}"}}')
    assert shared == 7, shared


def test_the_pages_need_nothing_that_the_policy_forbids(_):
    for path in glob.glob(f"{NGINX}/site/**/*", recursive=True):
        if not os.path.isfile(path):
            continue
        with open(path, encoding="utf-8") as file:
            text = file.read()
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", text), path
        if path.endswith(".html"):
            assert not re.search(r"<script(?![^>]*src=)|\son[a-z]+=|<style|style=", text), path
            assert not re.search(r'(src|href)="(https?:)?//', text), path
