"""The command line: help, exit codes, configuration, keys, petitions."""
import json
import os
import re
import stat
import subprocess
import tempfile

from cases import Failures, each
from cli import AWAY, DONE, NO, WRONG, cli, parsed, run
from stack import BUILD, TOP

AWAY_REDIS = {"COUNTERSIGN_REDIS": "unix:/nonexistent.sock"}
AWAY_POSTGRES = {"COUNTERSIGN_OPERATOR_DATABASE": "host=/nonexistent dbname=x"}


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
    assert run("--version").stdout == run("version").stdout


def test_manual_completion_and_readme_come_from_the_same_table(_stack):
    manual = run("help", "--man").stdout
    assert manual.startswith(".TH COUNTERSIGN 1") and ".SS audit" in manual
    script = run("help", "--completion", "bash").stdout
    ask = script + 'COMP_WORDS=(countersign petition ""); COMP_CWORD=2; _countersign; echo "${COMPREPLY[*]}"'
    done = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, check=True)
    assert done.stdout == "put list show draw open close withdraw\n", done.stdout
    with open(os.path.join(TOP, "src/ctl/README.md"), encoding="utf-8") as file:
        assert file.read() == run("help", "--markdown").stdout, "write it anew: countersign help --markdown"


@each([(" ".join(words), words) for words in [
    [], ["nonsense"], ["petition"], ["petition", "nonsense"], ["--nonsense", "audit"], ["--config"],
    ["audit", "--nonsense"], ["audit", "a", "b"], ["petition", "show"], ["export", "demo"], ["keygen"],
    ["export", "demo", "--key"], ["export", "demo", "--key", "x", "--format", "xml"],
    ["export", "demo", "--key", "x", "--key", "y"], ["audit", "--json=yes"], ["invalidate", "demo", "--ids", "x"],
    ["recent", "demo", "--limit", "0"], ["recent", "demo", "--show", "1,x"],
    ["recent", "demo", "--show", "1", "--hide", "1"],
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
        words_of = {right: "secret\n", other: "another passphrase\n", f"{folder}/none": "\r\n"}
        for path, words in words_of.items():
            with open(path, "w", encoding="ascii") as file:
                file.write(words)
        run("keygen", "--out", folder, "--passphrase-file", f"{folder}/none", code=WRONG)
        assert "standard input: no passphrase" in run("keygen", "--out", folder, "--passphrase-file", "-", input="", code=WRONG).stderr
        # Each passphrase that is tried costs seconds, by design.
        assert "warning: the passphrase is shorter" in run("keygen", "--out", folder, "--passphrase-file", "-", input=words_of[right]).stderr
        with open(f"{folder}/organization.pub", encoding="ascii") as file:
            public = file.read().strip()
        organization = {**stack.petition_json()["organization"], "public_keys": [public]}
        slug = stack.petition(organization=organization, confirmation="none")
        address = stack.signed(slug)
        key = ["--key", f"{folder}/organization.key"]
        with open(key[1], encoding="ascii") as file:
            secret = file.read()
        assert "has a passphrase" in cli(stack, "export", slug, *key, code=WRONG).stderr
        assert "passphrase" in cli(stack, "export", slug, *key, "--passphrase-file", "-", input=words_of[other], code=WRONG).stderr
        assert address in cli(stack, "export", slug, "--key", "-", "--passphrase-file", right, input=secret).stdout
        assert "both" in cli(stack, "export", slug, "--key", "-", "--passphrase-file", "-", input=secret, code=WRONG).stderr
        assert "standard input: not a private key" in cli(stack, "export", slug, "--key", "-", input="x", code=WRONG).stderr
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
    for text, place in (("{\n\n,}", ":3: "), ("[]", ": "), ('{"a":1,"a":1}', ":1: "), ("", ":")):
        done = cli(stack, "petition", "put", "-", input=text, code=WRONG)
        assert done.stderr.startswith("standard input" + place), (text, done)
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
        translations={"es": {"title": "Título", "tag_line": "T", "addressee": "A", "salutation": "S", "letter": "L", "asks": ["Uno"]}},
        tag_line="Seven lines", goals=[50, 500], count_minimum=7, image="/bus.jpg", allowed_origins=["https://other.example"], comments="shown", disclosure_threshold=9,
        undeliverable="keep", erasure="lower_number",
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
    for words in (["petition", "show"], ["petition", "open"], ["petition", "close"], ["petition", "withdraw"],
                  ["count"], ["audit"], ["recent"]):  # fmt: skip
        done = cli(stack, *words, "no-such-petition", code=NO)
        assert done.stdout == "" and "no petition" in done.stderr, (words, done)
    assert "no petition" in cli(stack, "export", "no-such-petition", "--key", key, code=NO).stderr
    cli(stack, "invalidate", "no-such-petition", "--ids", "-", "--reason", "x", input="1\n", code=NO)
    cli(stack, "erase", "no-such-petition", "--email", "-", input="a@example.org\n", code=NO)
