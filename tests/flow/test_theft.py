"""Somebody steals a part: what they can read, and what not. Each test is a theft; the last one tells what each got."""
import types

from client import wait_until
from mail import Mailer, Sink, clear
from test_mail import remember
from thief import Thief, caller_key, dump, forms, index_keys, path, redis, secret_key

# What has become of whose letter, and what for.
OWED = ("owed",)  # nobody has sent it yet
KEPT = ("reminder",)  # sent, not confirmed: its envelope waits for the reminder
OVER = ("confirmed", "thanked", "refused", "withdrawn", "disavowed", "left")  # what is left is a bare key
NEWS = ("subscribed", "asked")  # news are on, or were asked for and nobody has proven it
GONE = ("erased", "removed")  # by themselves, and by the operator
EVERYBODY = (*OWED, *KEPT, *OVER, *NEWS, *GONE)
SUBSCRIBE = (*NEWS, "left", "erased", "removed")
UNASKED = ("thanked", "asked")  # their petition asks for no click
WRONG_TOKEN = "A" * 43
scenes = {}
table = []


def steal(scene, *booty, **how):
    """Whom other tests have left in tables that are of no petition is not looked at."""
    thief = Thief(*booty, **how)
    thief.spoils = {address: words for address, words in thief.spoils.items() if address in scene.people.values()}
    return thief


def told(what, thief, also=""):
    """A line of the table. What is said of a person is what was read about each of them."""
    read = "; ".join(f"{address.split('.')[0]}: {', '.join(sorted(words))}" for address, words in sorted(thief.spoils.items()))
    guessed = ", ".join(f"{address.split('.')[0]} ({', '.join(sorted(places))})" for address, places in sorted(thief.told.items()))
    table.append((what, read or "nothing", guessed, also))


def sign_and_send(stack, scene):
    """Everybody but who is owed: their letters go, and what they do with them."""
    thanks = stack.petition(confirmation="none")
    scene.petitions = [stack.value("SELECT id FROM countersign.petition WHERE slug = %s", slug) for slug in (scene.slug, thanks)]
    for role in (*KEPT, *OVER, *NEWS, *GONE):
        scene.sign(thanks if role in UNASKED else scene.slug, role)
    scene.sign(scene.slug, "erased")  # two letters to one
    _, scene.yesterday = dump(stack)
    refused = scene.people["refused"]
    script = lambda step, to, sink: "550 5.1.1 nobody here" if step == "RCPT" and to == refused else None  # noqa: E731
    with Sink(script) as sink, Mailer(stack, sink.port, MAIL_REMINDER_DAYS="3"):
        wait_until(lambda: len(sink.letters) == 11, 15, "the letters go")
        remember(stack, sink)
        scene.letters = {letter.to.split(".")[0]: letter for letter in sink.letters}
        act(stack, scene)
        wait_until(lambda: scene.sealed() == 1, 15, "nothing but the reminder's envelope is left")
        # An hour later, at most: the next lap over all letters.
        stack.rows("UPDATE countersign.mail_place SET lap_not_before = now()")
        wait_until(lambda: stack.value("SELECT lap_not_before > now() FROM countersign.mail_place"), 15, "the lap is over")


def act(stack, scene):
    token = {role: letter.token for role, letter in scene.letters.items()}
    for role in ("confirmed", "withdrawn", "erased", "removed", "disavowed", "subscribed", "left"):
        assert stack.confirm(token[role]).status == 200, role
    assert stack.post("/api/v1/subscriptions", {"token": token["left"], "frequency": "never"}).json()["subscription"]["state"] == "off"
    assert stack.withdraw(token["withdrawn"]).status == 200
    for what, role in (("erasures", "erased"), ("disavowals", "disavowed")):
        assert stack.post(f"/api/v1/{what}", {"token": token[role]}).status == 200
    done = stack.cli("erase", "--email", "-", input=scene.people["removed"] + "\n")
    assert done.returncode == 0, done.stderr


def scene_of(stack):
    """Made once a stack; the thefts look at the same booty."""
    if stack.run not in scenes:
        scenes[stack.run] = make_scene(stack)
    return scenes[stack.run]


def make_scene(stack):
    clear(stack)
    scene = types.SimpleNamespace(slug=stack.petition(), people={}, yesterday=None)
    scene.people = {role: f"{role}.{stack.mark}@example.org" for role in EVERYBODY}
    scene.caller = stack.caller()
    scene.sign = lambda slug, role: stack.signed(slug, email=scene.people[role], given_name=f"{role} {stack.mark}",
                                                 comment=f"why {role} {stack.mark}", subscribe=role in SUBSCRIBE)  # fmt: skip
    scene.sealed = lambda: stack.value("SELECT count(*) FROM countersign.letter WHERE sealed IS NOT NULL AND petition_id = ANY (%s)", scene.petitions)
    sign_and_send(stack, scene)
    assert stack.sign(scene.slug, caller=scene.caller, email=scene.people["owed"], given_name=f"owed {stack.mark}").status == 202

    def limits_are_in_redis():
        # A worker that found Redis slow a moment ago counts by itself.
        assert stack.confirm(WRONG_TOKEN, caller=scene.caller).status in (404, 429)
        scene.redis = redis(stack)
        return b"cs:limit:" in scene.redis

    wait_until(limits_are_in_redis, 20, "limits are in Redis")
    scene.text, tables = dump(stack)
    scene.tables, scene.yesterday = ours(scene, tables), ours(scene, scene.yesterday)
    scene.logs = stack.logs()
    scene.mailing, scene.office = secret_key(path(stack, "mailing/organization.key")), secret_key(path(stack, "organization.key"))
    scene.indexes = index_keys(path(stack, "index.keys"))
    scene.strangers = [f"stranger{number}.{stack.mark}@example.org" for number in range(20)]
    scene.secrets = secrets(stack, scene)
    return scene


def ours(scene, tables):
    """Other tests have left people of their own in this database."""
    wanted = (None, *map(str, scene.petitions))
    kept = {name: [row for row in rows if row.get("petition_id") in wanted] for name, rows in tables.items()}
    assert all(len(kept[name]) > 3 for name in ("signature", "letter", "epoch_key")), kept
    return kept


def secrets(stack, scene):
    """What nobody may find anywhere: in every form that it could have."""
    words = [*(f"{role} {stack.mark}" for role in EVERYBODY), *(letter.token for letter in scene.letters.values()), *scene.people.values()]
    return {form.encode() for word in words for form in forms(word)}


def holds(scene, data):
    return sorted(form.decode() for form in scene.secrets if form in data)


def test_I22_a_dump_alone_reads_nobody(stack):
    scene = scene_of(stack)
    thief = steal(scene, scene.tables, guesses=scene.people.values())
    assert not thief.spoils and not thief.told
    assert not thief.unknown(), "a kind of sealed row that the thief knows nothing about yet"
    assert not holds(scene, scene.text)
    told("the database", thief)


def test_the_mailers_key_and_the_database_read_what_is_owed_and_what_waits_and_subscribers(stack):
    scene = scene_of(stack)
    thief = steal(scene, scene.tables, [scene.mailing])
    assert thief.names() == sorted(OWED + KEPT + NEWS), thief.spoils
    by_role = {address.split(".")[0]: words for address, words in thief.spoils.items()}
    # The link of a letter holds the signer's own key, which opens the row. What is kept of a subscriber holds neither.
    assert all({"address", "name", "token", "row of letter", "row of signature"} <= by_role[role] for role in OWED + KEPT), by_role
    assert {role: by_role[role] for role in NEWS} == {"subscribed": {"address", "name", "row of subscriber"},
                                                      "asked": {"address", "name", "row of subscription"}}, by_role  # fmt: skip
    told("the database, the mailer's key", thief)
    # The same key opens what was owed when a backup was made; who had erased themselves by then is in none.
    then = steal(scene, scene.yesterday, [scene.mailing])
    assert then.names() == sorted(KEPT + OVER + NEWS + GONE)
    table.append(("a backup from before the letters went, the mailer's key", ", ".join(then.names()), "", ""))


def test_the_workers_credentials_and_the_database_test_addresses_and_read_what_is_guessed(stack):
    scene = scene_of(stack)
    assert not steal(scene, scene.tables, indexes=scene.indexes).spoils, "without a guess there is nothing"
    guessed = (*KEPT, "confirmed", "subscribed", "left")
    known = [scene.people[role] for role in (*guessed, *GONE)]
    thief = steal(scene, scene.tables, indexes=scene.indexes, guesses=known + scene.strangers)
    assert thief.names() == sorted(guessed), thief.spoils
    assert all({"address", "name", "comment", "row of signature"} == words for words in thief.spoils.values()), thief.spoils
    # Of who erased themselves it is known for a day that a letter went, so that erasing is no way around the limit.
    limits = {"mail_quota", "letter_quota"}
    signed, news = {"signature", "letter"}, {"subscriber", "subscription"}
    assert {address.split(".")[0]: places - limits for address, places in thief.told.items()} == {
        "reminder": signed, "confirmed": signed, "subscribed": signed | news, "left": signed | news,
        "erased": {"subscriber"}, "removed": {"subscriber"}}, thief.told  # fmt: skip
    told(f"the database, the worker's credentials, {len(known)} addresses to guess", thief, "20 strangers: nothing")


def test_redis_tells_nobody(stack):
    scene = scene_of(stack)
    assert b"cs:count:" in scene.redis and b"cs:limit:" in scene.redis
    assert not holds(scene, scene.redis) and scene.caller.encode() not in scene.redis
    table.append(("Redis", "nothing", "", ""))
    key = scene.indexes[min(scene.indexes)]
    assert caller_key(key, scene.caller).encode() in scene.redis
    assert caller_key(key, "192.0.2.1").encode() not in scene.redis
    table.append(("Redis, the worker's credentials", "nothing", "IP addresses of the last minutes, each to be guessed", ""))


def test_the_logs_tell_nobody(stack):
    scene = scene_of(stack)
    kinds = ("countersignd", "mailer", "nginx", "postgres", "redis")
    assert all(any(name.startswith(kind) for name in scene.logs) for kind in kinds), sorted(scene.logs)
    for name, text in scene.logs.items():
        assert not holds(scene, text), name
        assert scene.caller.encode() not in text, name
    table.append((f"all logs ({sum(map(len, scene.logs.values())) // 1024} KiB)", "nothing", "", ""))


def test_the_mailers_key_without_the_database_opens_nothing(stack):
    scene = scene_of(stack)
    rest = {"elsewhere": [{"bytes": text} for text in (scene.redis, *scene.logs.values())]}
    thief = steal(scene, rest, [scene.mailing], scene.indexes, scene.people.values())
    assert not thief.spoils and not thief.told
    told("Redis, all logs, the mailer's key, the worker's credentials", thief)


def test_the_organisations_key_and_the_database_read_all_who_have_signed_and_no_letter(stack):
    scene = scene_of(stack)
    thief = steal(scene, scene.tables, [scene.office])
    assert thief.names() == sorted(OWED + KEPT + OVER + NEWS), thief.spoils
    assert not any("token" in words for words in thief.spoils.values())
    exported = {row["email"] for row in stack.export(scene.slug)}
    assert exported <= set(thief.spoils), "no more and no less than whom it is for"
    table.append(("the database, the organisation's key", ", ".join(thief.names()), "", "as it must be"))


def test_who_is_erased_is_with_nobody(stack):
    scene = scene_of(stack)
    thief = steal(scene, scene.tables, [scene.mailing, scene.office], scene.indexes, scene.people.values())
    for role in GONE:
        assert scene.people[role] not in thief.spoils, role
    assert thief.told.get(scene.people["removed"]) == {"subscriber"}, "the bare marker that no news are wanted"
    table.append(("all of it", ", ".join(thief.names()), "", "not the erased"))
    print("\n".join(["what was stolen | what it reads | what it confirms", *("  " + " | ".join(filter(None, row)) for row in table)]), flush=True)
