"""Every state of every page: axe finds nothing, nobody who only hears it is lost, nothing sticks out of 320 pixels (400 % of 1280), and
a first visit is light."""
import contextlib
import json
import os

import aloud
import states
from stack import TOP

AXE = os.path.join(TOP, "build/node/node_modules/axe-core/axe.min.js")
MOST_BYTES, MOST_REQUESTS = 45 * 1024, 8


def findings(page):
    """What axe says of the page as it is."""
    with open(AXE, encoding="utf-8") as file:
        page.driver.execute_script(file.read())
    page.driver.set_script_timeout(60)
    return page.run("""const found = await axe.run(document, { resultTypes: ["violations"], rules: { "target-size": { enabled: true } } });
        return found.violations.map(({ id, nodes }) => [id, nodes.map(({ target, failureSummary }) => [target, failureSummary])]);""")


def narrow(page):
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": 320, "height": 640, "deviceScaleFactor": 1, "mobile": True})
    try:
        return page.driver.execute_script(
            "return [document.documentElement.scrollWidth, [...document.querySelectorAll('main *')].filter((one) =>"
            " one.getBoundingClientRect().right > 321 && !one.closest('.unseen, table, svg')).map((one) => one.outerHTML.slice(0, 90))]"
        )
    finally:
        page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def look_at(name):
    def test(page):
        with states.STATES[name](page):
            width, wide = narrow(page)
            assert width <= 320, (width, wide)
            lost = aloud.faults(page)
            assert lost == [], lost
            if name == "without_scripts":
                return  # axe is one
            if os.path.exists(AXE):
                found = findings(page)
                assert found == [], found
            else:
                print(f"SKIPPED axe on {name}: nothing of npm is there")

    return test


for _name in states.STATES:
    globals()[f"test_axe_and_400_percent_{_name}"] = look_at(_name)


def test_a_first_visit_is_light(page):
    slug = states.opened(page)
    page.driver.execute_cdp_cmd("Network.enable", {})
    page.driver.execute_cdp_cmd("Network.clearBrowserCache", {})
    page.driver.get_log("performance")
    page.open_petition(slug)
    page.wait(lambda: page.number() == 0, "the number is there")
    sizes, names = {}, {}
    for entry in page.driver.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        params = message["params"]
        if message["method"] == "Network.requestWillBeSent" and params["request"]["url"].startswith(page.origin):
            names[params["requestId"]] = params["request"]["url"][len(page.origin) :]
        elif message["method"] == "Network.loadingFinished" and params["requestId"] in names:
            sizes[params["requestId"]] = params["encodedDataLength"]
    # What repeats is the number's.
    asked = list(dict.fromkeys(names.values()))
    weight = sum(sizes.values())
    assert len(asked) <= MOST_REQUESTS and weight <= MOST_BYTES, (asked, weight)


@contextlib.contextmanager
def answers(page, script):
    """The next pages' fetch: `real(address, ...more)` asks, `address` is a string."""
    added = page.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {
        "source": f"window.fetch = ((real) => async (asked, ...more) => {{ const address = String(asked); {script} }})(fetch);"})  # fmt: skip
    try:
        yield
    finally:
        page.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)


def test_a_page_that_is_newer_than_the_number_does_not_fall(page):
    slug = page.stack.petition(confirmation="none")
    page.stack.signed(slug)
    page.stack.signed(slug)
    page.wait(lambda: b'<strong id="count">2</strong>' in page.stack.get(f"/p/{slug}").body, "the page has the number")
    older = "count: 1, exact: false"
    with answers(page, "const answer = await real(address, ...more);"
                       f"return address.endsWith('/count') ? new Response(JSON.stringify({{ ...await answer.json(), {older} }})) : answer;"):  # fmt: skip
        page.open_petition(slug)
        page.wait(lambda: page.text("#number-note"), "the answer has come")
        assert page.number() == 2 and page.text("#number-name") == "signatures"


def test_the_form_does_not_wait_for_what_it_can_do_without(page):
    slug = page.stack.petition(confirmation="none")
    with answers(page, "if (address.includes('/subscribe-wording')) await new Promise((go) => { window.go = go; }); return real(address, ...more);"):
        page.open_petition(slug)
        assert page.find_all("#field-subscribe") == []
        page.type("given_name", "Ada")
        page.driver.execute_script("go()")
        page.wait(lambda: page.find("#field-subscribe").is_displayed(), "it comes when it comes")
        assert page.value("given_name") == "Ada"


@contextlib.contextmanager
def without(page, script):
    """As where one script does not come."""
    page.expected += ["ERR_BLOCKED_BY_CLIENT", "Failed to fetch dynamically imported module"]
    page.driver.execute_cdp_cmd("Network.enable", {})
    page.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": [f"*/assets/{script}"]})
    try:
        yield
    finally:
        page.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})


def test_who_has_signed_is_told_even_if_a_script_does_not_come(page):
    for confirmation, told in (("none", "Your name is on the letter"), ("email", "An e-mail is on its way to")):
        page.open_petition(states.opened(page, confirmation=confirmation))
        with without(page, "thanks.js"):
            states.fill(page)
            page.submit()
            page.wait(lambda text=told: text in page.text("#thanks"), "it is told")
        assert page.driver.switch_to.active_element.get_attribute("id") == "thanks"


def test_B13_who_cannot_be_shown_another_text_does_not_sign_it(page):
    petition = states.demo(page)
    slug = page.stack.put(petition)
    page.stack.move(slug, "open")
    page.open_petition(slug)
    states.fill(page)
    page.stack.put({**petition, "title": "Another title"})
    with without(page, "letter.js"):
        for _ in range(2):
            page.submit()
            page.wait(lambda: "was not sent" in page.text("#summary"), "that nothing was sent is told")
    assert page.stack.tally(slug) == 0
    page.submit()
    page.wait(lambda: "Another title" in page.text("#changed"), "what is new is shown when it can be")


def test_who_stands_in_front_of_us_may_say_it_in_its_own_way(page):
    """Our nginx has 503 for all of them; a balancer or a CDN has not."""
    page.open("/404x")
    asked = page.run("""
        const { Sending } = await import("/assets/sending.js"), { load } = await import("/assets/i18n.js");
        const statuses = [502, 504, 202], place = document.createElement("div"), said = [];
        globalThis.fetch = async () => new Response("{}", { status: statuses.shift(), headers: { "Retry-After": "1" } });
        new MutationObserver(() => place.firstChild && said.push(place.firstChild.textContent)).observe(place, { childList: true });
        const answer = await new Sending({ path: "/x", texts: await load(["en"]), place }).send({});
        return [answer.status, new Set(said).size, said[0]];""")
    assert asked == [202, 1, "Our server cannot take your signature just now. What you typed is kept."], asked


def test_letters_twice_as_large_fit(page):
    """As of who has set them so for the whole browser, on a phone."""
    slug = states.opened(page)
    for path, there in ((f"/p/{slug}", "#submit"), (f"/dashboard?petition={slug}", "#rates dd")):
        page.open(path)
        page.wait(lambda selector=there: page.find(selector).is_displayed(), f"{path} is there")
        page.driver.execute_script("document.documentElement.style.fontSize = '200%'")
        assert narrow(page)[0] <= 320, (path, narrow(page))


def test_the_largest_number_fits_a_phone(page):
    slug = states.opened(page)
    largest = "count: 9007199254740991, exact: false"
    with answers(page, "const answer = await real(address, ...more);"
                       f"return address.endsWith('/count') ? new Response(JSON.stringify({{ ...await answer.json(), {largest} }})) : answer;"):  # fmt: skip
        for path in (f"/p/{slug}", f"/dashboard?petition={slug}", f"/embed/{slug}"):
            page.open(path)
            script = "return (document.querySelector('countersign-petition')?.shadowRoot ?? document).querySelector('#count, .count').textContent"
            page.wait(lambda: page.driver.execute_script(script) == "9,007,199,254,740,991", "it is shown")
            assert narrow(page)[0] <= 320, (path, narrow(page))


def test_words_without_an_end_break(page):
    long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk" * 2
    slug = page.stack.petition(confirmation="none", title=long, tag_line=long, addressee=long, salutation=long, asks=[long], tags=[long[:50]], comments="shown",
                               letter=f"{long}\n\n## {long}\n\n`{long}`\n\n    {long}\n\n- {long}", organization={"name": long[:100]})  # fmt: skip
    page.stack.signed(slug, given_name=long[:100], family_name=None, locality=long[:100], show_name=True, comment=long)
    page.open_petition(slug)
    page.driver.execute_script("scrollTo(0, document.body.scrollHeight)")
    page.wait(lambda: page.find_all("#people blockquote"), "people are there")
    assert narrow(page)[0] <= 320, narrow(page)
    page.open(f"/embed/{slug}")
    page.wait(lambda: page.find_all("[name=subscribe]"), "the form is there")
    assert narrow(page)[0] <= 320, narrow(page)
