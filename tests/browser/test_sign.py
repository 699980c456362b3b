"""Signing when something is in the way: slips, a crowd, an outage, no network, another text, the end of the petition."""
import json

from selenium.webdriver.common.keys import Keys
from stack import API
from states import fill, no_worker, offline


def opened(page, **changes):
    slug = page.stack.petition(confirmation="none", **changes)
    page.open_petition(slug)
    return slug


def thanked(page):
    page.wait(lambda: page.find("#thanks").is_displayed(), "thanks are shown", 30)


def focused(page):
    return page.driver.switch_to.active_element.get_attribute("id")


def test_faults_are_told_above_and_beside_in_the_same_words_and_mended(page):
    slug = opened(page)
    page.type("given_name", "Ada")
    page.submit()
    page.wait(lambda: focused(page) == "summary", "the summary has the focus, for one fault too")
    beside = page.text("#wrong-email")
    assert page.text("#summary a") == beside == "E-mail address: please fill this in."
    assert page.driver.title == "Error: A title"
    page.find("#summary a").send_keys(Keys.ENTER)
    assert focused(page) == "field-email", "the link leads to the field"
    assert "wrong-email" in page.find("#field-email").get_attribute("aria-describedby")
    page.type("email", page.stack.address())
    page.fill("given_name", "see https://x.example")
    page.submit()
    page.wait(lambda: page.text("#wrong-given_name"), "the server's fault is told")
    assert page.text("#summary a") == page.text("#wrong-given_name") == "First name: A web address does not belong here.", "in the server's words"
    assert page.text("#wrong-email") == "" and page.find("#field-email").get_attribute("aria-invalid") is None
    page.fill("given_name", f"Ada {page.stack.mark}")
    page.submit()
    thanked(page)
    assert page.driver.title == "A title" and page.stack.tally(slug) == 1


def test_the_servers_words_are_for_who_reads_english(page):
    opened(page)
    said = page.run("""
        const [{ Form }, { load }] = await Promise.all([import("/assets/form.js"), import("/assets/i18n.js")]), said = [];
        for (const language of ["en-GB", "de"]) {
          const form = new Form(document.getElementById("form"), { texts: await load([language]) });
          said.push(...[{ code: "contains_url", detail: "Not here." }, { code: "new", detail: "Not here." }, { code: "contains_url" }, { code: "new" }]
            .map((error) => form.sayError({ pointer: "/x", ...error })));
        }
        return said;""")
    assert said == ["x: Not here.", "x: Not here.", "x: please leave web addresses out.", "x: this cannot be used.",
                    "x: bitte ohne Webadressen.", "x: Not here.", "x: bitte ohne Webadressen.", "x: das lässt sich nicht verwenden."], said  # fmt: skip


def test_the_keyboard_alone_is_enough(page):
    slug = opened(page)
    page.driver.execute_script("document.querySelector('.call a').focus()")
    page.driver.switch_to.active_element.send_keys(Keys.ENTER)
    page.wait(lambda: focused(page) == "sign-title", "the link leads to the form")
    for text in (f"Ada {page.stack.mark}", "Byron", page.stack.address()):
        page.driver.switch_to.active_element.send_keys(Keys.TAB)
        page.driver.switch_to.active_element.send_keys(text)
    page.driver.switch_to.active_element.send_keys(Keys.ENTER)
    thanked(page)
    page.wait(lambda: focused(page) == "thanks", "the thanks have the focus")
    assert page.stack.tally(slug) == 1


def test_a_slip_in_the_domain_is_asked_about(page):
    opened(page)
    page.type("email", "ada@gmial.com" + Keys.TAB)
    page.wait(lambda: "ada@gmail.com" in page.text("#suggest-email"), "another address is proposed")
    page.find("#suggest-email button").click()
    assert page.value("email") == "ada@gmail.com" and not page.find("#suggest-email").is_displayed()
    cases = {"a@gmail.co": "a@gmail.com", "a@hotmial.com": "a@hotmail.com", "a@outlok.com": "a@outlook.com", "a@GMAIL.con": "a@gmail.com",
             "a@yaho.com": "a@yahoo.com", "a@gmail.com": None, "a@gmx.at": None, "a@mail.com": None, "a@ymail.com": None, "a@example.org": None,
             "a@hotmail.it": None, "a@x.de": None, "a": None, "@": None, "": None}  # fmt: skip
    said = page.run("const { suggest } = await import('/assets/mailhosts.js'); return args[0].map((one) => suggest(one));", list(cases))
    assert dict(zip(cases, said)) == cases


def test_what_one_agrees_to_is_not_kept(page):
    slug = opened(page)
    person = fill(page)
    for box in ("show_name", "subscribe"):
        page.find(f"#field-{box}").click()
    page.driver.refresh()
    page.wait(lambda: page.value("email") == person["email"], "what was typed is there")
    assert not page.find("#field-show_name").is_selected() and not page.find("#field-subscribe").is_selected()
    page.submit()
    thanked(page)
    kept = page.driver.execute_script("return sessionStorage.getItem(arguments[0])", f"countersign:{slug}")
    assert kept is None, "nothing stays once it is accepted"


def test_an_outage_is_waited_for_and_the_same_is_sent_again(page):
    slug = opened(page)
    person = fill(page)
    with no_worker(page):
        page.submit()
        page.wait(lambda: "cannot take your signature" in page.text("#waiting"), "the outage is told")
        page.wait(lambda: "sent again by itself in" in page.text("#waiting"), "and when it is sent again")
        page.find("#waiting button").click()
        page.wait(lambda: "It was not sent" in page.text("#summary"), "that can be stopped")
        page.submit()
        page.wait(lambda: page.text("#waiting"), "and begun anew")
        assert page.value("email") == person["email"]
    thanked(page)
    assert page.stack.tally(slug) == 1


def test_a_form_that_cannot_come_yet_says_so(page):
    slug = page.stack.petition(confirmation="none")
    page.open_petition(slug)
    with no_worker(page):
        page.open(f"/p/{slug}")
        page.wait(lambda: "cannot take your signature" in page.text("#state"), "it is told")
        page.find(".call a").click()
    page.wait(lambda: page.find("#field-email").is_displayed(), "the form comes by itself")
    page.wait(lambda: focused(page) == "sign-title", "who wanted to go there is led there")
    assert page.text("#state") == ""


def test_who_is_offline_signs_when_back(page):
    slug = opened(page)
    fill(page)
    with offline(page):
        page.submit()
        page.wait(lambda: "as soon as you are connected" in page.text("#waiting"), "it is told")
    thanked(page)
    assert page.stack.tally(slug) == 1


def test_B11_back_and_reload_keep_what_was_typed_and_sign_once(page):
    slug = opened(page)
    person = fill(page)
    page.driver.get(f"{page.origin}/nothing")
    page.driver.back()
    page.wait(lambda: page.value("email") == person["email"], "what was typed is there after going back")
    page.driver.refresh()
    page.wait(lambda: page.value("given_name") == person["given_name"], "and after a reload")
    page.driver.execute_script("const b = document.getElementById('submit'); b.click(); b.click();")
    thanked(page)
    assert len(page.posts()) == 1, "a double click is one"
    page.driver.get(f"{page.origin}/nothing")
    page.driver.back()
    page.wait(lambda: page.find("#sign").is_displayed(), "the page is there again")
    page.driver.refresh()
    page.wait(lambda: page.value("email") == "", "what was sent is not kept")
    assert page.posts() == [] and page.stack.tally(slug) == 1


def test_L_a_crowd_behind_one_address_waits_as_told(page):
    slug = opened(page)
    caller = page.stack.caller()
    fill(page)
    page.set_header(page.stack.headers([], caller)[-1])
    try:
        while page.stack.sign(slug, caller=caller).status != 429:
            pass
        page.driver.execute_script("document.getElementById('submit').click()")
        page.wait(lambda: "from your network" in page.text("#waiting"), "it is told")
        assert "sent again by itself in" in page.text("#waiting")
        thanked(page)
    finally:
        page.set_header(None)


def test_B13_what_is_new_in_the_letter_is_shown(page):
    petition = page.stack.petition_json(confirmation="none", letter="One.\n\nTwo.\n\nThree.\n\nFour.\n\nFive.")
    slug = page.stack.put(petition)
    page.stack.move(slug, "open")
    page.open_petition(slug)
    person = fill(page)
    petition["letter"] = "One.\n\nTwo and a half.\n\nThree.\n\nFour.\n\nFive."
    page.stack.put(petition)
    page.submit()
    page.wait(lambda: focused(page) == "changed", "what is new has the focus")
    assert [one.text for one in page.find_all("#changed del")] == ["Two."] and [one.text for one in page.find_all("#changed ins")] == ["Two and a half."]
    page.wait(lambda: "Two and a half." in page.text("#letter"), "the letter itself is the new one")
    page.wait(lambda: len(page.find_all("#letter .call.middle")) == 1, "with the way to the form in its middle")
    assert page.value("email") == person["email"] and page.stack.tally(slug) == 0
    page.submit()
    thanked(page)
    assert page.stack.tally(slug) == 1 and page.find_all("#changed") == []


def test_B12_who_comes_too_late_is_told(page):
    slug = opened(page)
    fill(page)
    page.hide()  # so that the number does not tell it first
    page.stack.move(slug, "closed")
    page.driver.execute_script("document.getElementById('submit').click()")
    page.wait(lambda: "closed before your signature came" in page.text("#state"), "it is told")
    assert not page.find("#sign").is_displayed() and page.stack.tally(slug) == 0
    page.hide(False)


def test_two_tabs_sign_as_two_and_one_as_one(page):
    slug = opened(page)
    first = fill(page)
    page.driver.switch_to.new_window("tab")
    page.open_petition(slug)
    assert page.value("email") == "", "a tab keeps what was typed in it"
    page.type("email", first["email"])
    page.type("given_name", "Ada")
    page.submit()
    thanked(page)
    page.driver.close()
    page.driver.switch_to.window(page.driver.window_handles[0])
    page.submit()
    thanked(page)
    page.wait(lambda: page.number() == 1, "the number is right in the tab that is left")
    assert page.stack.tally(slug) == 1


def test_the_mailbox_is_named_and_can_be_mended(page):
    slug = page.stack.petition()
    page.open_petition(slug)
    person = fill(page)
    page.submit()
    page.wait(lambda: person["email"] in page.text("#thanks"), "the address is shown")
    assert "<wbr>@" in page.find("#thanks .address").get_attribute("innerHTML"), "and broken nowhere else, where it can be"
    page.find("#thanks button").click()
    assert person["email"] in page.driver.execute_script("return sessionStorage.getItem(arguments[0])", f"countersign:{slug}"), "kept as before"
    page.wait(lambda: focused(page) == "field-email", "it can be corrected")
    assert page.value("email") == person["email"] and page.value("given_name") == "Ada"
    other = page.stack.address()
    page.fill("email", other)
    page.submit()
    page.wait(lambda: other in page.text("#thanks"), "the letter goes to the other one")
    assert len(page.stack.letters(slug, other)) == 1


def test_who_shares_has_a_name_of_chance_and_who_comes_by_it_carries_it(page):
    slug = opened(page)
    fill(page)
    page.submit()
    page.wait(lambda: page.find_all("#share a"), "it can be shared")
    links = {a.text: a.get_attribute("href") for a in page.find_all("#share a")}
    assert set(links) == {"WhatsApp", "Telegram", "Facebook", "X", "E-mail"}
    name = page.driver.execute_script("return localStorage.getItem(arguments[0])", f"countersign:sharer:{slug}")
    assert len(name) == 16 and all(f"referrer%3D{name}" in href for href in links.values()), links
    page.open_petition(slug, f"?source=whatsapp&referrer={name}")
    fill(page)
    page.submit()
    thanked(page)
    rows = page.stack.export(slug)
    assert ("whatsapp", name) in [(row["source"], row["referrer"]) for row in rows], rows
    page.open_petition(slug, "?source=%3Cb%3E&referrer=" + "x" * 65)
    fill(page)
    page.submit()
    thanked(page)
    assert [row["source"] for row in page.stack.export(slug)].count(None) == 2, "what is no such name is left out"


def test_Q_hostile_words_are_words(page):
    slug = page.stack.petition(confirmation="none", comments="shown", title="</title><script>x()</script>", tags=["<b>t"],
                               asks=["<img src=x onerror=alert(1)>"], addressee="{{title}} <i>")  # fmt: skip
    evil = "<svg onload=alert(1)> ${7*7} {{x}} עברית"
    page.stack.signed(slug, given_name=evil, family_name=None, show_name=True, locality="<i>town", comment=f"{evil}\n" + "x" * 300)
    page.open_petition(slug)
    assert page.text("#title") == "</title><script>x()</script>" and page.text("#tags") == "<b>t"
    page.driver.execute_script("document.getElementById('people').scrollIntoView()")
    page.driver.execute_script("scrollTo(0, document.body.scrollHeight)")
    page.wait(lambda: page.find_all("#people blockquote"), "who wants to be seen is seen")
    assert evil in page.text("#people") and "<i>town" in page.text("#people")
    for selector in ("#people svg[onload]", "#people i", "main script", "main img", "#tags b"):
        assert page.find_all(selector) == [], selector
    widths = page.driver.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
    assert widths[0] <= widths[1], widths


def test_the_form_asks_as_browsers_understand(page):
    opened(page)
    asked = {one.get_attribute("name"): [one.get_attribute(name) for name in ("autocomplete", "inputMode", "type", "dir")] for one in page.find_all("#fields [name]")}
    assert list(asked)[:3] == ["given_name", "family_name", "email"] and list(asked)[-2:] == ["show_name", "subscribe"]
    assert asked["show_name"][0] == asked["subscribe"][0] == "", "what browsers fill in is no tick"
    assert asked["email"] == ["email", "email", "email", "ltr"] and asked["given_name"][0] == "given-name" and asked["country"][0] == "country"
    assert len(page.find_all("#field-country option")) > 240
    assert not any(one.get_attribute("placeholder") for one in page.find_all("input"))
    page.choose("country", "US")
    page.type("region", "ca")
    values = page.run("const { Form } = await import('/assets/form.js');"
                      "return JSON.stringify(new Form(document.getElementById('form'), { texts: {} }).values());")  # fmt: skip
    assert json.loads(values)["region"] == "US-CA"


def test_who_shares_sees_friends_come(page):
    slug = opened(page)
    # nginx would keep the first answer for a second
    page.driver.execute_script("""
        window.looked = 0;
        window.fetch = ((real) => async (url, options) => (String(url).includes("/referrals/") && (window.looked += 1) === 1
          ? new Response('{"count": 0}') : real(url, options)))(window.fetch);""")
    fill(page)
    page.submit()
    page.wait(lambda: page.driver.execute_script("return window.looked"), "it can be shared")
    assert "because of you" not in page.text("#main")
    name = page.driver.execute_script("return localStorage.getItem(arguments[0])", f"countersign:sharer:{slug}")
    page.stack.signed(slug, referrer=name)
    page.wait(lambda: json.loads(page.stack.worker_get(f"{API}/{slug}/referrals/{name}").body)["count"] == 1, "somebody has come")
    page.hide()
    page.hide(False)  # as who comes back from where they handed it on
    page.wait(lambda: "1 person signed because of you." in page.text("#thanks"), "they are told")
    page.open_petition(slug)
    page.wait(lambda: "1 person signed because of you." in page.text(".side"), "still, in this tab")
    fill(page)
    page.submit()
    page.wait(lambda: "1 person signed because of you." in page.text("#thanks"), "and whoever signs next")
    assert page.text("#main").count("because of you") == 1, "once"


def test_sharing_by_the_device_by_copying_and_who_came_by_it(page):
    slug = opened(page)
    page.driver.execute_script("""
        window.shared = []; window.copied = [];
        const put = (name, value) => Object.defineProperty(navigator, name, { value, configurable: true });
        put("canShare", ({ url }) => url.startsWith("http"));
        put("share", async (what) => { shared.push(what); });
        put("clipboard", { writeText: async (text) => { if (copied.length) throw new Error("not allowed"); copied.push(text); } });""")
    name = "abcdefghjkmnpqrs"
    page.driver.execute_script("localStorage.setItem(arguments[0], arguments[1])", f"countersign:sharer:{slug}", name)
    for _ in range(3):
        page.stack.signed(slug, referrer=name)
    page.wait(lambda: json.loads(page.stack.worker_get(f"{API}/{slug}/referrals/{name}").body)["count"] == 3, "they are counted")
    fill(page)
    page.submit()
    page.wait(lambda: "3 people signed because of you." in page.text("#thanks"), "who shares learns how many came")
    device, copy = page.find_all("#share button")
    device.click()
    page.wait(lambda: page.driver.execute_script("return shared.length"), "the device shares")
    link = f"{page.origin}/p/{slug}?lang=en&source={{}}&referrer={name}"
    assert page.driver.execute_script("return shared") == [{"title": "A title", "url": link.format("share")}]
    copy.click()
    page.wait(lambda: "Copied" in page.text("#share"), "it says so")
    assert page.driver.execute_script("return copied") == [link.format("link")]
    copy.click()
    page.wait(lambda: page.find("#share input").get_attribute("value") == link.format("link"), "where a page may not copy it shows what to copy")


def test_what_happens_with_the_data_is_said_in_two_sentences_beside_the_button(page):
    opened(page)
    said = page.text("#form > .hint")
    assert said.startswith("We use what you give here for this petition only,") and said.endswith("What happens to my data") and said.count(".") == 2, said
    assert page.find("#form > .hint + #submit").is_displayed()


def test_on_a_slow_network_the_letter_comes_before_the_scripts_and_a_name_is_sent_once(page):
    slug = page.stack.petition(confirmation="none", letter="Please.\n\n" * 20)
    narrow = page.set_slow(latency_ms=400, bytes_a_second=12_000)
    try:
        page.forget_files()
        page.open(f"/p/{slug}")
        page.wait(lambda: page.find("#field-email").is_displayed(), "the form comes in the end", 60)
        painted, script = page.run("""
            const paint = performance.getEntriesByName("first-contentful-paint")[0];
            // Where the line is not narrow too, script and styles come together; the scripts can do nothing before their words come.
            const last = args[0] ? "/petition.js" : "/lang/en.json";
            return [paint.startTime, performance.getEntriesByType("resource").find(({ name }) => name.endsWith(last)).responseEnd];""", narrow)
        assert painted < script, (painted, script)
        fill(page)
        page.set_slow(latency_ms=2500, bytes_a_second=12_000)
        page.requests()
        page.submit()
        page.wait(lambda: page.text("#submit").startswith("Sending"), "it says that it is on its way")
        page.driver.execute_script("document.getElementById('submit').click()")
        thanked(page)
        assert page.posts() == [f"{page.origin}{API}/{slug}/signatures"], "sent once"
        assert page.stack.tally(slug) == 1
    finally:
        page.set_slow()


def test_an_answer_that_is_lost_on_its_way_counts_once(page):
    """The signature has come, and the connection goes before the answer is read."""
    slug = page.stack.petition(confirmation="none")
    page.open_petition(slug)
    fill(page)
    page.driver.execute_script("""
        const real = fetch; let lost = false;
        window.fetch = async (url, options) => {
          const answer = await real(url, options);
          if (lost || options?.method !== "POST") return answer;
          lost = true;
          throw new TypeError("lost");
        };""")
    page.submit()
    page.wait(lambda: page.text("#waiting"), "it waits for the network")
    assert page.stack.tally(slug) == 1, "it has come"
    thanked(page)
    assert len(page.posts()) == 2 and page.stack.tally(slug) == 1
