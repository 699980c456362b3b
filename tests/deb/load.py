#!/usr/bin/env python3
"""Signs again and again, each time as somebody else from another address, until its input ends and twenty times more:
load.py SITE SLUG. Prints a line after the first answer, and in the end how many of each kind there were, as JSON."""
import collections
import http.client
import json
import os
import ssl
import sys
import threading
import time

SITE, SLUG = sys.argv[1:]
THREADS = 4
ended = threading.Event()
answers = collections.Counter()
lock = threading.Lock()


def sign(number):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    source = (f"127.{1 + number % 100}.{number // 100 % 250}.{1 + number // 25000}", 0)
    connection = http.client.HTTPSConnection("127.0.0.1", 443, timeout=60, context=context, source_address=source)
    body = {"email": f"{os.getpid()}.{number}@example.org", "given_name": "Ada", "family_name": "Lovelace"}
    connection.request("POST", f"/api/v1/petitions/{SLUG}/signatures", json.dumps(body),
                       {"Content-Type": "application/json", "Host": SITE})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return str(answer.status)


def work(first):
    number = first
    while not ended.is_set():
        try:
            what = sign(number)
        except (OSError, http.client.HTTPException) as error:
            what = type(error).__name__
        with lock:
            answers[what] += 1
        number += THREADS


workers = [threading.Thread(target=work, args=(n,)) for n in range(THREADS)]
for worker in workers:
    worker.start()
while not answers:
    time.sleep(0.01)
print("signing", flush=True)
sys.stdin.read()
last = sum(answers.values()) + 20
while sum(answers.values()) < last:
    time.sleep(0.01)
ended.set()
for worker in workers:
    worker.join()
print(json.dumps(answers))
