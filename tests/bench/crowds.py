"""Signing beside the empty stock responder, with fewer and more callers at once than in the rounds: what a batch costs is
shared by all in it, and a thread a connection costs more the more there are."""
import statistics

CALLERS = (64, 128, 256, 512, 1024)
ROUNDS = 3


def _rate(case, tag, seconds, callers):
    result = case.offer(tag, seconds, callers)
    return (result["requests"] - result["status"]) * 1e6 / max(result["us"], 1)


def measure(cases, given):
    """None where the two are not there."""
    peers = {case.name: case for case in cases}
    if not {"sign_email", "empty_stock"} <= peers.keys():
        return None
    found = []
    for index, callers in enumerate(CALLERS):
        rounds = []
        for number in range(ROUNDS):
            tag = chr(65 + index) + chr(65 + number)
            rounds.append([_rate(peers[name], tag, given.seconds, callers) for name in ("sign_email", "empty_stock")])
        found.append({"callers": callers, "signatures": round(statistics.median(one[0] for one in rounds)),
                      "stock": round(statistics.median(one[1] for one in rounds)),
                      "ratio": round(statistics.median(one[0] / max(one[1], 1e-9) for one in rounds), 2)})
    return found
