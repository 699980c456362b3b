"""What it costs who signs that a letter to the list finds its audience meanwhile, and how long that takes. Nobody's letter is sent:
of so many subscribers none is sealed to a key that opens."""
import json
import time

from cases import SIGN, wrk
from letters import MAILER, SETTINGS
from stack import wait_until

SLUG = "listing"
SUBSCRIBERS = """
INSERT INTO countersign.subscriber (on_at, epoch, mailbox, state, country, locale, topics, petitions, sealed)
SELECT now(), 1, decode(md5('l' || i), 'hex'), 'on', 'DE', 'en', '{{parks,buses}}', '{{1}}', convert_to(repeat('x', 297), 'UTF8')
  FROM generate_series({first}, {last}) i"""
SIGNING_S, ROUNDS = 20, 3


def _is_gathering(stack):
    return stack.sql("SELECT count(*) FROM countersign.mailing WHERE state = 'sending' AND gathered IS NOT NULL") != "0"


def _sign(stack, tag, seconds, connections):
    result = wrk(f"http://127.0.0.1:{stack.port}/api/v1/petitions/{SLUG}/signatures", SIGN, [tag], seconds, connections)
    return (result["requests"] - result["status"]) * 1e6 / max(result["us"], 1), result["p99"] / 1000


def _queue(stack, name):
    """When it was asked for."""
    head = json.dumps({"name": name, "petition": SLUG, "language": "en", "subject": "A bench"})
    for words, text in ((["put", "-"], head + "\n\nPlease sign."), (["send", name, "--audience", "who=all", "--rate", "1"], None)):
        done = stack.cli("letter", *words, text=text)
        if done.returncode != 0:
            raise SystemExit(f"bench: letter {words[0]}: {done.stdout}")
    return time.monotonic()


def _round(stack, number, given):
    """Signing alone, with a letter that is queued beside it, and alone again."""
    tag = chr(97 + number)
    before, p99_before = _sign(stack, tag + "x", SIGNING_S, given.connections)
    began = _queue(stack, f"{SLUG}-{number}")
    beside, p99_beside = _sign(stack, tag + "y", SIGNING_S, given.connections)
    whole = _is_gathering(stack)  # it went on as long as was measured
    wait_until("the audience", 300, lambda: not _is_gathering(stack))
    took = time.monotonic() - began
    stack.sql("UPDATE countersign.mailing SET state = 'cancelled', gathered = NULL, ended_at = now()")
    stack.sql("TRUNCATE countersign.mailing_queue")
    after, _ = _sign(stack, tag + "z", SIGNING_S, given.connections)
    return {"alone": round((before + after) / 2), "beside": round(beside), "ratio": 2 * beside / (before + after), "queued_s": round(took, 1),
            "p99_ms": [round(p99_before, 1), round(p99_beside, 1)], "whole": whole}


def measure(stack, given):
    """`stack` has no mailer at work."""
    stack.petition(SLUG, "email")
    for first in range(0, given.listing, 100_000):
        stack.sql(SUBSCRIBERS.format(first=first + 1, last=min(first + 100_000, given.listing)))
    stack.sql("VACUUM ANALYZE countersign.subscriber")
    stack.sql("CHECKPOINT")
    environment = {f"COUNTERSIGN_{name}": value for name, value in SETTINGS.items()}
    environment.update(COUNTERSIGN_SMTP_SERVER="127.0.0.1:9", COUNTERSIGN_OPERATORS_LISTEN=f"unix:{stack.sockets}/operators.list.sock")
    mailer = stack.spawn([MAILER, "--config", stack.run / "countersign.conf"], environment, "mailer.log")
    rounds = [_round(stack, number, given) for number in range(ROUNDS)]
    stack.end(mailer)
    return {"subscribers": given.listing, "rounds": rounds, "ratio": round(sorted(one["ratio"] for one in rounds)[len(rounds) // 2], 2),
            "queued_s": max(one["queued_s"] for one in rounds)}
