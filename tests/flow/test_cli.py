"""The command line: exit codes, what it prints, and what it changes."""
import json
import os
import re
import stat
import subprocess
import tempfile

from cases import Failures, each
from client import wait_until
from stack import BUILD, TOP

DONE, NO, WRONG, AWAY = range(4)
AWAY_REDIS = {"COUNTERSIGN_REDIS": "unix:/nonexistent.sock"}
AWAY_POSTGRES = {"COUNTERSIGN_OPERATOR_DATABASE": "host=/nonexistent dbname=x"}


def run(*words, code=DONE, input=None, environment=None, text=True):
    """The program as it is, without a configuration."""
    environment = dict(os.environ, **(environment or {}))
    done = subprocess.run([os.path.join(BUILD, "countersign"), *words], input=input, capture_output=True, text=text,
                          timeout=60, env=environment)
    assert done.returncode == code, f"{words}: exit {done.returncode}: {done.stdout!r} {done.stderr!r}"
    return done


def cli(stack, *words, code=DONE, environment=None, **how):
    config = os.path.join(stack.run, "countersign.conf")
    return run("--config", config, *words, code=code, environment={**stack.environment, **(environment or {})}, **how)


def parsed(stack, *words, **how):
    return json.loads(cli(stack, *words, "--json", **how).stdout)


# ---- help and use ----


def test_help_tells_every_command(_stack):
    overview = run("help").stdout
    words = re.findall(r"^  ([a-z]+(?: [a-z]+)?)  ", overview, re.M)
    assert "audit" in words and "petition put" in words, words
    for word in words:
        page = run("help", *word.split()).stdout
        assert page.startswith(f"countersign {word}"), page
        assert run(*word.split(), "--help").stdout == page
    assert "batch_limit = 256" in run("help", "config").stdout
    assert "petition open" in run("help", "petition").stdout
    run("help", "nonsense", code=WRONG)
    assert re.match(r"countersign \d+\.\d+\.\d+ \(schema \d+\)\n$", run("version").stdout)


def test_manual_completion_and_readme_come_from_the_same_table(_stack):
    manual = run("help", "--man").stdout
    assert manual.startswith(".TH COUNTERSIGN 1") and ".SS audit" in manual
    script = run("help", "--completion", "bash").stdout
    ask = script + 'COMP_WORDS=(countersign petition ""); COMP_CWORD=2; _countersign; echo "${COMPREPLY[*]}"'
    done = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, check=True)
    assert done.stdout == "put list show open close withdraw\n", done.stdout
    with open(os.path.join(TOP, "src/ctl/README.md"), encoding="utf-8") as file:
        assert file.read() == run("help", "--markdown").stdout, "write it anew: countersign help --markdown"


@each([(" ".join(words), words) for words in [
    [], ["nonsense"], ["petition"], ["petition", "nonsense"], ["--nonsense", "audit"], ["--config"],
    ["audit", "--nonsense"], ["audit", "a", "b"], ["petition", "show"], ["export", "demo"], ["keygen"],
    ["export", "demo", "--key"], ["export", "demo", "--key", "x", "--format", "xml"],
    ["export", "demo", "--key", "x", "--key", "y"], ["audit", "--json=yes"], ["invalidate", "demo", "--ids", "x"],
    ["recent", "demo", "--limit", "0"], ["recent", "demo", "--show", "1,x"], ["recent", "demo", "--show", "1", "--hide", "1"],
]])  # fmt: skip
def test_wrong_use_is_2_with_a_word_on_stderr(stack, words):
    done = cli(stack, *words, code=WRONG) if words[:1] != ["--config"] else run(*words, code=WRONG)
    assert done.stdout == "" and done.stderr.startswith("countersign: "), done


def test_O14_a_wrong_configuration_is_told_with_file_and_line(stack):
    wrong = Failures()
    with open(os.path.join(stack.run, "countersign.conf"), encoding="utf-8") as file:
        good = file.read()
    lines = len(good.splitlines())
    cases = [
        ("databse = x", rf":{lines + 1}: "),
        ("slot = 16", rf":{lines + 1}: "),
        ("slot = -1", rf":{lines + 1}: "),
        ("batch_limit = many", rf":{lines + 1}: "),
        ("nothing at all", rf":{lines + 1}: "),
    ]
    for line, pattern in cases:
        with wrong.of(line), tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
            file.write(good + line + "\n")
            file.flush()
            done = run("--config", file.name, "petition", "list", code=WRONG)
            assert re.search(re.escape(file.name) + pattern, done.stderr), done.stderr
    for line in ("redis = rediss://x", "redis = localhost", "base_url = http://a/path", "statement_timeout_ms = 1"):
        with wrong.of(line), tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
            name = line.split(" ", 1)[0]
            file.write("".join(one for one in good.splitlines(True) if not one.startswith(name + " =")) + line + "\n")
            file.flush()
            done = run("--config", file.name, "petition", "list", code=WRONG)
            assert done.stderr.startswith(f"countersign: {file.name}:") and name in done.stderr, done.stderr
    with wrong.of("missing"), tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
        file.write(re.sub(r"(?m)^operator_database = .*$", "", good))
        file.flush()
        assert "operator_database is missing" in run("--config", file.name, "audit", code=WRONG).stderr
    run("--config", "/nonexistent.conf", "audit", code=WRONG)
    wrong.done()


def test_the_configuration_is_found_without_the_option(stack):
    config = os.path.join(stack.run, "countersign.conf")
    assert "demo" in run("petition", "list", environment={"COUNTERSIGN_CONFIG": config}).stdout


# ---- services that are away ----


def test_a_service_that_is_away_is_3(stack):
    wrong = Failures()
    for words in (["petition", "list"], ["petition", "open", "demo"], ["count"], ["audit"], ["recent", "demo"]):
        with wrong.of(words):
            assert "PostgreSQL" in cli(stack, *words, code=AWAY, environment=AWAY_POSTGRES).stderr
    for words in (["count"], ["audit"]):
        with wrong.of(words):
            done = cli(stack, *words, code=AWAY, environment=AWAY_REDIS)
            assert "Redis" in done.stderr and "demo" in done.stdout, done
    with wrong.of("doctor"):
        done = cli(stack, "doctor", code=AWAY, environment={**AWAY_REDIS, **AWAY_POSTGRES})
        assert len(re.findall(r"(?m)^NO", done.stdout)) == 2, done.stdout
    with wrong.of("migrate"):
        cli(stack, "migrate", code=AWAY, environment={"COUNTERSIGN_OWNER_DATABASE": "host=/nonexistent"})
    wrong.done()


def test_standard_output_that_cannot_be_written_is_an_error(stack):
    config = os.path.join(stack.run, "countersign.conf")
    program = f"{os.path.join(BUILD, 'countersign')} --config {config}"
    full = subprocess.run(["bash", "-c", f"{program} petition list >/dev/full"], capture_output=True, text=True)
    assert full.returncode == AWAY and "No space left" in full.stderr, full
    gone = subprocess.run(["bash", "-c", f"{program} help config | true; echo ${{PIPESTATUS[0]}}"],
                          capture_output=True, text=True)
    assert gone.stdout in ("0\n", "3\n") and gone.stderr == "", gone
    closed = subprocess.run(["bash", "-c", f"{program} petition list >&-"], capture_output=True, text=True)
    assert closed.returncode == AWAY, closed


# ---- keys ----


def mode_of(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def test_keygen_keeps_what_is_there(_stack):
    with tempfile.TemporaryDirectory() as folder:
        target = os.path.join(folder, "keys")
        run("keygen", "--out", target)
        assert mode_of(target) == 0o700
        assert mode_of(f"{target}/organization.key") == 0o600
        with open(f"{target}/organization.key", encoding="ascii") as file:
            before = file.read()
        done = run("keygen", "--out", target, code=NO)
        with open(f"{target}/organization.key", encoding="ascii") as file:
            assert file.read() == before
        assert "stays as it is" in done.stderr
        os.remove(f"{target}/organization.key")
        run("keygen", "--out", target, code=NO)
        assert os.listdir(target) == ["organization.pub"], os.listdir(target)


def test_a_key_with_a_passphrase_opens_with_it_alone(stack):
    with tempfile.TemporaryDirectory() as folder:
        right, other = f"{folder}/right", f"{folder}/other"
        for path, words in ((right, "correct horse battery\n"), (other, "another passphrase\n"), (f"{folder}/short", "short")):
            with open(path, "w", encoding="ascii") as file:
                file.write(words)
        run("keygen", "--out", folder, "--passphrase-file", f"{folder}/short", code=WRONG)
        run("keygen", "--out", folder, "--passphrase-file", right)
        with open(f"{folder}/organization.pub", encoding="ascii") as file:
            public = file.read().strip()
        organization = {**stack.petition_json()["organization"], "public_keys": [public]}
        slug = stack.petition(organization=organization, confirmation="none")
        address = stack.signed(slug)
        key = ["--key", f"{folder}/organization.key"]
        assert "has a passphrase" in cli(stack, "export", slug, *key, code=WRONG).stderr
        assert "passphrase" in cli(stack, "export", slug, *key, "--passphrase-file", other, code=WRONG).stderr
        assert address in cli(stack, "export", slug, *key, "--passphrase-file", right).stdout
        assert "not a private key" in cli(stack, "export", slug, "--key", right, code=WRONG).stderr


# ---- petitions ----


def put(stack, petition, code=DONE):
    return cli(stack, "petition", "put", "-", input=json.dumps(petition), code=code)


def test_put_tells_every_fault_by_pointer(stack):
    petition = stack.petition_json(slug="Not A Slug", goal=-1, asks=["a", 2], nonsense=1, closes_at="soon",
                                   translations={"es": {"letter": "x"}}, allowed_origins=["https://a/b"])
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(petition, file)
        file.flush()
        done = cli(stack, "petition", "put", file.name, code=WRONG)
        lines = done.stderr.splitlines()
        pointers = {line.split(": ")[1] for line in lines if line.startswith(file.name + ": ")}
    assert pointers == {"/slug", "/goal", "/asks/1", "/nonsense", "/closes_at", "/translations/es/title",
                        "/allowed_origins/0"}, done.stderr  # fmt: skip
    assert done.stdout == ""
    for text, place in (("{\n\n,}", "standard input:3: "), ("[]", "standard input: "), ('{"a":1,"a":1}', "standard input:1: "), ("", "standard input")):
        assert cli(stack, "petition", "put", "-", input=text, code=WRONG).stderr.startswith(place), text
    cli(stack, "petition", "put", "/nonexistent", code=WRONG)


def test_put_prints_slug_and_text_version(stack):
    petition = stack.petition_json()
    slug = petition["slug"]
    assert put(stack, petition).stdout == f"{slug} 1\n"
    assert put(stack, petition).stdout == f"{slug} 1\n"
    petition["salutation"] = "Dear all,"
    petition["goal"] = 5
    assert put(stack, petition).stdout == f"{slug} 1\n"
    for version, change in enumerate(({"title": "B"}, {"addressee": "B"}, {"letter": "B"}, {"asks": ["B"]}), 2):
        petition.update(change)
        assert put(stack, petition).stdout == f"{slug} {version}\n", change
    done = json.loads(cli(stack, "petition", "put", "-", "--json", input=json.dumps(petition)).stdout)
    assert done == {"slug": slug, "text_version": 5, "state": "draft", "created": False}, done


def test_put_warns_where_nothing_is_confirmed(stack):
    assert "warning" not in put(stack, stack.petition_json()).stderr
    assert "warning" in put(stack, stack.petition_json(confirmation="none")).stderr


def test_put_never_changes_the_state(stack):
    petition = stack.petition_json(state="open")
    put(stack, petition)
    assert parsed(stack, "petition", "show", petition["slug"])["state"] == "draft"
    stack.move(petition["slug"], "open")
    put(stack, {**petition, "state": "closed"})
    assert parsed(stack, "petition", "show", petition["slug"])["state"] == "open"


def test_show_gives_back_what_put_took(stack):
    petition = stack.petition_json(
        translations={"es": {"title": "Título", "addressee": "A", "salutation": "S", "letter": "L", "asks": ["Uno"]}},
        allowed_origins=["https://other.example"], comments="shown", disclosure_threshold=9,
        closes_at="2090-01-02T03:04:05Z")  # fmt: skip
    put(stack, petition)
    file = cli(stack, "petition", "show", petition["slug"], "--file").stdout
    shown = json.loads(file)
    assert shown["closes_at"] == "2090-01-02T03:04:05.000Z", shown["closes_at"]
    for name, value in petition.items():
        if name not in ("closes_at", "organization"):
            assert shown[name] == value, name
    assert cli(stack, "petition", "put", "-", input=file).stdout == f"{petition['slug']} 1\n"
    again = json.loads(cli(stack, "petition", "show", petition["slug"], "--file").stdout)
    assert again == shown
    whole = parsed(stack, "petition", "show", petition["slug"])
    assert {"state", "count", "languages", "text_version", "opened_at"} <= set(whole)
    listed = [row for row in parsed(stack, "petition", "list")["petitions"] if row["slug"] == petition["slug"]]
    assert listed[0]["text_version"] == 1 and listed[0]["goal"] == 1000, listed


# From each state by each command: the exit code and the state afterwards.
MOVES = [
    ("draft", "open", DONE, "open"), ("draft", "close", NO, "draft"), ("draft", "withdraw", DONE, "withdrawn"),
    ("open", "open", DONE, "open"), ("open", "close", DONE, "closed"), ("open", "withdraw", DONE, "withdrawn"),
    ("closed", "open", DONE, "open"), ("closed", "close", DONE, "closed"), ("closed", "withdraw", DONE, "withdrawn"),
    ("withdrawn", "open", NO, "withdrawn"), ("withdrawn", "close", NO, "withdrawn"),
    ("withdrawn", "withdraw", DONE, "withdrawn"),
]  # fmt: skip


@each([(f"{was} {word}", (was, word, code, state)) for was, word, code, state in MOVES])
def test_states_of_a_petition(stack, move):
    was, word, code, state = move
    slug = stack.petition(state=was)
    done = cli(stack, "petition", word, slug, code=code)
    assert parsed(stack, "petition", "show", slug)["state"] == state
    assert done.stdout == (f"{slug} {state}\n" if code == DONE else ""), done


def test_a_petition_that_is_not_there_is_1(stack):
    key = os.path.join(stack.run, "keys/organization.key")
    for words in (["petition", "show"], ["petition", "open"], ["petition", "close"], ["petition", "withdraw"], ["count"],
                  ["audit"], ["recent"]):  # fmt: skip
        done = cli(stack, *words, "no-such-petition", code=NO)
        assert done.stdout == "" and "no petition" in done.stderr, (words, done)
    assert "no petition" in cli(stack, "export", "no-such-petition", "--key", key, code=NO).stderr
    cli(stack, "invalidate", "no-such-petition", "--ids", "-", "--reason", "x", input="1\n", code=NO)
    cli(stack, "erase", "no-such-petition", "--email", "-", input="a@example.org\n", code=NO)


# ---- the count ----


def test_count_and_audit_say_one_number(stack):
    slug = stack.petition(confirmation="none")
    for _ in range(3):
        stack.signed(slug)
    stack.expect_count(slug, 3)
    audit = parsed(stack, "audit", slug)
    row = audit["petitions"][0]
    assert audit["equal"] and row["differences"] == [], audit
    assert [row[name] for name in ("table", "tally", "places", "hours", "redis")] == [3] * 5, row
    counts = parsed(stack, "count", slug)["counts"]
    assert counts == [{"slug": slug, "table": 3, "erased": 0, "tally": 3, "redis": 3}], counts
    assert cli(stack, "audit", slug).stdout == f"{slug}: equal, 3\n"


def test_audit_finds_each_difference_and_repairs_nothing(stack):
    slug = stack.petition(confirmation="none")
    stack.signed(slug, country="US", region="US-CA")
    stack.signed(slug)
    stack.expect_count(slug, 2)
    number = stack.value("SELECT id FROM countersign.petition WHERE slug = %s", slug)
    breaks = [
        ("tally", "UPDATE countersign.tally SET n = n {} WHERE petition_id = %s"),
        ("places", "UPDATE countersign.tally_place SET n = n {} WHERE petition_id = %s AND country = 'US'"),
        ("hours", "UPDATE countersign.tally_hour SET n = n {} WHERE petition_id = %s"),
        ("places", "UPDATE countersign.tally_place SET n = n {} * CASE country WHEN 'US' THEN 1 ELSE -1 END"
         " WHERE petition_id = %s"),
    ]  # fmt: skip
    for word, statement in breaks:
        stack.rows(statement.format("+ 1"), number)
        try:
            for _ in range(2):
                done = cli(stack, "audit", slug, code=NO)
                assert "DIFFERS" in done.stdout and word in done.stdout, (word, done.stdout)
        finally:
            stack.rows(statement.format("- 1"), number)
    assert cli(stack, "audit", slug).returncode == DONE


def test_T7_a_slot_may_be_negative_and_the_sum_is_right(stack):
    slug = stack.petition(confirmation="none")
    stack.signed(slug)
    number = stack.value("SELECT id FROM countersign.petition WHERE slug = %s", slug)
    stack.rows("INSERT INTO countersign.tally (petition_id, slot, n, version, changed_at) VALUES (%s, 14, -3, 1, now()),"
               " (%s, 15, 3, 1, now())", number, number)  # fmt: skip
    stack.rows("UPDATE countersign.petition SET updated_at = now() WHERE id = %s", number)
    stack.signed(slug)
    assert cli(stack, "audit", slug).stdout == f"{slug}: equal, 2\n"


def test_audit_finds_a_wrong_number_in_redis(stack):
    slug = stack.petition(confirmation="none")
    stack.signed(slug)
    stack.expect_count(slug, 1)
    cli(stack, "audit", slug)
    key = f"cs:count:{{{slug}}}"
    value = stack.redis("GET", key).split(" ")
    assert value[2] == "1", value
    for place, number in ((2, "7"), (1, "999")):
        wrong = list(value)
        wrong[place] = number
        if place == 2:
            # At the same version a later reading wins, so that no worker writes over it meanwhile.
            wrong[3] = str(int(wrong[3]) + 3600_000)
        stack.redis("SET", key, " ".join(wrong), "PX", "60000")
        try:
            done = cli(stack, "audit", slug, code=NO)
            assert "Redis" in done.stdout, done.stdout
        finally:
            stack.redis("DEL", key)
    wait_until(lambda: stack.redis("EXISTS", key) == "1", 10, "published again")


# ---- export ----

NAUGHTY = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "'=x", "''+y", "'t Hooft", "'", "''", 'say "x"', "a,b", "a\nb",
    "a\r\nb", " spaces ", "=", '=HYPERLINK("http://a","b")', "; DROP TABLE x", "%s%n", "\\", "\\\\", "<script>", "&lt;",
    "Zoë", "\u200fعربي", "日本", "👩\u200d👩\u200d👧", "a\u2028b", "\ufeffx", "x" * 500, "-", "+", "@", "\t", "DDE|x", "$1",
]  # fmt: skip
FORMULA = re.compile(r"'*[=+\-@\t\r\n]")


def undo(cell):
    """As the help of `export` says."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


def seed(stack, slug, people):
    text = "".join(json.dumps(person) + "\n" for person in people)
    config = os.path.join(stack.run, "countersign.conf")
    tool = os.path.join(TOP, "build/release/flow/seed")
    done = subprocess.run([tool, config, slug], input=text, capture_output=True, text=True, env=stack.environment)
    assert done.returncode == 0, done.stderr
    stack.tokens_seen.update(done.stdout.split())


def rfc4180(text):
    """RFC 4180 to the letter, more strictly than the csv module: CR LF only, quotes doubled."""
    rows, row, at = [], [], 0
    while at < len(text):
        if text[at] == '"':
            end = at + 1
            while True:
                end = text.index('"', end)
                if text[end + 1 : end + 2] != '"':
                    break
                end += 2
            cell, at = text[at + 1 : end].replace('""', '"'), end + 1
        else:
            end = re.compile(r"[,\r\n]").search(text, at).start()
            cell, at = text[at:end], end
            assert '"' not in cell, cell
        row.append(cell)
        if text.startswith("\r\n", at):
            rows.append(row)
            row, at = [], at + 2
        else:
            assert text[at] == ",", text[at : at + 20]
            at += 1
    assert not row
    return rows


def test_Q5_Q6_U6_export_gives_back_what_was_typed(stack):
    slug = stack.petition(confirmation="none")
    people = {}
    for index, words in enumerate(NAUGHTY):
        address = stack.address()
        people[address] = {
            "email": address, "given_name": words, "family_name": words, "locality": words, "comment": words,
            "country": "US", "region": "US-CA", "postal_code": words, "show_name": index % 2 == 0,
            "subscribe": index % 3 == 0, "text_version": 1, "source": "mail-1", "locale": "en-GB",
        }  # fmt: skip
    seed(stack, slug, people.values())
    key = os.path.join(stack.run, "keys/organization.key")
    raw = cli(stack, "export", slug, "--key", key, text=False).stdout.decode()
    table = rfc4180(raw)
    columns = ("id,state,email,given_name,family_name,country,region,locality,postal_code,comment,show_name,subscribe,"
               "text_version,source,referrer,locale,signed_at,confirmed_at")
    assert raw.startswith(columns + "\r\n"), raw[:300]
    assert len(table) == len(people) + 1
    wrong = Failures()
    for row in table[1:]:
        cells = dict(zip(columns.split(","), row))
        person = people[cells["email"]]
        for name in ("given_name", "family_name", "locality", "postal_code", "comment"):
            wrong.check(undo(cells[name]) == person[name], person[name], cells[name])
            wrong.check(not re.match(r"[=+\-@\t\r\n]", cells[name]), person[name], "a spreadsheet would run it")
        wrong.check(cells["show_name"] == str(person["show_name"]).lower(), "show_name", cells)
        wrong.check((cells["referrer"], cells["state"], cells["text_version"]) == ("", "confirmed", "1"), "rest", cells)
    for line in stack.export(slug):
        person = people[line["email"]]
        wrong.check({**line, **person} == line, "jsonl", (line, person))
        wrong.check(line["referrer"] is None, "referrer", line)
    ids = [int(row[0]) for row in table[1:]]
    wrong.check(ids == sorted(ids), "order", ids)
    wrong.done()


def test_export_chooses_by_state(stack):
    slug = stack.petition()
    pending, confirmed, withdrawn = (stack.signed(slug) for _ in range(3))
    assert stack.confirm(stack.token(slug, confirmed)).status == 200
    assert stack.withdraw(stack.token(slug, withdrawn)).status == 200
    found = {state: {line["email"]: line["state"] for line in stack.export(slug, state)}
             for state in ("confirmed", "pending", "all")}  # fmt: skip
    assert found["confirmed"] == {confirmed: "confirmed"}, found
    assert found["pending"] == {pending: "pending"}, found
    assert found["all"] == {pending: "pending", confirmed: "confirmed", withdrawn: "withdrawn"}, found
    line = stack.export(slug, "pending")[0]
    assert line["confirmed_at"] is None and re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", line["signed_at"]), line


def test_O9_a_damaged_row_is_reported_and_the_rest_goes_on(stack):
    slug = stack.petition(confirmation="none")
    people = [{"email": stack.address(), "given_name": "Ada"} for _ in range(5)]
    seed(stack, slug, people)
    ids = sorted(line["id"] for line in stack.export(slug))
    flip = "UPDATE countersign.signature SET {0} = set_byte({0}, %s, get_byte({0}, %s) # 1) WHERE id = %s"
    stack.rows(flip.format("sealed"), 100, 100, ids[1])
    # A row under another one's blind index does not open either.
    stack.rows(flip.format("email_hash"), 3, 3, ids[3])
    key = os.path.join(stack.run, "keys/organization.key")
    done = cli(stack, "export", slug, "--key", key, "--format", "jsonl", code=NO)
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [ids[0], ids[2], ids[4]]
    for bad in (ids[1], ids[3]):
        assert f"signature {bad}: " in done.stderr, done.stderr
    assert stack.mark not in done.stderr
    assert parsed(stack, "audit", slug)["equal"]
    other = os.path.join(stack.run, "keys/mailing/organization.key")
    done = cli(stack, "export", slug, "--key", other, code=NO)
    assert "0 rows written, 5 could not be opened" in done.stderr, done.stderr


def test_export_is_in_constant_memory_and_ends_with_its_reader(stack):
    slug = stack.petition(confirmation="none")
    seed(stack, slug, ({"email": stack.address(), "given_name": "Ada", "comment": "x" * 400} for _ in range(20000)))
    config, key = os.path.join(stack.run, "countersign.conf"), os.path.join(stack.run, "keys/organization.key")
    program = f"{os.path.join(BUILD, 'countersign')} --config {config} export {slug} --key {key}"
    done = subprocess.run(["bash", "-c", f"{program} | head -n 2; echo ${{PIPESTATUS[0]}}"], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == str(AWAY) and done.stderr == "", done
    full = subprocess.run(["bash", "-c", f"{program} >/dev/full"], capture_output=True, text=True)
    assert full.returncode == AWAY and "No space left" in full.stderr, full
    if "asan" not in BUILD and "tsan" not in BUILD:
        measure = ["/usr/bin/python3", "-c", "import resource, subprocess, sys\n"
                   "code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode\n"
                   "print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"]  # fmt: skip
        done = subprocess.run(measure + program.split(), capture_output=True, text=True, check=True)
        code, kilobytes = map(int, done.stdout.split())
        assert code == 0 and kilobytes < 40000, done.stdout


def test_D16_a_slow_export_stops_nobody(stack):
    slug = stack.petition(confirmation="none")
    seed(stack, slug, ({"email": stack.address(), "given_name": "Ada", "comment": "x" * 400} for _ in range(2000)))
    config, key = os.path.join(stack.run, "countersign.conf"), os.path.join(stack.run, "keys/organization.key")
    command = [os.path.join(BUILD, "countersign"), "--config", config, "export", slug, "--key", key]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=stack.environment) as export:
        start = export.stdout.read(1000)
        address = stack.signed(slug)
        stack.expect_count(slug, 2001)
        assert cli(stack, "petition", "close", slug).returncode == DONE
        text = start + export.stdout.read()
    assert export.returncode == DONE
    assert address.encode() not in text and text.count(b"\r\n") == 2001, "one snapshot"


def test_O8_two_index_keys_and_two_recipients_at_once(stack):
    with tempfile.TemporaryDirectory() as folder:
        run("keygen", "--out", folder)
        with open(f"{folder}/organization.pub", encoding="ascii") as file:
            own = file.read().strip()
        slug = stack.petition(confirmation="none")
        first = stack.signed(slug)
        file = json.loads(cli(stack, "petition", "show", slug, "--file").stdout)
        file["organization"]["public_keys"] = [own]
        put(stack, file)
        # The workers take the new key with the catalog; whom they sealed before stays as it is.
        def sealed_to_both():
            address = stack.signed(slug)
            done = subprocess.run(
                [os.path.join(BUILD, "countersign"), "--config", os.path.join(stack.run, "countersign.conf"), "export",
                 slug, "--key", f"{folder}/organization.key"], capture_output=True, text=True, env=stack.environment)  # fmt: skip
            return address in done.stdout
        wait_until(sealed_to_both, 15, "sealed to the new key")
        done = cli(stack, "export", slug, "--key", f"{folder}/organization.key", code=NO)
        assert first not in done.stdout and "not sealed to this key" in done.stderr
        done = cli(stack, "export", slug, "--key", os.path.join(stack.run, "keys/organization.key"), code=NO)
        assert first in done.stdout


# ---- what is shown ----


def test_comments_wait_until_they_are_shown(stack):
    slug = stack.petition(confirmation="none")
    word = stack.mark
    for number in (1, 2):
        stack.signed(slug, given_name=f"N{number} {word}", comment=f"C{number}\n{word}", show_name=True)
    stack.signed(slug, given_name=f"N3 {word}", show_name=True)
    wait_until(lambda: len(recent(stack, slug)) == 3, 3, "shown")
    assert {row.get("comment") for row in recent(stack, slug)} <= {None, ""}
    rows = parsed(stack, "recent", slug)["signatures"]
    assert {row["name"].split()[0]: row["fate"] for row in rows} == {"N1": "waits", "N2": "waits", "N3": "shown"}, rows
    waiting = parsed(stack, "recent", slug, "--review")["signatures"]
    assert len(waiting) == 2 and len(parsed(stack, "recent", slug, "--limit", "1")["signatures"]) == 1
    ids = {row["name"].split()[0]: str(row["id"]) for row in rows}
    done = cli(stack, "recent", slug, "--show", f"{ids['N1']},999999999", "--hide", ids["N2"], code=NO)
    assert done.stdout == "1 shown, 1 hidden\n" and "signature 999999999" in done.stderr, done
    wait_until(lambda: len(recent(stack, slug)) == 2, 5, "hidden")
    comments = {row["name"].split()[0]: row.get("comment") for row in recent(stack, slug)}
    assert comments["N1"] == f"C1\n{word}" and not comments["N3"], comments
    assert cli(stack, "recent", slug, "--review").stdout == ""
    lines = cli(stack, "recent", slug).stdout.splitlines()
    assert len(lines) == 3 and all(line.count("\t") == 5 for line in lines), lines


def recent(stack, slug):
    return stack.get(f"/api/v1/petitions/{slug}/signatures/recent").json()["signatures"]


# ---- out of the count, and forgotten ----


def test_invalidate_and_its_undo_move_the_count(stack):
    slug = stack.petition(confirmation="none")
    people = [stack.signed(slug, country="DE") for _ in range(3)]
    ids = {line["email"]: line["id"] for line in stack.export(slug)}
    chosen = f"# bad ones\n{ids[people[0]]}\n\n{ids[people[1]]}\n"
    done = cli(stack, "invalidate", slug, "--ids", "-", "--reason", "made by a machine", input=chosen)
    assert done.stdout == "2 invalidated\n", done
    stack.expect_count(slug, 1)
    assert stack.states(slug) == [0, 1, 0, 2]
    done = cli(stack, "invalidate", slug, "--ids", "-", "--reason", "again", input=chosen + "999999999\n", code=NO)
    assert done.stdout == "0 invalidated\n" and len(done.stderr.splitlines()) == 3, done
    reasons = stack.rows("SELECT reason, by_role FROM countersign.invalidation i JOIN countersign.petition p"
                         " ON p.id = i.petition_id WHERE p.slug = %s", slug)  # fmt: skip
    assert reasons == [("made by a machine", "countersign_operator")] * 2, reasons
    assert stack.withdraw(stack.token(slug, people[0])).status == 404
    done = json.loads(cli(stack, "invalidate", slug, "--ids", "-", "--undo", "--json", input=chosen).stdout)
    assert done == {"changed": 2, "unchanged": 0, "missing": 0}, done
    stack.expect_count(slug, 3)
    cli(stack, "invalidate", slug, "--ids", "-", "--undo", input=chosen, code=NO)
    for wrong in ("x\n", "0\n", "-1\n", "1 2\n", "", "# none\n"):
        cli(stack, "invalidate", slug, "--ids", "-", "--reason", "x", input=wrong, code=WRONG)
    cli(stack, "invalidate", slug, "--ids", "-", "--reason", "  ", input="1\n", code=WRONG)
    assert parsed(stack, "audit", slug)["equal"]


def test_erase_forgets_the_person_and_keeps_the_number(stack):
    first, second = stack.petition(confirmation="none"), stack.petition()
    address = stack.address()
    stack.signed(first, email=address, show_name=True)
    stack.signed(second, email=address.upper())
    other = stack.signed(first)
    stack.expect_count(first, 2)
    done = cli(stack, "erase", "--email", "-", first, "--json", input=f"{address}\n")
    result = json.loads(done.stdout)
    assert result["erased"] == 1 and result["kept_in_count"] == 1, result
    assert [row["slug"] for row in result["petitions"]] == [first] and result["petitions"][0]["letters"] == 1, result
    assert [line["email"] for line in stack.export(first)] == [other]
    assert stack.letters(first, address) == [] and len(stack.letters(second)) == 1
    stack.expect_count(first, 2)
    row = parsed(stack, "audit", first)["petitions"][0]
    assert (row["table"], row["erased"], row["tally"], row["equal"]) == (1, 1, 2, True), row
    done = cli(stack, "erase", "--email", "-", input=f"# by letter\n{address}\nnobody.{stack.mark}@example.org\n")
    assert second in done.stdout and first not in done.stdout and "0 of them stay" in done.stdout, done
    assert stack.export(second) == []
    done = cli(stack, "erase", "--email", "-", input=f"{address}\n", code=NO)
    assert stack.mark not in done.stdout + done.stderr
    for wrong in ("", "nobody\n", f"{address}\nnobody\n"):
        done = cli(stack, "erase", "--email", "-", input=wrong, code=WRONG)
        assert "nobody" not in done.stderr and stack.mark not in done.stderr, done
    assert stack.value("SELECT count(*) FROM countersign.shown h JOIN countersign.petition p ON p.id = h.petition_id"
                       " WHERE p.slug = %s", first) == 0  # fmt: skip


def test_erase_needs_the_index_key_of_every_petition(stack):
    slug = stack.petition()
    stack.signed(slug)
    with tempfile.NamedTemporaryFile("w") as file:
        file.write("2 " + "ABCD" * 10 + "ABA=\n")
        file.flush()
        environment = {"COUNTERSIGN_INDEX_KEY_FILE": file.name}
        done = cli(stack, "erase", "--email", "-", slug, input="a@example.org\n", code=WRONG, environment=environment)
        assert "nothing was erased" in done.stderr, done


# ---- doctor and migrate ----


def levels(stack, **how):
    return [(check["level"], check["what"]) for check in parsed(stack, "doctor", **how)["checks"]]


def test_doctor_is_content_with_the_stack(stack):
    done = cli(stack, "doctor")
    assert not re.search(r"(?m)^NO", done.stdout), done.stdout
    found = levels(stack)
    for what in ("schema", "roles", "Redis", "database", "operator_database", "index_key_file", "socket"):
        assert ("ok", what) in found, (what, found)


def doctor_with(stack, name, text, code=NO, mode=0o600):
    """What it says of a file of these contents."""
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(text)
        file.flush()
        os.chmod(file.name, mode)
        environment = {"COUNTERSIGN_" + name.upper(): file.name}
        checks = parsed(stack, "doctor", code=code, environment=environment)["checks"]
    return {check["level"]: check["detail"] for check in checks if check["what"] == name}


def test_O6_O7_doctor_sees_wrong_keys(stack):
    wrong = Failures()
    with open(os.path.join(stack.run, "keys/organization.key"), encoding="ascii") as file:
        secret = file.read()
    with open(os.path.join(stack.run, "keys/organization.pub"), encoding="ascii") as file:
        public = file.read()
    bad = ["A" * 43 + "=\n", "AQ" + "A" * 41 + "=\n", "AAAA\n", "not base64\n", "", public + public, secret]
    for text in bad:
        for name in ("public_keys_file", "mailing_public_key_file"):
            with wrong.of((name, text[:10])):
                assert "no" in doctor_with(stack, name, text)
    with wrong.of("secret"):
        assert "secret key" in doctor_with(stack, "public_keys_file", secret)["no"]
    with wrong.of("one recipient"):
        assert "recovery" in doctor_with(stack, "public_keys_file", public, code=DONE)["warn"]
    for text in ("", "1 AAAA\n", "0 " + "A" * 43 + "=\n", "x\n"):
        with wrong.of(("index", text)):
            assert "no" in doctor_with(stack, "index_key_file", text)
    with wrong.of("mode"):
        assert "too open" in doctor_with(stack, "index_key_file", "1 " + "ABCD" * 10 + "ABA=\n", mode=0o644)["no"]
    wrong.done()


def test_doctor_sees_rights_that_are_too_many_or_missing(stack):
    changes = [
        ("GRANT SELECT ON countersign.signature TO countersign_worker",
         "REVOKE SELECT ON countersign.signature FROM countersign_worker"),
        ("GRANT INSERT (n) ON countersign.tally TO countersign_office",
         "REVOKE INSERT (n) ON countersign.tally FROM countersign_office"),
        ("REVOKE SELECT ON countersign.shown FROM countersign_operator",
         "GRANT SELECT ON countersign.shown TO countersign_operator"),
        ("GRANT EXECUTE ON FUNCTION countersign.erase TO countersign_mailer",
         "REVOKE EXECUTE ON FUNCTION countersign.erase FROM countersign_mailer"),
    ]  # fmt: skip
    for change, back in changes:
        stack.rows(change)
        try:
            done = cli(stack, "doctor", code=NO)
            assert len(re.findall(r"(?m)^NO    roles: ", done.stdout)) == 1, (change, done.stdout)
        finally:
            stack.rows(back)
    cli(stack, "doctor")


class Database:
    """An empty database beside the stack's, with a configuration of its own."""

    def __init__(self, stack):
        self.stack = stack
        self.name = "other_" + stack.unique()
        self.psql("postgres", f"CREATE DATABASE {self.name} OWNER countersign_owner")
        where = f"host={stack.sockets} dbname={self.name} user="
        self.environment = {
            "COUNTERSIGN_OWNER_DATABASE": where + "countersign_owner",
            "COUNTERSIGN_OPERATOR_DATABASE": where + "countersign_operator",
            "COUNTERSIGN_DATABASE": where + "countersign_worker",
        }

    def psql(self, database, statement):
        command = ["psql", "-h", self.stack.sockets, "-U", "postgres", "-d", database, "-qAtXc", statement]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    def run(self, statement):
        return self.psql(self.name, statement)

    def cli(self, *words, code=DONE, **how):
        return cli(self.stack, *words, code=code, environment=self.environment, **how)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.psql("postgres", f"DROP DATABASE {self.name} WITH (FORCE)")


def test_D19_O13_migrate_goes_forward_only(stack):
    with Database(stack) as database:
        for words in (["petition", "list"], ["audit"]):
            assert "migrate" in database.cli(*words, code=WRONG).stderr
        status = json.loads(database.cli("migrate", "--status", "--json", code=NO).stdout)["migrations"]
        assert {row["state"] for row in status} == {"missing"}
        done = database.cli("migrate")
        assert done.stdout.startswith(f"{len(status)} applied"), done
        assert json.loads(database.cli("migrate", "--json").stdout)["applied"] == 0
        database.cli("migrate", "--status")
        database.run("INSERT INTO countersign.schema_version VALUES (9000, 'future')")
        done = database.cli("migrate", code=WRONG)
        assert "9000" in done.stderr and "nothing was done" in done.stderr, done
        assert "9000" in database.cli("petition", "list", code=WRONG).stderr
        assert "unknown" in database.cli("migrate", "--status", code=NO).stdout


def test_three_migrates_at_once_apply_each_once(stack):
    with Database(stack) as database:
        config = os.path.join(stack.run, "countersign.conf")
        command = [os.path.join(BUILD, "countersign"), "--config", config, "migrate", "--json"]
        running = [subprocess.Popen(command, env={**stack.environment, **database.environment}, stdout=subprocess.PIPE,
                                    stderr=subprocess.DEVNULL) for _ in range(3)]  # fmt: skip
        applied = [json.loads(process.communicate()[0])["applied"] for process in running]
        assert [process.returncode for process in running] == [DONE] * 3
        assert sum(applied) == int(database.run("SELECT count(*) FROM countersign.schema_version")), applied


def test_D17_a_migration_gives_up_rather_than_wait_for_a_lock(stack):
    with Database(stack) as database:
        lock = ["psql", "-h", stack.sockets, "-U", "postgres", "-d", database.name, "-qAtX"]
        with subprocess.Popen(lock, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
            # Every first migration makes a schema.
            holder.stdin.write("BEGIN; LOCK pg_catalog.pg_namespace IN SHARE MODE; SELECT 1;\n")
            holder.stdin.flush()
            assert holder.stdout.readline() == "1\n"
            done = database.cli("migrate", code=AWAY)
            holder.stdin.write("ROLLBACK;\n")
            holder.stdin.close()
        assert "migration 0001 was not applied" in done.stderr and "run it again" in done.stderr, done
        assert {row["state"] for row in json.loads(database.cli("migrate", "--status", "--json", code=NO).stdout)
                ["migrations"]} == {"missing"}  # fmt: skip
        database.cli("migrate")
