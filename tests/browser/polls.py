"""Counts at nginx who asks for numbers: the log that production does without."""
import collections
import json
import os
import re
import signal

from client import wait_until

LOG = "polls.log"


def start(stack):
    """From now on polls are logged. Again is no harm."""
    path = f"{stack.run}/nginx/countersign/count_cache.conf"
    if not os.path.islink(path):
        return
    with open(path, encoding="utf-8") as file:
        text = file.read()
    os.unlink(path)
    with open(path, "w", encoding="utf-8") as file:
        file.write(re.sub(r"^access_log off;", f'access_log "{stack.run}/log/{LOG}" countersign;', text, flags=re.M))
    os.chmod(path, 0o644)
    os.kill(stack.pid("nginx"), signal.SIGHUP)
    wait_until(lambda: stack.get("/api/v1/petitions/demo/count").status == 200 and seen(stack), 10, "nginx logs polls")


def seen(stack, slug="demo"):
    """Statuses of the polls so far, counted."""
    path = f"{stack.run}/log/{LOG}"
    if not os.path.exists(path):
        return collections.Counter()
    with open(path, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file if line.endswith("}\n")]
    return collections.Counter(int(line["status"]) for line in lines if line["path"].endswith(f"/{slug}/count"))
