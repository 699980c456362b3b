"""The page as somebody uses it."""

API = "/api/v1/petitions"


def fill(page, **more):
    person = {"email": page.stack.address(), "given_name": f"Ada {page.stack.mark}"}
    person.update(more)
    for field, text in person.items():
        page.type(field, text)
    return person


def test_somebody_signs_and_sees_the_number_rise(page):
    slug = page.stack.petition(confirmation="none")
    page.open_petition(slug)
    page.wait(lambda: page.number() == 0, "the number is shown")
    fill(page, locality="Sevilla")
    page.choose("country", "ES")
    page.submit()
    page.wait(lambda: page.find("#thanks").is_displayed(), "thanks are shown")
    page.wait(lambda: page.number() == 1, "the number rises")
    assert page.stack.tally(slug) == 1


def test_the_number_rises_for_those_who_only_watch(page):
    slug = page.stack.petition(confirmation="none")
    page.open_petition(slug)
    page.wait(lambda: page.number() == 0, "the number is shown")
    page.stack.signed(slug)
    page.wait(lambda: page.number() == 1, "the number rises by polling")
    said = page.find("#number-live[aria-live=polite]")
    page.wait(lambda: said.get_attribute("textContent") == "1 person has signed.", "who does not see it is told, too")


def test_Q7_mark_up_in_a_petition_is_text(page):
    slug = page.stack.petition(
        confirmation="none", title="<img src=x onerror=alert(1)>", letter="<script>alert(1)</script> *yes*"
    )
    page.open_petition(slug)
    page.wait(lambda: page.text("#title") == "<img src=x onerror=alert(1)>", "the title is text")
    assert "<script>alert(1)</script>" in page.text("#letter")
    assert page.find_all("#petition img") == [] and page.find_all("#letter script") == []


def test_the_other_language_is_one_click_away(page):
    slug = page.stack.petition(
        confirmation="none",
        translations={"es": {"title": "Un título", "addressee": "El consejo", "salutation": "Estimado consejo:",
                             "letter": "Por favor.", "asks": ["Uno", "Dos"]}},
    )  # fmt: skip
    page.open_petition(slug, "?source=letter.1&referrer=friend&link=1")
    page.find("#languages a[lang=es]").click()
    page.wait(lambda: page.text("#title") == "Un título", "the Spanish text is shown")
    assert page.find("html").get_attribute("lang") == "es"
    assert page.driver.current_url.endswith("?lang=es&source=letter.1&referrer=friend"), "who brought somebody is still known"
    page.wait(lambda: page.find("#own").get_attribute("href").endswith(f"/me?petition={slug}&lang=es"), "the own page speaks it too")


def test_a_closed_petition_shows_no_form(page):
    slug = page.stack.petition(state="closed", confirmation="none")
    page.open(f"/p/{slug}")
    page.wait(lambda: page.text("#title"), "the petition is shown")
    assert not page.find("#sign").is_displayed()


def test_B8_B9_B10_only_a_click_confirms(page):
    slug = page.stack.petition()
    address = page.stack.signed(slug)
    token = page.stack.token(slug, address)
    page.open(f"/c#{token}")
    page.wait(lambda: page.find("#confirm").is_enabled(), "the button is there")
    assert token not in page.driver.current_url
    assert [m for m, _ in page.requests() if m == "POST"] == []
    assert page.stack.tally(slug) == 0
    page.find("#confirm").click()
    page.wait(lambda: not page.find("#confirm").is_displayed(), "it is confirmed")
    assert page.driver.switch_to.active_element.tag_name == "h1", "the keyboard goes on from what was done"
    assert page.text("h1") == page.driver.title == "Thank you. Your signature is confirmed."
    assert page.stack.tally(slug) == 1
    assert token.encode() not in b"".join(page.stack.logs().values())


def test_B11_who_reloads_a_link_or_comes_back_to_it_has_it_still(page):
    slug = page.stack.petition()
    address = page.stack.signed(slug)
    letter = page.stack.letters(slug, address)[-1]
    page.open(f"/c#{letter['token']}")
    for _ in range(2):
        page.driver.refresh()
        page.wait(lambda: page.find("#confirm").is_enabled(), "the button is there")
        page.find("#confirm").click()
        page.wait(lambda: page.text("h1") == "Thank you. Your signature is confirmed.", "it is confirmed, once or again")
        page.driver.get(page.origin + "/")
        page.driver.back()  # the page may have been kept as it was
    assert page.stack.tally(slug) == 1
    page.open(f"/not-me#{letter['token']}{letter['own_key']}")
    page.driver.refresh()
    page.wait(lambda: page.find("#disavow").is_enabled(), "here too")
    kept = page.driver.execute_script("return location.href + JSON.stringify(history.state)")
    assert letter["own_key"] not in kept, "what opens the row is not kept"
    page.driver.get(f"{page.origin}/c")
    page.wait(lambda: "not complete" in page.text("#state"), "who comes without a link has none")


def test_a_hidden_tab_asks_for_nothing(page):
    slug = page.stack.petition(confirmation="none")
    page.open_petition(slug)
    page.wait(lambda: page.number() == 0, "the number is shown")
    page.driver.execute_script(
        "Object.defineProperty(document, 'visibilityState', {value: 'hidden', configurable: true});"
        "document.dispatchEvent(new Event('visibilitychange'));"
    )
    page.requests()
    page.stack.signed(slug)
    page.stack.expect_count(slug, 1)
    # Longer than the time that the last answer told to wait.
    page.driver.set_script_timeout(20)
    page.driver.execute_async_script("setTimeout(arguments[0], 3000)")
    assert [url for _, url in page.requests() if url.endswith("/count")] == []


def test_this_was_not_me_is_a_click(page):
    slug = page.stack.petition()
    address = page.stack.signed(slug)
    token = page.stack.token(slug, address)
    page.open(f"/not-me#{token}")
    page.wait(lambda: page.find("#disavow").is_enabled(), "the button is there")
    assert page.stack.export(slug)[0]["state"] == "pending"
    page.find("#disavow").click()
    page.wait(lambda: not page.find("#disavow").is_displayed(), "it is done")
    assert page.stack.export(slug)[0]["state"] == "withdrawn"
