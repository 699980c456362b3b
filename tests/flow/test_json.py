"""J: what is no JSON, and what is JSON but not a form. The cases that are files lie in tests/data/json."""
import glob
import json
import os
import time

from cases import Failures, each
from client import compose
from stack import API, JSON, TOP
from test_http import problem

DATA = os.path.join(TOP, "tests/data/json")
TARGETS = ("/demo/signatures", "/demo/confirmation-requests")


def files(folder):
    cases = []
    for path in sorted(glob.glob(f"{DATA}/{folder}/*.json")):
        with open(path, "rb") as file:
            cases.append((os.path.basename(path)[:-5], file.read()))
    assert cases, folder
    return cases


def post(stack, data):
    return stack.post(f"{API}/demo/signatures", data)


def pointers(answer):
    """Every field's code by pointer."""
    value = problem(answer, 422, "invalid_fields")
    found = {}
    for error in value["errors"]:
        assert set(error) == {"pointer", "code", "detail"}, error
        assert error["pointer"] not in found, f"told twice: {error}"
        found[error["pointer"]] = error["code"]
    return found


@each(files("invalid"))
def test_J1_J3_J4_J9_J10_J11_J12_J13_J14_J15_J16_J20_what_is_no_json_object(stack, case):
    with stack.connect() as connection:
        # On one connection: what is wrong with a body spoils nothing that follows it.
        for target in (f"{API}/demo/signatures", f"{API}/demo/confirmation-requests", "/api/v1/confirmations", "/api/v1/withdrawals"):
            connection.send(compose("POST", target, stack.headers([JSON], None), case))
            problem(connection.read_answer(), 400, "invalid_json")
        connection.send(compose("GET", f"{API}/demo"))
        assert connection.read_answer().status == 200


@each(files("valid"))
def test_J2_J17_J18_what_is_json_but_not_our_object(stack, case):
    found = pointers(post(stack, case))
    assert found["/email"] == "required" and found["/given_name"] == "required", found
    for target, name in ((f"{API}/demo/confirmation-requests", "/email"), ("/api/v1/confirmations", "/token"), ("/api/v1/withdrawals", "/token")):
        assert name in pointers(stack.post(target, case)), target


def forms():
    for folder in ("valid", "invalid"):
        for path in sorted(glob.glob(f"{TOP}/tests/data/form/{folder}/*")):
            if not path.endswith(".expect"):
                yield f"{folder}/{os.path.basename(path)}", path


@each(forms())
def test_the_forms_that_unit_tests_read_get_the_same_verdict_here(stack, case):
    slug = stack.shared("forms")
    with open(case, "rb") as file:
        answer = stack.post(f"{API}/{slug}/signatures", file.read())
    if "/valid/" in case:
        assert answer.status == 202, answer
        return
    assert answer.status in (400, 413, 422), answer
    if os.path.exists(case + ".expect"):
        with open(case + ".expect", encoding="utf-8") as file:
            expected = sorted(file.read().split("\n"))
        found = [f"{error['pointer']} {error['code']}" for error in answer.json().get("errors", [])] or [answer.code()]
        assert sorted(found) == [line for line in expected if line], answer


def test_J1_megabytes_of_brackets(stack):
    for data in (b"[" * 100000, b'[{"":' * 50000, b'{"a":' * 100000):
        problem(post(stack, data), 413, "body_too_large")


def test_J3_a_duplicate_in_an_otherwise_good_form(stack):
    slug = stack.petition()
    good = json.dumps(stack.person())[:-1]
    for extra in ('"email":"b@example.org"', '"\\u0065mail":"b@example.org"', '"show_name":true,"show_name":true', '"x":{"y":1,"y":2}'):
        problem(stack.post(f"{API}/{slug}/signatures", f"{good},{extra}}}".encode()), 400, "invalid_json")
    assert stack.stored(slug) == 0


@each([(name, name) for name in ("Email", "EMAIL", "e-mail", "name", "id", "state", "petition", "confirmed", "token", "__proto__", "",
                                 "email ", "given_name\u0301", "consent", "request_id", "country_code")])  # fmt: skip
def test_J5_unknown_fields(stack, case):
    slug = stack.shared("J5")
    answer = stack.sign(slug, **{case: "x"})
    assert pointers(answer) == {f"/{case}": "unknown_field"}, answer
    assert stack.stored(slug) == 0


def test_J5_fields_that_the_petition_does_not_ask_for(stack):
    few = [{"name": "email", "required": True}, {"name": "given_name", "required": True}]
    slug = stack.petition(fields=few)
    for name, value in (("family_name", "X"), ("country", "US"), ("region", "US-CA"), ("postal_code", "1"), ("locality", "X"), ("comment", "X")):
        assert pointers(stack.sign(slug, **{name: value})) == {f"/{name}": "unknown_field"}, name
    welcome = {"show_name": False, "subscribe": True, "text_version": 1, "source": "mail-1", "referrer": "p.1", "locale": "en-GB"}
    assert stack.sign(slug, **welcome).status == 202
    assert stack.stored(slug) == 1


def test_J5_a_pointer_escapes_and_is_short(stack):
    assert pointers(stack.sign("demo", **{"family_name": "X", "a/b~c": 1})) == {"/a~1b~0c": "unknown_field"}
    long = "k" * 5000
    answer = stack.sign("demo", **{"family_name": "X", long: 1})
    problem(answer, 422)
    assert len(answer.body) < 1000, answer


def test_J6_missing_and_null(stack):
    slug = stack.petition(fields=[{"name": name, "required": True} for name in (
        "email", "given_name", "family_name", "country", "region", "postal_code", "locality", "comment")])  # fmt: skip
    required = {f"/{name}": "required" for name in ("email", "given_name", "family_name", "country", "region", "postal_code", "locality", "comment")}
    assert pointers(stack.post(f"{API}/{slug}/signatures", {})) == required
    assert pointers(stack.post(f"{API}/{slug}/signatures", {name[1:]: None for name in required})) == required
    nulls = {name: None for name in ("show_name", "subscribe", "text_version", "source", "referrer", "locale")}
    found = pointers(stack.post(f"{API}/{slug}/signatures", nulls))
    assert {name: code for name, code in found.items() if name not in required} == {f"/{name}": "wrong_type" for name in nulls}
    assert stack.stored(slug) == 0


def test_J6_null_for_what_may_be_absent(stack):
    slug = stack.petition()
    for name in ("family_name", "country", "comment"):
        answer = stack.post(f"{API}/{slug}/signatures", {**stack.person(), name: None})
        assert pointers(answer) == {f"/{name}": "wrong_type"}, answer


WRONG = {"text": [1, 1.5, True, [], {}, ["x"], {"a": "x"}], "flag": ["true", 1, 0, "", [], {}], "number": ["1", True, 1.0, 1e0, [], {}]}
KINDS = {
    "email": "text", "given_name": "text", "family_name": "text", "country": "text", "region": "text", "postal_code": "text",
    "locality": "text", "comment": "text", "source": "text", "referrer": "text", "locale": "text", "show_name": "flag",
    "subscribe": "flag", "text_version": "number",
}  # fmt: skip


@each([(name, (name, kind)) for name, kind in KINDS.items()])
def test_J7_wrong_types_are_not_turned_into_right_ones(stack, case):
    name, kind = case
    failures = Failures()
    for value in WRONG[kind]:
        with failures.of(repr(value)):
            found = pointers(stack.post(f"{API}/demo/signatures", {**stack.person(family_name="X"), name: value}))
            assert found.get(f"/{name}") == "wrong_type", found
    failures.done()


def test_J7_wrong_types_of_token_and_email(stack):
    for value in (1, True, None, [], {}, ["a"]):
        expected = "required" if value is None else "wrong_type"
        for target, name in (("/api/v1/confirmations", "token"), ("/api/v1/withdrawals", "token"), (f"{API}/demo/confirmation-requests", "email")):
            assert pointers(stack.post(target, {name: value})) == {f"/{name}": expected}, (target, value)


@each([("minus-zero", "-0"), ("real", "1.0"), ("exponent", "1e0"), ("underflow", "1e-400"), ("negative", "-1"), ("zero", "0"),
       ("over-31-bits", "2147483648"), ("over-53-bits", "9007199254740993"), ("most", "9223372036854775807")])  # fmt: skip
def test_J17_J18_numbers_where_a_version_is_expected(stack, case):
    person = json.dumps(stack.person(family_name="X"))
    found = pointers(post(stack, f'{person[:-1]},"text_version":{case}}}'.encode()))
    assert list(found) == ["/text_version"] and found["/text_version"] in ("wrong_type", "out_of_range"), found


def test_J19_many_keys_take_no_long_time(stack):
    keys = ",".join(f'"{number:x}":1' for number in range(1600))
    data = f"{{{keys}}}".encode()
    assert len(data) <= 16384
    started = time.monotonic()
    for _ in range(20):
        problem(post(stack, data), 422, "invalid_fields")
    assert time.monotonic() - started < 2
    problem(post(stack, b'{"' + b"a" * 1000000 + b'":1}'), 413, "body_too_large")
    problem(post(stack, b'{"' + b"a" * 16000 + b'":1}'), 422, "invalid_fields")


def test_J21_the_empty_object(stack):
    assert pointers(post(stack, b"{}")) == {"/email": "required", "/given_name": "required", "/family_name": "required"}


def test_J22_too_much_in_every_field(stack):
    texts = [name for name, kind in KINDS.items() if kind == "text"]
    for name in texts:
        data = {**stack.person(family_name="X"), name: "x" * 15000}
        found = pointers(stack.post(f"{API}/demo/signatures", data))
        assert found == {f"/{name}": "too_long"}, (name, found)
    found = pointers(post(stack, json.dumps({name: "é" * 600 for name in texts}, ensure_ascii=False).encode()))
    assert set(found) == {f"/{name}" for name in texts} and set(found.values()) <= {"too_long", "invalid_email"}, found


def test_every_problem_of_a_form_is_told_at_once(stack):
    form = {"email": "no", "given_name": "", "family_name": 1, "country": "XX", "region": "US-ZZ", "postal_code": "1" * 21,
            "locality": "a\u202eb", "comment": "x" * 501, "show_name": "yes", "subscribe": 1, "text_version": 0, "source": "a b",
            "referrer": "", "locale": "en_US", "more": 1}  # fmt: skip
    found = pointers(stack.post(f"{API}/demo/signatures", form))
    assert found == {
        "/email": "invalid_email", "/given_name": "empty", "/family_name": "wrong_type", "/country": "unknown_country",
        "/region": "unknown_region", "/postal_code": "too_long", "/locality": "invalid_characters", "/comment": "too_long",
        "/show_name": "wrong_type", "/subscribe": "wrong_type", "/text_version": "out_of_range", "/source": "invalid_format",
        "/referrer": "empty", "/locale": "invalid_format", "/more": "unknown_field",
    }, found  # fmt: skip


def test_H27_what_is_written_takes_no_query(stack):
    slug = stack.shared("query")
    for path in (f"{API}/{slug}/signatures", f"{API}/{slug}/confirmation-requests", "/api/v1/confirmations", "/api/v1/withdrawals"):
        problem(stack.post(path + "?x=1", stack.person()), 400, "bad_query")
    assert stack.stored(slug) == 0
