"""The command line: what it tells of signers, and what it does with them."""
import json
import os
import re
import subprocess
import tempfile

from cases import Failures
from cli import AWAY, DONE, NO, WRONG, cli, parsed, run
from client import wait_until
from stack import BUILD, TOP


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
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", line["signed_at"]), line
    assert line["confirmed_at"] is None, line


def test_O9_a_damaged_row_is_reported_and_the_rest_goes_on(stack):
    slug = stack.petition(confirmation="none")
    for _ in range(5):
        stack.signed(slug)
    ids = sorted(line["id"] for line in stack.export(slug))
    flip = "UPDATE countersign.signature SET {0} = set_byte({0}, %s, get_byte({0}, %s) # 1) WHERE id = %s"
    stack.rows(flip.format("sealed"), 100, 100, ids[1])
    stack.rows(flip.format("sealed"), 40, 40, ids[2])  # what opens it for its signer
    # A row under another one's blind index does not open either.
    stack.rows(flip.format("email_hash"), 3, 3, ids[3])
    key = os.path.join(stack.run, "keys/organization.key")
    done = cli(stack, "export", slug, "--key", key, "--format", "jsonl", code=NO)
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [ids[0], ids[4]]
    for bad in ids[1:4]:
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
    piped = f"{program} | head -n 2; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", piped], capture_output=True, text=True)
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


def test_O8_rows_sealed_to_two_keys_are_opened_by_theirs(stack):
    with tempfile.TemporaryDirectory() as folder:
        run("keygen", "--out", folder)
        with open(f"{folder}/organization.pub", encoding="ascii") as file:
            own = file.read().strip()
        slug = stack.petition(confirmation="none")
        first = stack.signed(slug)
        file = json.loads(cli(stack, "petition", "show", slug, "--file").stdout)
        file["organization"]["public_keys"] = [own]
        cli(stack, "petition", "put", "-", input=json.dumps(file))
        # The workers take the new key with the catalog; whom they sealed before stays as it is.
        def sealed_to_both():
            address = stack.signed(slug)
            return address in stack.cli("export", slug, "--key", f"{folder}/organization.key").stdout

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
    cli(stack, "invalidate", slug, "--ids", "-", "--reason", "again", input=chosen)
    cli(stack, "invalidate", slug, "--ids", "-", "--reason", "they wrote", "--undo", input=chosen)
    stack.expect_count(slug, 3)
    reasons = stack.rows("SELECT reason, undone_why, undone_by FROM countersign.invalidation i JOIN countersign.petition p"
                         " ON p.id = i.petition_id WHERE p.slug = %s ORDER BY i.at, i.signature_id", slug)  # fmt: skip
    assert reasons[::2] == [("made by a machine", None, "countersign_operator"), ("again", "they wrote", "countersign_operator")], reasons
    cli(stack, "invalidate", slug, "--ids", "-", "--reason", "", "--undo", input=chosen, code=WRONG)
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


def test_erase_lowers_the_number_where_the_petition_says_so(stack):
    slug = stack.petition(confirmation="none", erasure="lower_number")
    address = stack.signed(slug, country="DE")
    stack.signed(slug)
    stack.expect_count(slug, 2)
    done = cli(stack, "erase", "--email", "-", slug, input=f"{address}\n")
    assert "1 erased" in done.stdout and "0 of them stay" in done.stdout and "1 were taken out" in done.stdout, done
    stack.expect_count(slug, 1)
    row = parsed(stack, "audit", slug)["petitions"][0]
    assert (row["table"], row["erased"], row["tally"], row["equal"]) == (1, 0, 1, True), row
    # What is erased later goes by what the petition says then.
    stack.put({**stack.petition_json(confirmation="none"), "slug": slug})
    result = json.loads(cli(stack, "erase", "--email", "-", slug, "--json", input=f"{stack.export(slug)[0]['email']}\n").stdout)
    assert (result["kept_in_count"], result["taken_from_count"]) == (1, 0), result
    assert stack.tally(slug) == 1


def test_O8_a_new_petition_gets_the_newest_index_key(stack):
    with open(os.path.join(stack.run, "keys/index.keys"), encoding="ascii") as file:
        keys = file.read() + "7 " + "ABCD" * 10 + "ABA=\n"
    old, new = stack.petition_json(), stack.petition_json()
    cli(stack, "petition", "put", "-", input=json.dumps(old))
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(keys)
        file.flush()
        for petition in (old, new):
            cli(stack, "petition", "put", "-", input=json.dumps(petition),
                environment={"COUNTERSIGN_INDEX_KEY_FILE": file.name})  # fmt: skip
    chosen = "SELECT slug, index_key FROM countersign.petition WHERE slug IN (%s, %s)"
    found = dict(stack.rows(chosen, old["slug"], new["slug"]))
    assert found == {old["slug"]: 1, new["slug"]: 7}, found
    # What erases everywhere needs the keys of all petitions, and its tests are in this file.
    stack.rows("UPDATE countersign.petition SET index_key = 1 WHERE slug = %s", new["slug"])


def test_erase_needs_the_index_key_of_every_petition(stack):
    slug = stack.petition()
    stack.signed(slug)
    with tempfile.NamedTemporaryFile("w") as file:
        file.write("2 " + "ABCD" * 10 + "ABA=\n")
        file.flush()
        environment = {"COUNTERSIGN_INDEX_KEY_FILE": file.name}
        done = cli(stack, "erase", "--email", "-", slug, input="a@example.org\n", code=WRONG, environment=environment)
        assert "nothing was erased" in done.stderr, done
