"""The widget and the frame on pages of others, under a strict policy of theirs."""
import glob
import os

import polls
from host import host_of, with_widget
from selenium.webdriver.common.by import By
from stack import TOP
from states import no_worker


def petition_for(page, **more):
    return page.stack.petition(confirmation="none", allowed_origins=[host_of(page).origin], **more)


def show(page, body, **more):
    page.driver.get("about:blank")
    page.driver.get(with_widget(page, body, **more))


def inside(page, part, element="countersign-petition"):
    """The text of a part of the shadow."""
    script = "return document.querySelector(arguments[0]).shadowRoot.querySelector(arguments[1])?.innerText"
    return page.driver.execute_script(script, element, part)


def listen(page, target="document"):
    page.driver.execute_script(
        f"window.told = []; for (const name of ['countersign-signed', 'countersign-count'])"
        f" {target}.addEventListener(name, (event) => told.push([name, event.detail]));"
    )


def told(page, name):
    return [detail for one, detail in page.driver.execute_script("return told") if one == name]


def field(page, name):
    return page.find(f"countersign-petition [name={name}]")


def test_B2_somebody_signs_on_a_page_of_another_origin(page):
    slug = petition_for(page)
    show(page, f'<countersign-petition petition="{slug}" source="partner" given-name="Ada" country="ES"></countersign-petition>')
    page.wait(lambda: field(page, "email").is_displayed(), "the form is there")
    listen(page)
    assert field(page, "given_name").get_attribute("value") == "Ada" and field(page, "country").get_attribute("value") == "ES"
    assert inside(page, ".title") == "A title"
    field(page, "email").send_keys(page.stack.address())
    field(page, "given_name").send_keys(f" {page.stack.mark}")
    page.find("countersign-petition button[type=submit]").click()
    page.wait(lambda: inside(page, ".thanks"), "thanks are shown")
    page.wait(lambda: inside(page, ".count") == "1", "the number rises")
    assert page.stack.tally(slug) == 1 and page.stack.export(slug)[0]["source"] == "partner"
    assert told(page, "countersign-signed") == [{"petition": slug, "confirmation": "none"}]
    assert told(page, "countersign-count")[-1]["count"] == 1
    page.wait(lambda: "WhatsApp" in inside(page, ".thanks"), "it can be handed on")
    script = "return [...document.querySelector('countersign-petition').shadowRoot.querySelectorAll('.sharing a')].map((a) => decodeURIComponent(a.href))"
    links = page.driver.execute_script(script)
    assert len(links) == 5 and all(f"{page.origin}/p/{slug}?lang=en&source=" in link and "referrer=" in link for link in links), links


def test_what_is_typed_over_what_was_filled_in_stays(page):
    slug = petition_for(page)
    show(page, f'<countersign-petition petition="{slug}" given-name="Ada" email="ada@example.org"></countersign-petition>')
    page.wait(lambda: field(page, "email").get_attribute("value") == "ada@example.org", "it is filled in")
    field(page, "given_name").send_keys(" Byron")
    field(page, "email").clear()
    field(page, "email").send_keys(" ")
    for change in ("location.reload()", "document.querySelector('countersign-petition').setAttribute('language', 'de')", "document.querySelector('main').prepend(document.querySelector('countersign-petition'))"):
        page.driver.execute_script(f"document.querySelector('countersign-petition form').id = 'old'; {change}")
        page.wait(lambda: not page.find_all("#old") and field(page, "email").is_displayed(), "the form is made anew")
        assert [field(page, name).get_attribute("value").strip() for name in ("given_name", "email")] == ["Ada Byron", ""], change


def test_a_title_in_another_language_is_read_its_own_way(page):
    slug = petition_for(page, title="Keep the buses!", organization={"name": "Riders"})
    show(page, f'<countersign-petition petition="{slug}"></countersign-petition>', language="ar")
    page.wait(lambda: page.find_all("form[dir=rtl] [name=subscribe]"), "the form speaks Arabic")
    words = page.find("countersign-petition label[for$=subscribe] bdi")
    assert words.text.startswith("Riders: ") and words.get_attribute("lang") == "en"
    title = page.driver.execute_script("return document.querySelector('countersign-petition').shadowRoot.querySelector('h2[lang=en] > bdi')?.textContent")
    assert title == "Keep the buses!"
    slug = petition_for(page, language="he", title="A7: להשאיר!", organization={"name": "Riders"})
    show(page, f'<countersign-petition petition="{slug}"></countersign-petition>')
    page.wait(lambda: page.find_all("countersign-petition label[for$=subscribe] bdi[lang=he][dir=rtl]"), "whatever name it begins with")
    script = "return document.querySelector('countersign-petition').shadowRoot.querySelector('h2 > bdi').dir"
    assert page.driver.execute_script(script) == "rtl"
    page.open(f"/dashboard?petition={slug}")
    page.wait(lambda: page.find_all("#title bdi[lang=he][dir=rtl]"), "on the dashboard too")


def test_a_title_is_a_heading_whatever_level_is_asked_for(page):
    slug = petition_for(page)
    asked = {"9": ("H6", "H6"), "6": ("H6", "H6"), "0": ("H1", "H2"), "": ("H2", "H3"), "-1": ("H1", "H2"), "2.5": ("H2", "H3"), "x": ("H2", "H3"), "1": ("H1", "H2")}
    show(page, "".join(f'<countersign-petition petition="{slug}" heading="{level}"></countersign-petition>' for level in asked))
    page.wait(lambda: len(page.find_all("countersign-petition form")) == len(asked), "the forms are there")
    levels = page.driver.execute_script("""
        return [...document.querySelectorAll("countersign-petition")].map((one) => {
          one.querySelector("form").requestSubmit();
          return [one.shadowRoot.querySelector(".title").tagName, one.querySelector(".summary > :first-child").tagName];
        })""")
    assert [tuple(level) for level in levels] == list(asked.values()), levels


def test_faults_are_told_beside_the_fields_and_mended(page):
    slug = petition_for(page)
    show(page, f'<countersign-petition petition="{slug}"></countersign-petition>')
    page.wait(lambda: field(page, "email").is_displayed(), "the form is there")
    field(page, "email").send_keys("ada@gmial.com")
    field(page, "given_name").click()
    page.wait(lambda: "ada@gmail.com" in page.text("countersign-petition .suggest"), "a slip is asked about")
    field(page, "email").clear()
    field(page, "email").send_keys("nobody")
    page.find("countersign-petition button[type=submit]").click()
    page.wait(lambda: page.find("countersign-petition .summary").text, "the faults are told")
    assert page.driver.switch_to.active_element.get_attribute("class") == "summary"
    assert field(page, "email").get_attribute("aria-invalid") == "true" and page.stack.tally(slug) == 0
    red = page.find("countersign-petition .wrong").value_of_css_property("color")
    assert field(page, "email").value_of_css_property("border-top-color") == red != field(page, "comment").value_of_css_property("border-top-color")


def test_browsers_can_fill_the_fields_in(page):
    """They look for forms in the page, not in shadows."""
    slug = petition_for(page)
    show(page, f'<countersign-petition petition="{slug}"></countersign-petition>')
    page.wait(lambda: page.find_all("form [name=email]"), "the form is there")
    found = page.driver.execute_script(
        "return [...document.forms].map((form) => [...form.elements].filter((e) => e.autocomplete).map((e) => [e.name, e.autocomplete, e.labels.length]))"
    )
    assert ["email", "email", 1] in found[0] and ["given_name", "given-name", 1] in found[0], found


def test_B2_a_page_that_may_not_is_told_so_kindly(page):
    page.expected += ["blocked by CORS policy", "net::ERR_FAILED"]
    slug = page.stack.petition(confirmation="none")
    show(page, f'<countersign-petition petition="{slug}"></countersign-petition>')
    page.wait(lambda: "may not sign" in (inside(page, ".state") or ""), "why is told")
    link = page.driver.execute_script("return document.querySelector('countersign-petition').shadowRoot.querySelector('a').href")
    assert link == f"{page.origin}/p/{slug}"


def test_closed_and_withdrawn_and_unknown_are_told(page):
    slugs = [petition_for(page, state="closed"), petition_for(page, state="withdrawn"), "no-such-petition"]
    page.expected += ["blocked by CORS policy", "net::ERR_FAILED"]  # an unknown petition has no origins
    show(page, "".join(f'<countersign-petition id="w{n}" petition="{slug}"></countersign-petition>' for n, slug in enumerate(slugs)))
    page.wait(lambda: "closed" in inside(page, ".state", "#w0"), "closed")
    page.wait(lambda: "withdrawn" in inside(page, ".state", "#w1"), "withdrawn")
    page.wait(lambda: "no such petition" in inside(page, ".state", "#w2"), "unknown")
    assert page.find_all("form") == []


def test_ten_on_a_page_share_one_poller_and_leave_no_names(page):
    slug = petition_for(page)
    polls.start(page.stack)
    show(page, f'<countersign-petition petition="{slug}"></countersign-petition>' + f'<countersign-count petition="{slug}"></countersign-count>' * 9)
    page.wait(lambda: inside(page, ".count", "countersign-count:last-of-type") == "0", "the numbers are shown")
    edges = "const of = (name) => document.querySelector(name).getBoundingClientRect(); return [of('countersign-petition').bottom, of('countersign-count').top]"
    bottom, top = page.driver.execute_script(edges)
    assert top - bottom >= 16, "one does not touch the next"
    page.stack.signed(slug)
    page.wait(lambda: inside(page, ".count", "countersign-count:last-of-type") == "1", "the numbers rise")
    before = sum(polls.seen(page.stack, slug).values())
    page.driver.set_script_timeout(20)
    page.driver.execute_async_script("setTimeout(arguments[0], 5000)")
    asked = sum(polls.seen(page.stack, slug).values()) - before
    assert 3 <= asked <= 7, f"{asked} polls in 5 s, one a second for all ten"
    names = page.run("""
        const frame = document.createElement("iframe"); document.body.append(frame);
        const own = Object.getOwnPropertyNames(window).filter((name) => !(name in frame.contentWindow) && !/^(\\d+|cdc_|\\$cdc|ret_nodes|told)/.test(name));
        frame.remove(); return own;""")  # fmt: skip
    assert names == [], names


def test_it_is_themed_by_properties_and_parts(page):
    host = host_of(page)
    slug = petition_for(page)
    policy, host.policy = host.policy, host.policy.replace("style-src 'none'", "style-src 'unsafe-inline'")
    try:
        show(page, "<style>countersign-petition { --countersign-accent: rgb(1, 2, 3); --countersign-radius: 7px }"
             f" countersign-petition::part(count) {{ color: rgb(4, 5, 6) }}</style><countersign-petition petition='{slug}'></countersign-petition>")  # fmt: skip
        page.wait(lambda: inside(page, ".count") == "0", "the number is shown")
    finally:
        host.policy = policy
    button = page.find("countersign-petition button[type=submit]")
    assert button.value_of_css_property("background-color") in ("rgba(1, 2, 3, 1)", "rgb(1, 2, 3)"), "however a browser writes it"
    assert button.value_of_css_property("border-top-left-radius") == "7px"
    colour = page.driver.execute_script("return getComputedStyle(document.querySelector('countersign-petition').shadowRoot.querySelector('.count')).color")
    assert colour == "rgb(4, 5, 6)"


def test_it_speaks_the_language_of_the_page_around_it(page):
    slug = petition_for(page)
    show(page, f'<countersign-petition petition="{slug}"></countersign-petition>', language="ar")
    page.wait(lambda: page.find_all("form[dir=rtl][lang=ar]"), "it speaks Arabic")
    show(page, f'<countersign-petition petition="{slug}" language="es"></countersign-petition>', language="ar")
    page.wait(lambda: page.find_all("form[lang=es]"), "unless it is told otherwise")
    page.driver.execute_script("document.querySelector('countersign-petition').setAttribute('language', 'de')")
    page.wait(lambda: page.find_all("form[lang=de]"), "also later")
    assert len(page.find_all("form")) == 1


def test_a_change_of_the_text_is_told_before_anybody_signs_it(page):
    put = page.stack.petition_json(confirmation="none", allowed_origins=[host_of(page).origin])
    slug = page.stack.put(put)
    page.stack.move(slug, "open")
    show(page, f'<countersign-petition petition="{slug}"></countersign-petition>')
    page.wait(lambda: field(page, "email").is_displayed(), "the form is there")
    field(page, "email").send_keys(page.stack.address())
    field(page, "given_name").send_keys(f"Ada {page.stack.mark}")
    page.stack.put({**put, "title": "Another title"})
    page.find("countersign-petition button[type=submit]").click()
    page.wait(lambda: inside(page, ".title") == "Another title", "the new text is shown")
    page.wait(lambda: page.find_all("countersign-petition .summary ins"), "what is new is shown")
    assert [page.text(f"countersign-petition .summary {tag}") for tag in ("del", "ins")] == ["A title", "Another title"]
    assert page.stack.tally(slug) == 0
    page.find("countersign-petition button[type=submit]").click()
    page.wait(lambda: inside(page, ".thanks"), "signing again works")


def test_an_outage_and_the_end_are_told_where_the_form_is(page):
    slug = petition_for(page)
    show(page, f'<countersign-petition petition="{slug}"></countersign-petition>')
    page.wait(lambda: field(page, "email").is_displayed(), "the form is there")
    field(page, "email").send_keys(page.stack.address())
    field(page, "given_name").send_keys(f"Ada {page.stack.mark}")
    page.expected += ["blocked by CORS policy", "net::ERR_FAILED"]
    with no_worker(page):
        page.find("countersign-petition button[type=submit]").click()
        page.wait(lambda: "is kept" in page.text("countersign-petition .waits"), "it waits, and says so")
        assert "sent again by itself in" in page.text("countersign-petition .waits")
    page.wait(lambda: inside(page, ".thanks"), "the same is sent again", 30)
    assert page.stack.tally(slug) == 1
    show(page, f'<countersign-petition petition="{slug}"></countersign-petition>')
    page.wait(lambda: field(page, "email").is_displayed(), "the form is there")
    assert field(page, "email").get_attribute("value") == "", "nothing is kept of what was accepted"
    field(page, "email").send_keys(page.stack.address())
    field(page, "given_name").send_keys("Ada")
    page.stack.move(slug, "closed")
    page.find("countersign-petition button[type=submit]").click()
    page.wait(lambda: "closed before your signature came" in inside(page, ".state"), "it is told")
    assert page.find_all("form") == [] and page.stack.tally(slug) == 1


def test_the_frame_signs_grows_and_tells(page):
    slug = petition_for(page)
    address = host_of(page).page(f'<iframe src="{page.origin}/embed/{slug}?source=frame" title="Sign" height="100"></iframe>'
                                 f'<script type="module" src="{page.origin}/embed.js"></script>')  # fmt: skip
    page.driver.get(address)
    listen(page)
    frame = page.find("iframe")
    page.wait(lambda: int(frame.get_attribute("height")) > 400, "it is as high as the form")
    high = int(frame.get_attribute("height"))
    page.driver.switch_to.frame(frame)
    field(page, "email").send_keys(page.stack.address())
    field(page, "given_name").send_keys(f"Ada {page.stack.mark}")
    page.find("countersign-petition button[type=submit]").click()
    page.driver.switch_to.default_content()
    page.wait(lambda: told(page, "countersign-signed"), "the page around is told")
    page.wait(lambda: int(frame.get_attribute("height")) < high, "it is as high as the thanks")
    assert page.stack.tally(slug) == 1 and page.stack.export(slug)[0]["source"] == "frame"


def test_B7_a_page_that_may_not_frame_it_sees_nothing(page):
    page.expected += ["frame-ancestors", "Framing", "X-Frame-Options"]
    slug = page.stack.petition(confirmation="none")
    page.driver.get(host_of(page).page(f'<iframe src="{page.origin}/embed/{slug}" title="Sign"></iframe>'))
    page.driver.switch_to.frame(page.find("iframe"))
    assert page.driver.find_elements(By.CSS_SELECTOR, "countersign-petition") == []
    page.driver.switch_to.default_content()


def test_all_that_a_page_with_the_widget_loads_is_small(page):
    """Scripts, styles and words, as nginx sends them, whatever language it speaks."""
    def size(url):
        answer = page.stack.get(url.removeprefix(page.origin), [("Accept-Encoding", "gzip")])
        assert answer.status == 200 and answer.get("Content-Encoding") == "gzip", (url, answer)
        return len(answer.body)

    slug = petition_for(page, fields=[{"name": name, "required": False} for name in ("family_name", "country", "region", "comment")])
    widget = f'<countersign-petition petition="{slug}"></countersign-petition><countersign-count petition="{slug}"></countersign-count>'
    page.forget_files()
    page.requests()
    show(page, widget, language="ar")
    page.wait(lambda: inside(page, ".count") and page.find_all("form[lang=ar] option[value=ZW]"), "it is shown")
    files = {url for _, url in page.requests() if url.startswith(page.origin) and "/api/" not in url}
    words = {os.path.basename(path): size(f"/words/{os.path.basename(path)}") for path in glob.glob(f"{TOP}/nginx/site/lang/*.json")}
    assert files == {f"{page.origin}/widget.js", f"{page.origin}/words/ar.json"}, files
    assert size("/widget.js") + max(words.values()) <= 15000, (size("/widget.js"), words)
    assert size("/embed.js") + size("/assets/frame.js") <= 2000
