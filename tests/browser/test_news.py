"""News by e-mail: the box on the petition's page, the settings on the own page, and a letter that is read in the browser."""

from test_page import API, fill


def state(page, address):
    found = [row["state"] for row in page.stack.subscribers() if row["address"] == address]
    return found[0] if found else None


def test_the_box_says_what_is_kept_and_the_own_page_changes_it(page):
    slug = page.stack.petition(confirmation="none", tags=["buses", "<i>trains"])
    page.open_petition(slug)
    wording = page.stack.get(f"{API}/{slug}/subscribe-wording").json()["text"]
    page.wait(lambda: wording in page.text("#fields"), "the words are beside the box")
    assert not page.find("#field-subscribe").is_selected(), "nobody is asked by default"
    address = fill(page)["email"]
    page.find("#field-subscribe").click()
    page.submit()
    page.wait(lambda: page.find("#thanks").is_displayed(), "thanks are shown")
    assert state(page, address) == "asked"
    letter = page.stack.letters(slug, address)[-1]
    page.open(f"/me#{letter['token']}{letter['own_key']}")
    page.wait(lambda: "have asked" in page.text("#news-state"), "it is told that news were asked for")
    page.find("[name=frequency][value=weekly]").click()
    page.find("#news-save").click()
    page.wait(lambda: page.text("#news-said") == "Saved.", "it is on")
    assert state(page, address) == "on" and "<i>trains" in page.text("#news-topics")
    page.find("[name=topic][value=buses]").click()
    page.find("#news-save").click()
    kept = "SELECT frequency, topics FROM countersign.subscriber WHERE '<i>trains' = ANY (topics)"
    page.wait(lambda: page.stack.rows(kept) == [("weekly", ["<i>trains"])], "one topic less")
    page.find("[name=frequency][value=never]").click()
    page.find("#news-save").click()
    page.wait(lambda: "You get no news" in page.text("#news-state"), "it is off")
    assert state(page, address) is None
    # The same page takes an opt-in: with the words that are kept, and a box that nobody has ticked.
    assert wording == page.text("#news-words") and not page.find("[name=agree]").is_selected()
    page.find("#news-save").click()
    assert state(page, address) is None, "nothing without the box"
    page.find("[name=agree]").click()
    page.find("[name=frequency][value=monthly]").click()
    page.find("#news-save").click()
    page.wait(lambda: "You get news" in page.text("#news-state"), "it is on again")
    assert state(page, address) == "on" and not page.find("#news-agree").is_displayed()


def test_a_letter_is_read_in_the_browser(page):
    slug = page.stack.petition(title="A <b>bold</b> title")
    page.open(f"/letter/{slug}/confirm/en")
    page.wait(lambda: "A <b>bold</b> title" in page.text("body"), "the letter is shown")
    links = [link.get_attribute("href") for link in page.find_all("a")]
    assert any(link.endswith("/c") for link in links) and not any("#" in link or "/u/" in link for link in links), links
