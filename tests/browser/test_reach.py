"""Who is reached: ears, small screens, paper, own colours, and browsers without scripts."""
import os
import subprocess
import tempfile

import aloud
import states
from host import host_of, with_widget
from selenium.webdriver.common.keys import Keys
from stack import API, TOP
from test_sign import focused

VALIDATE = os.path.join(TOP, "build/node/node_modules/html-validate/bin/html-validate.mjs")
HEARD = """main:
status:
sectionheader:
heading: Keep the night buses running
list:
navigation: Languages
link: English
link: Español
region: signatures
progressbar: signatures
status:
link: Add your name
link: Add your name
heading: What we ask for
list:
link: Line Nine Neighbours
link: What happens to my data
link: Add your name
region: Add your name
heading: Add your name
form:
textbox: First name
textbox: Last name
textbox: E-mail address
combobox: Country (optional)
textbox: Region (optional)
textbox: Postcode (optional)
textbox: Town or city (optional)
textbox: Why I sign (optional)
checkbox: Show my name, town and comment in public
checkbox: WORDING
link: What happens to my data
button: Sign
link: You have signed? See, correct or take back what you gave""".splitlines()


def test_the_page_is_heard_in_the_order_in_which_it_is_read(page):
    with states.STATES["letter"](page):
        slug = page.find("main").get_attribute("data-slug")
        wording = page.stack.get(f"{API}/{slug}/subscribe-wording").json()["text"]
        heard = aloud.lines(page)
        # Some versions of Chromium have no name for a <header> in an <article>.
        assert [line for line in heard if line != "sectionheader:"] == [
            line.replace("WORDING", wording) for line in HEARD if line != "sectionheader:"], heard  # fmt: skip
        told = {node["name"]: node for node in aloud.tree(page) if node["role"] == "textbox"}
        assert [name for name, node in told.items() if node.get("required")] == ["First name", "Last name", "E-mail address"], told


def test_faults_are_heard_with_their_field_and_interrupt(page):
    with states.STATES["errors"](page):
        nodes = aloud.tree(page)
        words = page.text("#wrong-given_name")
        wrong = [node for node in nodes if node.get("invalid") == "true"]
        assert [(node["name"], node["description"]) for node in wrong] == [("First name", words)], wrong
        assert [node["name"] for node in nodes if "alert" in node["within"] and node["role"] == "link"] == [words]
        assert [node["role"] for node in nodes if node.get("focused")][-1] == "alert", "the summary has the focus"


def test_numbers_of_people_and_places_are_heard_as_tables(page):
    with states.STATES["people"](page):
        tables = [node["name"] for node in aloud.tree(page) if node["role"] == "table"]
        assert tables == ["Where they sign"], tables
        assert not [node for node in aloud.tree(page) if node["role"] in ("image", "SvgRoot") and not node["name"]], "drawings are silent"


def test_what_has_the_focus_is_never_covered(page):
    """WCAG 2.4.11, on a small phone: the bar at the foot goes out of the way."""
    page.open_petition(states.opened(page))
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": 360, "height": 560, "deviceScaleFactor": 1, "mobile": True})
    seen = []
    try:
        page.driver.execute_script("scrollTo(0, 0)")
        for _ in range(26):
            page.driver.switch_to.active_element.send_keys(Keys.TAB)
            found = page.run("""
                await new Promise((done) => setTimeout(done, 50)); // the bar goes with what is seen
                const one = document.activeElement, box = one.getClientRects()[0];
                if (one === document.body) return ["", true, ""];
                const middle = document.elementFromPoint(box.x + box.width / 2, Math.min(box.bottom - 2, Math.max(box.top + 2, box.y + box.height / 2)));
                const free = middle === one || one.contains(middle) || middle?.control === one;
                return [one.id || one.textContent.slice(0, 30), free, getComputedStyle(one).outlineStyle];""")
            seen.append(found)
    finally:
        page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    names = [name for name, _, _ in seen]
    assert {"field-email", "field-comment", "field-subscribe", "submit", "own"} <= set(names), names
    covered = [one for one in seen if not one[1] or one[2] == "none"]
    assert covered == [], covered


def test_paper_shows_the_letter_alone_in_black(page):
    slug = states.opened(page)
    with states.media(page, "print", prefers_color_scheme="dark"):
        page.open(f"/p/{slug}")
        page.wait(lambda: page.find_all("main[data-ready]"), "the scripts have done their part")
        shown = [selector for selector in ("#title", "#letter", "#asks", "#organization", "#count") if page.find(selector).is_displayed()]
        assert shown == ["#title", "#letter", "#asks", "#organization", "#count"]
        assert not [one for one in page.find_all(".call, .bar, #sign, #languages, #own") if one.is_displayed()]
        colours = page.driver.execute_script("const s = getComputedStyle(document.body); return [s.color, s.backgroundColor]")
        assert colours == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"], colours


def test_own_colours_leave_edges_and_faults_to_be_seen(page):
    with states.STATES["forced_colours"](page):
        styles = page.driver.execute_script("""
            const style = (selector) => getComputedStyle(document.querySelector(selector));
            return { on: matchMedia("(forced-colors: active)").matches, button: style("#submit").borderTopStyle, wrong: style("[aria-invalid=true]").outlineStyle,
              bar: style("#progress").borderTopStyle, box: style("#number").borderTopStyle, kept: [...document.querySelectorAll("main *")].filter((one) =>
                getComputedStyle(one).forcedColorAdjust === "none" && !one.closest("progress")).length };""")  # fmt: skip
        assert styles == {"on": True, "button": "solid", "wrong": "solid", "bar": "solid", "box": "solid", "kept": 0}, styles


def test_without_scripts_the_letter_is_there_and_what_is_missing_is_said(page):
    with states.STATES["without_scripts"](page):
        assert "Signing it" in page.text("noscript p") and "line 9 leaves the hospital" in page.text("#letter")
        assert page.text("#organization") == "Line Nine Neighbours" and len(page.find_all("#asks li")) == 3
        # Nothing leads to a form that is not there.
        assert not [one for one in page.find_all(".call, #sign, .bar") if one.is_displayed()]


def test_html_that_is_served_is_valid(page):
    """html-validate on what the worker makes; the files are looked at by the lint `site`."""
    if not os.path.exists(VALIDATE):
        print("SKIPPED html-validate: nothing of npm is there")
        return
    slug = states.opened(page)
    with tempfile.TemporaryDirectory() as folder:
        for name, path in (("open", f"/p/{slug}"), ("es", f"/p/{slug}?lang=es"), ("frame", f"/embed/{slug}")):
            with open(f"{folder}/{name}.html", "wb") as file:
                file.write(page.stack.get(path).body)
        command = ["node", VALIDATE, "--config", os.path.join(TOP, "deploy/dev/node/htmlvalidate.json"), folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=os.path.join(TOP, "build/node"))
    assert done.returncode == 0, done.stdout + done.stderr


def test_on_a_phone_the_way_to_the_form_stays_in_reach(page):
    page.open_petition(states.opened(page))
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": 360, "height": 560, "deviceScaleFactor": 1, "mobile": True})
    try:
        assert [link.text for link in page.find_all(".call a")] == ["Add your name"] * 3, "near the top, in the middle, at the end"
        page.driver.execute_script("document.querySelector('#asks').scrollIntoView({ block: 'end' })")
        page.wait(lambda: page.find(".bar a").is_displayed(), "the bar is there where no other way is")
        page.find(".bar a").click()
        page.wait(lambda: focused(page) == "sign-title" and not page.find(".bar").is_displayed(), "it leads to the form, and is not in its way")
    finally:
        page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_days_are_a_line_to_see_and_a_table_to_hear(page):
    page.open("/404x")
    shown = page.run("""
        const day = (n) => new Date(Math.floor(Date.now() / 864e5 - n) * 864e5).toISOString();
        const bodies = { recent: { signatures: [] }, breakdown: { total: 7, parts: [] }, series: { points: [{ at: day(3), count: 4 }, { at: day(1), count: 3 }] } };
        globalThis.fetch = ((real) => (url, options) => {
          const name = Object.keys(bodies).find((one) => url.includes(`/${one}`));
          return name ? Promise.resolve(new Response(JSON.stringify(bodies[name]))) : real(url, options);
        })(fetch);
        const { showPeople } = await import("/assets/people.js"), { load } = await import("/assets/i18n.js");
        const place = document.body.appendChild(document.createElement("div"));
        await showPeople(place, { texts: await load(["en"]), slug: "x" });
        return { line: place.querySelector("polyline").getAttribute("points").split(" ").map((one) => Number(one.split(",")[1])),
          silent: place.querySelector("svg").getAttribute("aria-hidden"), told: [...place.querySelectorAll("tbody td:last-child")].map((one) => one.textContent) };""")
    assert shown == {"line": [4, 80, 23, 80], "silent": "true", "told": ["4", "0", "3", "0"]}, shown


FILLED = {"given_name": "Ada", "family_name": "Byron", "email": "ada@example.org", "postal_code": "41001", "locality": "Sevilla", "country": "ES"}
# As Chromium's own profiles call them.
PROFILE = {"NAME_FIRST": "Ada", "NAME_LAST": "Byron", "EMAIL_ADDRESS": "ada@example.org", "ADDRESS_HOME_ZIP": "41001", "ADDRESS_HOME_CITY": "Sevilla",
           "ADDRESS_HOME_COUNTRY": "ES"}  # fmt: skip


def fill_in(page, selector):
    """Somebody takes what Chromium proposes below this field; the values of all fields then."""
    call = page.driver.execute_cdp_cmd
    for domain in ("Autofill", "DOM"):
        call(f"{domain}.enable", {})
    root = call("DOM.getDocument", {"depth": 0})["root"]["nodeId"]
    node = call("DOM.querySelector", {"nodeId": root, "selector": selector.format("given_name")})["nodeId"]
    field = call("DOM.describeNode", {"nodeId": node})["node"]["backendNodeId"]
    call("Autofill.trigger", {"fieldId": field, "address": {"fields": [{"name": name, "value": value} for name, value in PROFILE.items()]}})
    return lambda: {name: page.find(selector.format(name)).get_attribute("value") for name in FILLED} == FILLED


def test_the_browser_fills_in_page_and_widget_by_one_choice(page):
    page.open_petition(page.stack.petition(confirmation="none"))
    page.wait(fill_in(page, "#field-{}"), "the page's form is filled in")
    slug = page.stack.petition(confirmation="none", allowed_origins=[host_of(page).origin])
    page.driver.get(with_widget(page, f'<countersign-petition petition="{slug}"></countersign-petition>'))
    page.wait(lambda: page.find("countersign-petition [name=email]").is_displayed(), "the widget is there")
    page.wait(fill_in(page, "countersign-petition [name={}]"), "the widget's is filled in")
