"""Petitions as the public reads them: list, languages, states, versions of the text, places, hours, people shown."""
import datetime
import json
import re

from cases import Failures, each
from client import wait_until
from stack import ALL_FIELDS, API
from test_http import problem

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
SPANISH = {"title": "Un título", "addressee": "El ayuntamiento", "salutation": "Estimados:", "letter": "Por favor.", "asks": ["Uno"]}
GERMAN = {"title": "Ein Titel", "addressee": "Der Rat", "salutation": "Guten Tag,", "letter": "Bitte.", "asks": ["Eins", "Zwei"]}
NAMES = {"slug", "title", "addressee", "salutation", "letter", "asks", "tags", "organization", "language", "languages", "state", "opened_at",
         "closes_at", "goal", "count", "confirmation", "text_version", "fields"}  # fmt: skip


def test_what_a_petition_says(stack):
    put = stack.petition_json(closes_at="2031-05-06T07:08:09Z", image=None)
    slug = stack.petition(**put)
    answer = stack.get(f"{API}/{slug}")
    assert answer.status == 200 and answer.get("Content-Type") == "application/json; charset=utf-8", answer
    value = answer.json()
    assert set(value) == NAMES, set(value) ^ NAMES
    for name in ("slug", "title", "addressee", "salutation", "letter", "asks", "tags", "organization", "language", "goal", "confirmation"):
        assert value[name] == put[name], name
    assert value["languages"] == ["en"] and value["state"] == "open" and value["count"] == 0 and value["text_version"] == 1
    assert value["fields"] == ALL_FIELDS, value["fields"]
    assert TIME.fullmatch(value["opened_at"]) and value["closes_at"].startswith("2031-05-06T07:08:09") and value["closes_at"].endswith("Z")
    assert answer.get("Set-Cookie") is None


def test_the_demo_is_there_in_two_languages(stack):
    value = stack.get(f"{API}/demo").json()
    assert value["languages"] == ["en", "es"] and value["confirmation"] == "none"
    required = {field["name"] for field in value["fields"] if field["required"]}
    assert required == {"email", "given_name", "family_name"}


LANGUAGES = [
    ("", "", "en"), ("lang=es", "", "es"), ("lang=de", "", "de"), ("lang=fr", "", "en"), ("lang=ES", "", "es"), ("lang=es-MX", "", "es"),
    ("lang=de-CH-1996", "", "de"), ("lang=en", "es", "en"), ("lang=fr", "de", "de"), ("", "es", "es"), ("", "de-AT", "de"),
    ("", "fr, es;q=0.5", "es"), ("", "es;q=0.1, de;q=0.9", "de"), ("", "fr", "en"), ("", "*", "en"), ("", "es;q=0", "en"),
    ("", "en;q=0, *", "de"), ("", "de;q=0.5,es;q=0.5", "de"), ("", "xx" * 500, "en"), ("", ",,;;q=,=", "en"), ("", "es;q=2", "en"),
    ("", "EN-gb,es;q=0.9", "en"), ("", "de;q=0.001", "de"),
]  # fmt: skip


@each([(f"{query or '-'}|{header[:20] or '-'}", (query, header, want)) for query, header, want in LANGUAGES])
def test_one_petition_in_several_languages(stack, case):
    query, header, want = case
    slug = stack.shared("languages", translations={"es": SPANISH, "de": GERMAN})
    headers = [("Accept-Language", header)] if header else []
    answer = stack.get(f"{API}/{slug}" + (f"?{query}" if query else ""), headers)
    value = answer.json()
    assert value["language"] == want, value
    assert value["title"] == {"en": "A title", "es": "Un título", "de": "Ein Titel"}[want]
    assert value["languages"][0] == "en" and sorted(value["languages"]) == ["de", "en", "es"]
    assert "Accept-Language" in ", ".join(v for name, v in answer.headers if name.lower() == "vary"), answer


def test_one_count_for_all_languages(stack):
    slug = stack.petition(confirmation="none", translations={"es": SPANISH})
    stack.signed(slug, locale="es")
    stack.signed(slug, locale="en")
    stack.expect_count(slug, 2)
    for lang in ("es", "en"):
        wait_until(lambda l=lang: stack.get(f"{API}/{slug}?lang={l}").json()["count"] == 2, 3)


def all_of(stack, query=""):
    pages, page = [], 1
    while True:
        value = stack.get(f"{API}?page={page}&per_page=2{query}").json()
        assert set(value) == {"petitions", "page", "per_page", "total_pages", "total_records"}
        assert value["page"] == page and value["per_page"] == 2
        pages += [petition["slug"] for petition in value["petitions"]]
        if page >= value["total_pages"]:
            assert len(pages) == value["total_records"]
            return pages
        assert len(value["petitions"]) == 2
        page += 1


def test_the_list_by_state_and_page(stack):
    opened = [stack.petition() for _ in range(3)]
    closed = [stack.petition(state="closed") for _ in range(2)]
    draft, withdrawn = stack.petition(state="draft"), stack.petition(state="withdrawn")
    listed = all_of(stack)
    assert listed == all_of(stack, "&state=open") and len(set(listed)) == len(listed)
    assert set(opened) <= set(listed) and not set(closed + [draft, withdrawn]) & set(listed)
    listed = all_of(stack, "&state=closed")
    assert set(closed) <= set(listed) and not set(opened + [draft, withdrawn]) & set(listed)
    value = stack.get(API).json()
    assert value["page"] == 1 and value["per_page"] == 25
    # The first may be the demo, which says more.
    assert set(value["petitions"][0]) - {"tag_line"} == NAMES
    beyond = stack.get(f"{API}?page=1000").json()
    assert beyond["petitions"] == [] and beyond["total_records"] == stack.get(API).json()["total_records"]
    spanish = stack.get(f"{API}?lang=es&per_page=100").json()["petitions"]
    assert next(petition for petition in spanish if petition["slug"] == "demo")["language"] == "es"


READS = ("", "/count", "/breakdown", "/series", "/signatures/recent")


def test_states_and_what_is_left_to_do_in_them(stack):
    slug = stack.petition(state="draft", confirmation="none")
    for path in READS:
        problem(stack.get(f"{API}/{slug}{path}"), 404, "not_found")
    problem(stack.sign(slug), 404, "not_found")
    stack.move(slug, "open")
    assert stack.sign(slug).status == 202
    stack.move(slug, "closed")
    for path in READS:
        assert stack.get(f"{API}/{slug}{path}").status == 200, path
    assert stack.get(f"{API}/{slug}").json()["state"] == "closed"
    problem(stack.sign(slug), 410, "petition_closed")
    stack.move(slug, "open")
    assert stack.sign(slug).status == 202
    stack.move(slug, "withdrawn")
    for path in READS:
        wait_until(lambda p=path: stack.get(f"{API}/{slug}{p}").status == 410, 4, path)
        problem(stack.get(f"{API}/{slug}{path}"), 410, "petition_withdrawn")
    problem(stack.sign(slug), 410, "petition_withdrawn")
    assert stack.tally(slug) == 2
    # Withdrawn is for good.
    assert stack.cli("petition", "open", slug).returncode == 1


def test_the_order_of_opening_does_not_matter_for_what_was_opened_first(stack):
    slug = stack.petition()
    opened = stack.get(f"{API}/{slug}").json()["opened_at"]
    stack.move(slug, "closed")
    stack.move(slug, "open")
    assert stack.get(f"{API}/{slug}").json()["opened_at"] == opened


@each([("title", {"title": "Another"}), ("addressee", {"addressee": "Another"}), ("letter", {"letter": "Another"}), ("asks", {"asks": ["Another"]}),
       ("a translation", {"translations": {"es": {**SPANISH, "title": "Otro"}}})])  # fmt: skip
def test_B13_a_change_of_the_text_is_a_new_version(stack, case):
    put = stack.petition_json(translations={"es": SPANISH})
    slug = stack.petition(**put)
    old = stack.signed(slug, text_version=1)
    stack.put({**put, **case})
    assert stack.get(f"{API}/{slug}").json()["text_version"] == 2
    problem(stack.sign(slug, text_version=1), 409, "petition_changed")
    problem(stack.sign(slug, text_version=3), 409, "petition_changed")
    assert stack.sign(slug, text_version=2).status == 202
    assert stack.sign(slug).status == 202
    versions = {row["email"]: row["text_version"] for row in stack.export(slug)}
    assert versions.pop(old) == 1 and list(versions.values()) == [2, 2]
    # Not even an address that has signed learns more than everybody.
    problem(stack.sign(slug, email=old, text_version=1), 409, "petition_changed")


@each([("goal", {"goal": 7}), ("tags", {"tags": ["x"]}), ("salutation", {"salutation": "Hello,"}), ("fields", {"fields": ALL_FIELDS[:3]}),
       ("language added", {"translations": {"es": SPANISH, "de": GERMAN}}), ("nothing", {})])  # fmt: skip
def test_other_changes_are_none(stack, case):
    put = stack.petition_json(translations={"es": SPANISH})
    slug = stack.petition(**put)
    stack.put({**put, **case})
    value = wait_until(lambda: (v := stack.get(f"{API}/{slug}").json()) and all(v.get(name) == want for name, want in case.items() if name != "translations") and v, 5)
    assert value["text_version"] == 1
    assert stack.sign(slug, text_version=1).status == 202


def test_a_petition_put_again_keeps_state_and_count(stack):
    put = stack.petition_json(confirmation="none")
    slug = stack.petition(**put)
    stack.signed(slug)
    stack.put({**put, "title": "Another"})
    value = stack.get(f"{API}/{slug}").json()
    assert value["state"] == "open" and value["text_version"] == 2
    stack.expect_count(slug, 1)


def test_every_worker_knows_of_a_change_when_its_command_returns(stack):
    put = stack.petition_json(confirmation="none", image="/picture.png")
    slug = stack.petition(**put)
    for n in range(2, 8):
        for word, status in (("close", 410), ("open", 202)):
            assert stack.cli("petition", word, slug).returncode == 0
            assert [stack.sign(slug).status for _ in range(4)] == [status] * 4, (n, word)
        assert stack.cli("petition", "put", "-", input=json.dumps({**put, "title": f"Title {n}"})).returncode == 0
        assert [stack.get(f"{API}/{slug}").json()["text_version"] for _ in range(4)] == [n] * 4


# ---- places ----


def parts(stack, slug, by="country"):
    value = stack.get(f"{API}/{slug}/breakdown?by={by}").json()
    assert set(value) == {"by", "as_of", "total", "parts"} and value["by"] == by
    assert value["total"] == sum(part["count"] for part in value["parts"])
    assert len({part["key"] for part in value["parts"]}) == len(value["parts"])
    return value["total"], {part["key"]: part["count"] for part in value["parts"]}


def test_parts_sum_to_the_total_and_small_places_are_other(stack):
    slug = stack.petition(confirmation="none", disclosure_threshold=3)
    assert parts(stack, slug) == (0, {})
    for country, count in (("ES", 5), ("FR", 3), ("DE", 1), ("IT", 2)):
        for _ in range(count):
            stack.signed(slug, country=country)
    total, found = parts(stack, slug)
    assert total == 11 == stack.tally(slug)
    assert found == {"ES": 5, "FR": 3, "other": 3}, found
    for _ in range(4):
        stack.signed(slug)
    total, found = parts(stack, slug)
    assert total == 15 and found == {"ES": 5, "FR": 3, "other": 3, "unknown": 4}, found
    assert stack.get(f"{API}/{slug}/breakdown").json()["by"] == "country"


def test_no_small_place_is_named(stack):
    slug = stack.petition(confirmation="none", disclosure_threshold=5)
    for country, count in (("ES", 9), ("FR", 5), ("DE", 1)):
        for _ in range(count):
            stack.signed(slug, country=country)
    assert parts(stack, slug) == (15, {"ES": 9, "FR": 5, "other": 1})
    for _ in range(4):
        stack.signed(slug, country="DE")
    assert parts(stack, slug) == (19, {"ES": 9, "FR": 5, "DE": 5})


def test_all_small_is_all_other(stack):
    slug = stack.petition(confirmation="none", disclosure_threshold=5)
    for country in ("ES", "FR", "DE"):
        stack.signed(slug, country=country)
    total, found = parts(stack, slug)
    assert total == 3 and set(found) <= {"other"}, found


def test_regions(stack):
    slug = stack.petition(confirmation="none", disclosure_threshold=2)
    for country, region, count in (("US", "US-CA", 3), ("US", "US-NY", 2), ("ES", "ES-CT", 2)):
        for _ in range(count):
            stack.signed(slug, country=country, region=region)
    assert parts(stack, slug, "region") == (7, {"US-CA": 3, "US-NY": 2, "ES-CT": 2})
    assert parts(stack, slug) == (7, {"US": 5, "ES": 2})


def test_a_withdrawn_name_leaves_its_place(stack):
    slug = stack.petition(confirmation="none", disclosure_threshold=1)
    addresses = [stack.signed(slug, country="ES") for _ in range(3)]
    assert parts(stack, slug) == (3, {"ES": 3})
    assert stack.withdraw(stack.token(slug, addresses[0])).status == 200
    assert parts(stack, slug) == (2, {"ES": 2})
    # And whoever signs again from elsewhere counts there.
    assert stack.sign(slug, email=addresses[0], country="FR").status == 202
    assert parts(stack, slug) == (3, {"ES": 2, "FR": 1})


# ---- hours ----


def points(stack, slug, query=""):
    value = stack.get(f"{API}/{slug}/series{query}").json()
    assert set(value) == {"step", "as_of", "points"}
    times = [point["at"] for point in value["points"]]
    assert times == sorted(times) and all(TIME.fullmatch(time) for time in times)
    return {point["at"]: point["count"] for point in value["points"]}


def test_points_sum_to_the_count(stack):
    slug = stack.petition(confirmation="none")
    assert points(stack, slug) == {}
    addresses = [stack.signed(slug) for _ in range(6)]
    stack.withdraw(stack.token(slug, addresses[0]))
    for step in ("hour", "day"):
        found = points(stack, slug, f"?step={step}")
        assert sum(found.values()) == 5 == stack.tally(slug), found
        assert all(re.search(r"T00:00:00" if step == "day" else r":00:00", time) for time in found)


def test_hours_and_bounds(stack):
    slug = stack.petition(confirmation="none")
    for _ in range(4):
        stack.signed(slug)
    # Two of them two days and one an hour earlier, as if they had signed then; the tally moves with them.
    shift(stack, slug, 0, "2 days")
    shift(stack, slug, 1, "2 days")
    shift(stack, slug, 2, "1 hour")
    hours = points(stack, slug, "?step=hour")
    assert sorted(hours.values()) == [1, 1, 2] and sum(hours.values()) == 4, hours
    days = points(stack, slug, "?step=day")
    assert sum(days.values()) == 4 and len(days) in (2, 3), days
    first, last = min(hours), max(hours)
    assert sum(points(stack, slug, f"?step=hour&from={last}").values()) == 1
    assert sum(points(stack, slug, f"?step=hour&to={last}").values()) == 3
    assert sum(points(stack, slug, f"?step=hour&from={first}&to={last}").values()) == 3
    assert points(stack, slug, "?step=hour&from=2001-01-01T00:00:00Z&to=2002-01-01T00:00:00Z") == {}
    assert sum(points(stack, slug, "?step=hour&from=2001-01-01T00:00:00%2B02:00").values()) == 4
    assert points(stack, slug, "?step=hour&from=&to=") == hours, "left empty: no bound"
    assert sum(points(stack, slug, f"?step=hour&from=&to={last}").values()) == 3


def shift(stack, slug, nth, by):
    petition = stack.value("SELECT id FROM countersign.petition WHERE slug = %s", slug)
    stack.rows(
        "WITH one AS (SELECT id, confirmed_at AS was FROM countersign.signature WHERE petition_id = %s ORDER BY id OFFSET %s LIMIT 1),"
        " moved AS (UPDATE countersign.signature s SET confirmed_at = one.was - %s::interval FROM one WHERE s.petition_id = %s AND s.id = one.id"
        " RETURNING one.was, s.confirmed_at AS is_now)"
        " SELECT countersign.tally_add(0::smallint, -1, ARRAY[%s], ARRAY[''], ARRAY[''], ARRAY[was]),"
        " countersign.tally_add(0::smallint, 1, ARRAY[%s], ARRAY[''], ARRAY[''], ARRAY[is_now]) FROM moved",
        petition, nth, by, petition, petition, petition,
    )  # fmt: skip


def test_times_of_the_statistics_are_those_of_the_count(stack):
    slug = stack.petition(confirmation="none", disclosure_threshold=1)
    stack.signed(slug, country="ES", show_name=True)
    stack.expect_count(slug, 1)
    as_of = stack.get(f"{API}/{slug}/count").json()["as_of"]
    for path in ("/breakdown", "/series", "/signatures/recent"):
        assert stack.get(f"{API}/{slug}{path}").json()["as_of"] == as_of, path


# ---- people who chose to be shown ----


def recent(stack, slug, query=""):
    value = stack.get(f"{API}/{slug}/signatures/recent{query}").json()
    assert set(value) == {"as_of", "signatures"}
    for person in value["signatures"]:
        assert set(person) == {"name", "place", "comment", "at"} and TIME.fullmatch(person["at"]), person
    return value["signatures"]


def test_only_who_chose_to_is_shown_and_comments_wait(stack):
    slug = stack.petition(confirmation="none")
    stack.signed(slug, given_name="Hidden", comment="Not for all")
    stack.signed(slug, given_name="Ada", family_name="Lovelace", locality="London", country="GB", postal_code="X1", comment="For all", show_name=True)
    stack.signed(slug, given_name="Only", show_name=True)
    people = recent(stack, slug)
    assert [person["name"] for person in people] == ["Only", "Ada Lovelace"], people
    assert people[1]["place"] == "London" and not people[1]["comment"] and not people[0]["place"], people
    # The operator reads what waits, and shows it.
    done = stack.cli("--json", "recent", slug, "--review")
    assert done.returncode == 0, done.stderr
    waiting = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")] or json.loads(done.stdout)
    number = re.search(r'"id":\s*"?(\d+)', json.dumps([row for row in waiting if "For all" in json.dumps(row)])).group(1)
    assert stack.cli("recent", slug, "--show", number).returncode == 0
    wait_until(lambda: recent(stack, slug)[1]["comment"] == "For all", 3)
    assert stack.cli("recent", slug, "--hide", number).returncode == 0
    wait_until(lambda: [person["name"] for person in recent(stack, slug)] == ["Only"], 3)


def test_comments_shown_at_once_or_never(stack):
    for comments, expected in (("shown", "A word"), ("off", "")):
        slug = stack.petition(confirmation="none", comments=comments)
        answer = stack.sign(slug, show_name=True, comment="A word")
        assert answer.status == 202, answer
        person = recent(stack, slug)[0]
        assert (person["comment"] or "") == expected, (comments, person)


def test_the_newest_first_and_no_more_than_asked(stack):
    slug = stack.petition(confirmation="none")
    for number in range(25):
        stack.signed(slug, given_name=f"Person {number}", show_name=True)
    names = [f"Person {number}" for number in reversed(range(25))]
    assert [person["name"] for person in recent(stack, slug)] == names[:20]
    assert [person["name"] for person in recent(stack, slug, "?limit=3")] == names[:3]
    assert [person["name"] for person in recent(stack, slug, "?limit=100")] == names


def test_who_has_not_confirmed_is_not_shown(stack):
    slug = stack.petition()
    address = stack.signed(slug, given_name="Ada", show_name=True)
    assert recent(stack, slug) == []
    assert stack.confirm(stack.token(slug, address)).status == 200
    wait_until(lambda: [person["name"] for person in recent(stack, slug)] == ["Ada"], 3)


# ---- the command line's side ----


def test_every_fault_of_a_file_is_told_at_once(stack):
    done = stack.cli("petition", "put", "-", input=json.dumps({"slug": "Bad Slug", "title": "", "language": "xx-yy-zz-", "goal": -1, "confirmation": "maybe", "more": 1}))
    assert done.returncode in (1, 2), done
    failures = Failures()
    for pointer in ("/slug", "/title", "/language", "/goal", "/confirmation", "/more"):
        failures.check(pointer in done.stderr, pointer, done.stderr)
    failures.done()


def test_opened_at_is_now(stack):
    slug = stack.petition()
    opened = datetime.datetime.fromisoformat(stack.get(f"{API}/{slug}").json()["opened_at"].replace("Z", "+00:00"))
    assert abs((datetime.datetime.now(datetime.timezone.utc) - opened).total_seconds()) < 30


def keys_of(value):
    if isinstance(value, dict):
        return set(value) | {key for child in value.values() for key in keys_of(child)}
    return {key for child in value for key in keys_of(child)} if isinstance(value, list) else set()


FAR = 7_310_451_927_000


def signed_far(stack, slug):
    """Signs until the number of the row is one that stands in an answer only if it was put there. Each writer has taken
    up to 32 numbers in advance; the address of the last signer."""
    stack.rows("SELECT setval('signature_id_seq', greatest(last_value, %s)) FROM signature_id_seq", FAR)
    for _ in range(100):
        address = stack.signed(slug, show_name=True, country="ES", comment="A word")
        if sum(row["id"] >= FAR for row in stack.export(slug)) >= 3:
            return address
    raise AssertionError("numbers of rows do not follow the sequence")


def test_T8_numbers_of_rows_are_not_public(stack):
    slug = stack.petition(confirmation="none", comments="shown", disclosure_threshold=1)
    address = signed_far(stack, slug)
    answers = [stack.get(f"{API}/{slug}{path}") for path in READS] + [stack.sign(slug), stack.confirm(stack.token(slug, address))]
    for answer in answers:
        assert answer.status in (200, 202), answer
        names = keys_of(answer.json())
        assert not [name for name in names if name == "id" or name.endswith("_id") or name == "ids"], names
    far = [str(row["id"]).encode() for row in stack.export(slug) if row["id"] >= FAR]
    assert len(far) >= 3
    assert not [number for number in far for answer in answers if number in answer.raw_head + answer.body]
