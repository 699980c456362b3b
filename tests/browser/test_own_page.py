"""The signer's own page, with the links that letters have."""
import json
import urllib.parse

from states import no_worker


def signer(page, **fields):
    """A slug, an address, and the newest letter about it."""
    slug = page.stack.petition(**fields.pop("petition", {}))
    address = page.stack.signed(slug, **fields)
    return slug, address, page.stack.letters(slug, address)[-1]


def open_own(page, letter):
    page.open(f"/me#{letter['token']}{letter['own_key']}")
    page.wait(lambda: page.find("#correct").is_displayed(), "the own page is there, and can be corrected")


def save(page):
    page.find("#save").click()
    page.wait(lambda: page.find("#saved").is_displayed(), "it is saved")


def test_the_own_page_opens_the_own_row_in_the_browser(page):
    slug = page.stack.petition()
    address = page.stack.signed(slug, given_name="Zoë 😀", family_name=None)
    letter = page.stack.letters(slug, address)[-1]
    page.open(f"/me#{letter['token']}{letter['own_key']}")
    page.wait(lambda: address in page.text("#data"), "the address is opened")
    assert "Zoë 😀" in page.text("#data") and "not confirmed" in page.text("#standing")
    assert letter["token"] not in page.driver.current_url
    assert letter["own_key"].encode() not in b"".join(page.stack.logs().values())
    page.find("#withdraw").click()
    page.wait(lambda: "withdrawn" in page.text("#standing"), "it is withdrawn")
    assert "the number stays as it is" in page.text("#number")
    page.find("#sure").click()
    page.find("#erase").click()
    page.wait(lambda: "erased" in page.text("#state"), "it is erased")
    assert page.driver.switch_to.active_element.get_attribute("id") == "state", "the keyboard goes on from there"
    assert page.stack.export(slug) == []


def test_the_own_page_without_its_key_shows_no_person(page):
    slug = page.stack.petition()
    address = page.stack.signed(slug)
    other = page.stack.signed(slug)
    token = page.stack.token(slug, address)
    for key in ("", page.stack.letters(slug, other)[-1]["own_key"]):
        page.open("/")
        page.open(f"/me#{token}{key}")
        page.wait(lambda: page.find("#closed").is_displayed(), "it is said that nothing opens")
        assert address not in page.text("#data")



def test_what_is_held_is_corrected_in_the_form_that_it_was_typed_in(page):
    slug, address, letter = signer(page, given_name="Zoe", family_name="Old", country="DE", comment="Line one\nline two", source="mail.1",
                                   locale="en", subscribe=True)  # fmt: skip
    page.stack.confirm(letter["token"])
    open_own(page, letter)
    assert page.find_all("#field-email") == [] or not page.find("#field-email").is_displayed(), "the address is not to be changed"
    assert page.value("given_name") == "Zoe" and page.value("comment") == "Line one\nline two"
    # News are changed beside the form, and what was asked for is kept as it is.
    assert page.find_all("#field-subscribe") == [] and not page.find("#field-show_name").is_selected()
    before = page.stack.export(slug)[0]
    page.fill("given_name", "Zoë <b>😀</b>")
    page.fill("family_name", "")
    page.choose("country", "ES")
    save(page)
    assert "Zoë <b>😀</b>" in page.text("#data") and address in page.text("#data") and "Spain" in page.text("#data")
    assert page.find_all("#data b") == []
    after = page.stack.export(slug)[0]
    assert after == {**before, "given_name": "Zoë <b>😀</b>", "family_name": None, "country": "ES"}, (before, after)
    # The link opens the new row as it opened the old one.
    open_own(page, letter)
    assert page.value("given_name") == "Zoë <b>😀</b>"
    assert letter["own_key"].encode() not in b"".join(page.stack.logs().values())


def test_a_tick_shows_the_name_and_takes_it_away(page):
    slug, _, letter = signer(page, petition={"confirmation": "none", "comments": "shown"})
    shown = "SELECT count(*) FROM countersign.shown h JOIN countersign.petition p ON p.id = h.petition_id WHERE p.slug = %s"
    for count in (1, 0):
        open_own(page, letter)
        page.find("#field-show_name").click()
        save(page)
        assert page.stack.value(shown, slug) == count


def test_each_fault_of_a_correction_is_told_beside_its_field(page):
    slug, _, letter = signer(page, family_name="Old")
    open_own(page, letter)
    page.fill("given_name", "")
    page.fill("family_name", "http://x.example")
    page.find("#save").click()
    page.wait(lambda: page.text("#wrong-family_name"), "the fault is told")
    assert page.text("#wrong-given_name") and not page.find("#saved").is_displayed()
    assert page.find("#field-family_name").get_attribute("aria-invalid") == "true"
    assert page.stack.export(slug)[0]["family_name"] == "Old"
    page.fill("given_name", "New")
    page.fill("family_name", "New")
    save(page)
    assert page.stack.export(slug)[0]["family_name"] == "New"


def test_who_has_erased_is_not_asked_for_again(page):
    """The answer after a withdrawal did not come, and was to be asked for later."""
    slug, _, letter = signer(page)
    open_own(page, letter)
    page.driver.execute_script("""
        window.due = new Set();
        window.setTimeout = ((real) => (run, ms, ...more) => { const id = real(run, ms, ...more); if (ms === 600000) window.due.add(id); return id; })(window.setTimeout);
        window.clearTimeout = ((real) => (id) => { window.due.delete(id); real(id); })(window.clearTimeout);
        window.fetch = ((real) => async (url, options) => (url === "/api/v1/me"
          ? new Response("{}", { status: 503, headers: { "Retry-After": "600" } }) : real(url, options)))(window.fetch);""")
    page.find("#withdraw").click()
    page.wait(lambda: page.driver.execute_script("return window.due.size") == 1, "it will be asked for again")
    page.find("#sure").click()
    page.find("#erase").click()
    page.wait(lambda: "erased" in page.text("#state"), "it is erased")
    assert page.driver.execute_script("return window.due.size") == 0
    assert page.stack.export(slug) == []


def test_what_is_on_the_own_page_is_not_kept_in_the_browser(page):
    _, address, letter = signer(page)
    open_own(page, letter)
    page.fill("given_name", "Typed")
    kept = page.driver.execute_script("return JSON.stringify([sessionStorage, localStorage]) + location.href + JSON.stringify(history.state)")
    for word in (address, "Typed", letter["token"], letter["own_key"]):
        assert word not in kept, kept


def test_the_download_is_all_that_is_held_as_json(page):
    typed = {"given_name": "Zoë \"😀\"", "family_name": "O'Ke&rr", "comment": "Line one\n<b>two</b>", "country": "ES", "source": "a.friend"}
    slug, address, letter = signer(page, **typed)
    assert page.stack.confirm(letter["token"]).status == 200
    open_own(page, letter)
    link = page.find("#download")
    kind, _, text = link.get_attribute("href").partition(",")
    assert kind == "data:application/json;charset=utf-8" and link.get_attribute("download").endswith(".json"), kind
    data = json.loads(urllib.parse.unquote(text))
    (row,) = page.stack.export(slug)
    assert {name: data[name] for name in typed} == typed == {name: row[name] for name in typed}
    assert (data["email"], data["petition"], data["state"], data["text_version"]) == (address, slug, "confirmed", row["text_version"])
    assert data["signed_at"] and data["confirmed_at"] and data["subscription"]["state"] == "none" and data["shown"] is False
    # What an organisation reads of somebody is in what they read of themselves.
    missing = {name for name, value in row.items() if value not in (None, "", False) and name not in data} - {"id"}
    assert not missing, missing


def test_the_link_is_asked_for_without_a_letter(page):
    slug, address, _ = signer(page)
    page.open(f"/p/{slug}")
    page.wait(lambda: page.find("#own").is_displayed(), "the petition leads there")
    page.find("#own").click()
    page.wait(lambda: page.find("#ask").is_displayed(), "the form is there")
    assert page.value("petition") == slug
    page.type("email", "nobody")
    page.find("#ask-send").click()
    page.wait(lambda: page.text("#wrong-email"), "the fault is told")
    page.fill("email", address)
    page.find("#ask-send").click()
    page.wait(lambda: page.find("#asked").is_displayed(), "it is on its way")
    letter = page.stack.letters(slug, address)[-1]
    assert letter["kind"] == 5
    page.driver.get(f"{page.origin}/me#{letter['token']}{letter['own_key']}")
    page.wait(lambda: address in page.text("#data"), "another link in the same tab is opened")


def test_a_link_that_is_opened_in_an_outage_is_not_lost(page):
    _, address, letter = signer(page)
    with no_worker(page):
        page.open("/me")
        page.wait(lambda: "not possible right now" in page.text("#state"), "it is told")
        assert not page.find("#ask").is_displayed(), "a form without a petition could not be sent"
        page.open(f"/me#{letter['token']}{letter['own_key']}")
        page.wait(lambda: "not possible right now" in page.text("#state"), "it is told here too")
    page.wait(lambda: address in page.text("#data") and page.text("#state") == "", "it is asked again by itself")
    page.set_offline(True)
    try:
        page.find("#withdraw").click()
        in_sight = "const { top } = document.getElementById('state').getBoundingClientRect(); return top >= 0 && top < innerHeight"
        page.wait(lambda: "no connection" in page.text("#state") and page.driver.execute_script(in_sight), "why nothing was done is told in sight")
    finally:
        page.set_offline(False)


def test_Q_a_hostile_name_of_a_petition_is_text(page):
    page.open("/me?petition=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E")
    page.wait(lambda: page.find("#ask").is_displayed(), "the form is there")
    page.type("email", page.stack.address())
    page.find("#ask-send").click()
    page.wait(lambda: page.text("#wrong-petition"), "there is no such petition")
    assert page.find_all("main img") == []


def test_B8_B9_B10_opening_links_posts_nothing_that_changes(page):
    slug, _, letter = signer(page)
    before = page.stack.stored(slug), page.stack.states(slug)
    for path, asks in (("/c", []), ("/not-me", []), ("/me", ["me"])):
        page.open(f"{path}#{letter['token']}{letter['own_key']}")
        page.wait(lambda: "Looking" not in page.text("#state"), "the page has begun")
        page.wait(lambda: page.driver.execute_script("return document.readyState") == "complete", "it is loaded")
        assert [url.rsplit("/", 1)[1] for url in page.posts()] == asks, path
    assert (page.stack.stored(slug), page.stack.states(slug)) == before


def test_the_own_page_says_before_the_click_that_the_number_goes_down(page):
    _, _, letter = signer(page, petition={"confirmation": "none", "erasure": "lower_number"})
    open_own(page, letter)
    assert "goes down by one" in page.text("#number")
