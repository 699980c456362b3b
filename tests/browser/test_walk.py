"""From signing to withdrawing, through a mailbox that one sees, on a stack as `make run` starts it."""
import json
import os
import pathlib
import re
import urllib.parse
import urllib.request

from cli import in_terminal
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

MAIL = True


def letters_to(page, address):
    """Numbers in the mailbox, oldest first."""
    page.driver.get(page.stack.mailbox)
    rows = page.find_all("tr")
    return [row.find_element(By.LINK_TEXT, "html").get_attribute("href") for row in reversed(rows) if address in row.text]


def newest_letter(page, address, count):
    page.wait(lambda: len(letters_to(page, address)) == count, f"letter {count} is in the mailbox", 30)
    return letters_to(page, address)[-1]


def follow(page, letter, path):
    """Opens the letter, and its link to this page, as a click would."""
    page.driver.get(letter)
    links = [a for a in page.find_all("a") if f"{page.origin}{path}#" in (a.get_attribute("href") or "")]
    links[0].click()


def is_open_in_a_tab(page, path):
    """A letter's link may open a tab of its own."""
    page.driver.switch_to.window(page.driver.window_handles[-1])
    return page.driver.current_url.startswith(page.origin + path)


def files_with(stack, word):
    """What the stack has written that holds the word, but for the database, where it would be a row."""
    paths = (os.path.join(folder, name) for folder, _, names in os.walk(stack.run) for name in names)
    return [path for path in paths if os.path.isfile(path) and "/postgres/" not in path and word.encode() in pathlib.Path(path).read_bytes()]


def test_B8_from_signing_to_withdrawing(page):
    slug, address = "demo", page.stack.address()
    with urllib.request.urlopen(f"{page.origin}/api/v1/petitions/{slug}") as answer:
        assert json.load(answer)["confirmation"] == "email", "the demo asks for the click where there is a mailer"
    page.open_petition(slug)
    page.wait(lambda: page.number() == 0, "the number is shown")
    for field, text in {"email": address, "given_name": f"Ada {page.stack.mark}", "family_name": "Byron"}.items():
        page.type(field, text)
    page.submit()
    page.wait(lambda: "on its way" in page.text("#thanks"), "a letter is promised")

    letter = newest_letter(page, address, 1)
    follow(page, letter, "/c")
    page.wait(lambda: is_open_in_a_tab(page, "/c") and page.find("#confirm").is_enabled(), "the link leads to the button")
    assert page.stack.tally(slug) == 0 and not page.find("#after").is_displayed(), "and opening it confirms nothing"
    page.find("#confirm").click()
    page.wait(lambda: page.find_all("#share a"), "it is confirmed, and can be handed on")
    assert page.stack.tally(slug) == 1
    shared = [a.get_attribute("href") for a in page.find_all("#share a")]
    assert len(shared) > 3 and all("%2Fp%2Fdemo" in url for url in shared), shared

    page.find("#own").click()
    page.wait(lambda: page.find("#closed").is_displayed(), "the own page follows, and says which link opens what is held")
    assert "counts" in page.text("#standing")
    follow(page, letter, "/me")
    page.wait(lambda: is_open_in_a_tab(page, "/me") and page.find("#correct").is_displayed(), "and that one does")
    assert address in page.text("#data") and "counts" in page.text("#standing")
    page.fill("family_name", "Lovelace")
    page.find("#save").click()
    page.wait(lambda: page.find("#saved").is_displayed(), "it is corrected")
    assert page.stack.export(slug)[0]["family_name"] == "Lovelace" and page.stack.tally(slug) == 1
    page.open_petition(slug)
    page.wait(lambda: page.number() == 1, "the number has risen")

    page.find("#own").click()
    page.wait(lambda: page.find("#ask").is_displayed(), "the petition leads to the own page")
    page.type("email", address)
    page.find("#ask-send").click()
    page.wait(lambda: page.find("#asked").is_displayed(), "its link is on its way")
    follow(page, newest_letter(page, address, 2), "/me")
    page.wait(lambda: is_open_in_a_tab(page, "/me") and "Lovelace" in page.text("#data"), "the link opens the page")
    page.find("#withdraw").click()
    page.wait(lambda: "withdrawn" in page.text("#standing"), "it is withdrawn")
    assert page.stack.tally(slug) == 0

    def falls():
        """A page shows no less than it has shown, and what it loads may be a second old."""
        page.open(f"/p/{slug}")
        page.wait(lambda: page.text("#count"), "the number is there")
        return page.number() == 0

    page.wait(falls, "the number has fallen")
    assert page.stack.cli("audit", slug).returncode == 0
    # Neither has `make run`, once more, put the mailbox into a file.
    page.stack.start()
    assert not files_with(page.stack, address)


def reader_link(page, letter):
    """Opens the button of a letter to the list."""
    follow(page, letter, "/p/demo?source=walk&link=sign")
    page.wait(lambda: is_open_in_a_tab(page, "/p/demo") and page.find_all("#reader button"), "the page asks who it is")
    return page.find_all("#reader button")


def letter_to_the_list(page, name, reader, slug="demo"):
    """Of that name, to this reader, the only one of their country."""
    stack = page.stack
    head = {"name": name, "petition": slug, "language": "en", "subject": name.capitalize()}
    row = {**reader, "consented_at": "2026-01-01T00:00:00Z", "consent_source": "a stall", "consent_text": "Yes"}
    for done in (stack.cli("subscribers", "import", "-", input=f"{','.join(row)}\n{','.join(row.values())}\n"),
                 stack.cli("letter", "put", "-", input=json.dumps(head) + "\n\nPlease."),
                 stack.cli("letter", "send", name, "--audience", f"country={reader['country']}")):  # fmt: skip
        assert done.returncode == 0, done.stderr
    return newest_letter(page, reader["email"], 1)


def test_a_letter_to_the_list_signs_by_one_click_and_asks_who_it_is(page):
    address, stack = page.stack.address(), page.stack
    letter = letter_to_the_list(page, "walk", {"email": address, "given_name": f"Ada {stack.mark}", "family_name": "Byron", "country": "AX"})
    before = stack.tally("demo")

    _yes, other = reader_link(page, letter)
    assert "A. B." in page.text("#reader") and stack.mark not in page.text("body") and not page.find("#form").is_displayed()
    assert "#" not in page.driver.current_url and "link" not in page.driver.current_url, page.driver.current_url + " what is the reader's own is not in the address that one copies"
    other.click()
    page.wait(lambda: page.find("#form").is_displayed() and not page.find_all("#reader"), "a friend gets the form")
    assert page.find("#form input[name=email]").get_attribute("value") == "", "with nothing of the reader in it"
    assert stack.tally("demo") == before
    opened = "SELECT coalesce(sum(o.opened), 0)::int FROM countersign.mailing_opening o WHERE o.link = 'sign'"
    page.wait(lambda: stack.value(opened) == 1, "that somebody came by the button is counted")
    assert [url for url in page.posts() if "letter-openings" in url] == [f"{page.origin}/api/v1/petitions/demo/letter-openings"], "once"

    yes, _other = reader_link(page, letter)
    yes.click()
    page.wait(lambda: page.find("#thanks").is_displayed(), "one click, and it is done")
    page.wait(lambda: stack.tally("demo") == before + 1, "and counts")
    newest_letter(page, address, 2)  # of thanks

    yes, _other = reader_link(page, letter)
    yes.click()
    page.wait(lambda: page.find("#form").is_displayed() and "has been used" in page.text("#summary"), "it works once")
    assert stack.tally("demo") == before + 1

    # Who shares the letter shares the petition: whoever comes by that is counted for the letter, once, and when they are somebody.
    page.driver.get(letter)
    share = page.find("a[href^='https://www.facebook.com/sharer']").get_attribute("href")
    shared = urllib.parse.unquote(share.partition("u=")[2])
    page.posts()
    assert shared.startswith(f"{page.origin}/p/demo?") and "#" not in shared, shared
    page.open_petition("demo", shared.partition("/p/demo")[2])
    assert page.driver.current_url == f"{page.origin}/p/demo?source=facebook&referrer=walk", "and is not handed on as a visit of the letter's"
    assert [url for url in page.posts() if "letter-openings" in url] == []
    page.find("h1").click()
    page.wait(lambda: stack.value(opened.replace("'sign'", "'facebook'")) == 1, "somebody has come by it")
    page.type("given_name", "x")
    assert len([url for url in page.posts() if "letter-openings" in url]) == 1


def test_a_reader_without_a_name_types_it_beside_the_click(page):
    address, stack = page.stack.address(), page.stack
    follow(page, letter_to_the_list(page, "friend", {"email": address, "country": "AQ"}), "/p/demo?source=friend&link=sign")
    page.wait(lambda: is_open_in_a_tab(page, "/p/demo") and page.find_all("#reader button"), "the page asks who it is")
    before = stack.tally("demo")
    page.find_all("#reader button")[0].click()
    page.wait(lambda: page.find_all("#reader-field-given_name"), "the letter knows no name: the page asks for one")
    page.find("#reader-field-given_name").send_keys("www.example.org")
    page.find("#reader-field-family_name").send_keys("Byron", Keys.ENTER)
    page.wait(lambda: "web address" in page.text("#reader"), "what is wrong with it is told")
    assert not page.find("#form").is_displayed() and stack.tally("demo") == before
    page.find("#reader-field-given_name").clear()
    page.find("#reader-field-given_name").send_keys(f"Ada {stack.mark}", Keys.ENTER)
    page.wait(lambda: page.find("#thanks").is_displayed(), "it is signed, and no letter has to be answered")
    page.wait(lambda: stack.tally("demo") == before + 1, "and counts")


def test_what_a_letter_does_not_know_is_asked_for_beside_the_click(page):
    """A petition that wants a postcode, from who gave no name: the mailbox is proven, and one click is enough, as for all."""
    address, stack = page.stack.address(), page.stack
    fields = [{"name": name, "required": True} for name in ("email", "given_name", "postal_code")]
    slug = stack.petition(fields=fields)
    letter = letter_to_the_list(page, "postcode", {"email": address, "country": "AI"}, slug)
    follow(page, letter, f"/p/{slug}?source=postcode&link=sign")
    page.wait(lambda: is_open_in_a_tab(page, f"/p/{slug}") and page.find_all("#reader-field-postal_code"), "what is known to be missing is asked for at once")
    assert not page.find("#form").is_displayed() and not page.find_all("#reader-field-given_name")
    page.find("#reader-field-postal_code").send_keys("1011", Keys.ENTER)
    page.wait(lambda: page.find_all("#reader-field-given_name"), "and then what the letter turns out not to know")
    assert page.find("#reader-field-postal_code").get_attribute("value") == "1011", "what was typed stays"
    page.find("#reader-field-postal_code").clear()
    page.find("#reader-field-given_name").send_keys(f"Ada {stack.mark}", Keys.ENTER)
    page.wait(lambda: "Postcode" in page.text("#reader .summary"), "what is wrong is told")
    page.find("#reader-field-postal_code").send_keys("1012", Keys.ENTER)
    page.wait(lambda: page.find("#thanks").is_displayed(), "it is signed")
    page.wait(lambda: stack.tally(slug) == 1, "and counts")


def test_the_demo_of_a_list_from_its_command_to_a_number_that_moves(page):
    """As the README says it: `countersign letter send demo`, a bar, a thousand letters, and one of them clicked."""
    stack = page.stack
    shown, code = in_terminal(stack, "letter", "send", "demo")
    (audience,) = re.findall(r"\r#{40} (\d+) of \1, done", shown)
    assert code == 0 and int(audience) >= 1000 and f"{audience}  sent" in shown, shown
    assert re.findall(r"\r[#.]{40} \d+ of \d+, sending", shown), "it is seen to go"
    with urllib.request.urlopen(stack.mailbox) as answer:
        mailbox = answer.read().decode()
    assert "Mailbox: 1000 letters" in mailbox
    letter = re.search(r"<td>reader77@list17\.example<td>[^<]*last bus home<td>.*?href=\"(/\d+/html)\"", mailbox).group(1)
    page.open_petition("demo")
    before = page.number()
    follow(page, stack.mailbox + letter, "/p/demo?source=demo&link=sign")
    page.wait(lambda: is_open_in_a_tab(page, "/p/demo") and page.find_all("#reader button"), "the page asks who it is")
    page.find_all("#reader button")[0].click()
    page.wait(lambda: page.find("#thanks").is_displayed(), "it is signed")
    page.open_petition("demo")
    page.wait(lambda: page.number() == before + 1, "and the number moves")
    assert "1  signed by its button" in stack.cli("letter", "status", "demo").stdout
