"""From signing to withdrawing, through a mailbox that one sees, on a stack as `make run` starts it."""
import json
import urllib.request

from selenium.webdriver.common.by import By

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


def test_B8_from_signing_to_withdrawing(page):
    slug, address = "demo", page.stack.address()
    with urllib.request.urlopen(f"{page.origin}/api/v1/petitions/{slug}") as answer:
        assert json.load(answer)["confirmation"] == "email", "the demo asks for the click where there is a mailer"
    page.open_petition(slug)
    page.wait(lambda: page.number() == 0, "the number is shown")
    for field, text in {"email": address, "given_name": f"Ada {page.stack.mark}", "family_name": "Byron"}.items():
        page.type(field, text)
    page.submit()
    page.wait(lambda: "letter" in page.text("#thanks"), "a letter is promised")

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
    page.open(f"/p/{slug}")
    page.wait(lambda: page.number() == 0, "the number has fallen")
    assert page.stack.cli("audit", slug).returncode == 0
