"""News by e-mail: the box on the petition's page, the settings on the own page, and a letter that is read in the browser."""
from states import no_scripts, reader_of_list
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


def test_a_reader_of_a_letter_to_the_list_chooses_and_leaves(page):
    path, mailbox = reader_of_list(page)
    standing = lambda: page.stack.rows("SELECT state, frequency FROM countersign.subscriber WHERE mailbox = %s", mailbox)  # noqa: E731
    page.open(path)
    page.wait(lambda: "You get news" in page.text("#news-state"), "how it stands is told")
    assert page.text("h1") == "News by e-mail" and page.find("#unsubscribe").is_displayed()
    assert standing() == [("on", "every")], "looking changes nothing"
    page.find("[name=frequency][value=monthly]").click()
    page.find("#news-save").click()
    page.wait(lambda: page.text("#news-said") == "Saved.", "it is saved")
    assert standing() == [("on", "monthly")]
    page.find("#unsubscribe").click()
    page.wait(lambda: "Done." in page.text("h1"), "it is over")
    assert standing() == [("off", "every")] and not page.find("#news").is_displayed()


def test_a_reader_leaves_without_scripts_too(page):
    path, mailbox = reader_of_list(page)
    with no_scripts(page):
        page.open(path)
        page.find("#unsubscribe").click()
        page.wait(lambda: page.find_all("pre"), "the bare answer is shown")
    assert page.stack.rows("SELECT state FROM countersign.subscriber WHERE mailbox = %s", mailbox) == [("off",)]


def test_a_letter_is_read_in_the_browser(page):
    slug = page.stack.petition(title="A <b>bold</b> title")
    page.open(f"/letter/{slug}/confirm/en")
    page.wait(lambda: "A <b>bold</b> title" in page.text("body"), "the letter is shown")
    links = [link.get_attribute("href") for link in page.find_all("a")]
    assert any(link.endswith("/c") for link in links) and not any("#" in link or "/u/" in link for link in links), links


# Contrast of each element that has words of its own with what lies behind it (WCAG 2.1), and of those the least.
CONTRAST = """
    const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
        .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const behind = (node) => {
        for (let at = node; at; at = at.parentElement) {
            const colour = parse(getComputedStyle(at).backgroundColor);
            if (colour.length < 4 || colour[3] > 0) return colour;
        }
        return [255, 255, 255];
    };
    const words = [...document.body.querySelectorAll('*')].filter((node) => !node.closest('[aria-hidden]')
        && [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim()));
    return words.map((node) => {
        const [a, b] = [light(parse(getComputedStyle(node).color)), light(behind(node))];
        return {ratio: (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), dark: b < 0.2, words: node.textContent.trim().slice(0, 40)};
    });
"""


def look(page, path, scheme):
    """The contrasts of a page at 320 pixels, and how wide it is."""
    command = page.driver.execute_cdp_cmd
    command("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
    command("Emulation.setDeviceMetricsOverride", {"width": 320, "height": 640, "deviceScaleFactor": 1, "mobile": True})
    try:
        page.open(path)
        return page.run(CONTRAST), page.run("return document.documentElement.scrollWidth")
    finally:
        command("Emulation.clearDeviceMetricsOverride", {})
        command("Emulation.setEmulatedMedia", {"features": []})


def test_a_letter_is_readable_in_the_light_in_the_dark_and_on_a_small_phone(page):
    slug = page.stack.petition(addressee="The council")
    for kind, language in (("confirm", "en"), ("thanks", "ar"), ("page", "de")):
        for scheme in ("light", "dark"):
            seen, width = look(page, f"/letter/{slug}/{kind}/{language}", scheme)
            least = min(seen, key=lambda one: one["ratio"])
            assert len(seen) > 4 and least["ratio"] >= 4.5, (kind, language, scheme, least)
            dark = sum(one["dark"] for one in seen)
            assert dark == len(seen) if scheme == "dark" else dark < 3, (kind, language, scheme, seen)
            assert width <= 320, (kind, language, width)
