"""The dashboard and the page that makes snippets."""
import os
import signal

from stack import WORKERS


def shown(page):
    return int(page.text("#count").replace(",", ""))


def test_one_petition_number_rates_places_and_series(page):
    slug = page.stack.petition(confirmation="none", disclosure_threshold=1)
    for country in ("ES", "ES", "DE"):
        page.stack.signed(slug, country=country)
    page.stack.expect_count(slug, 3)
    page.open(f"/dashboard?petition={slug}&range=all")
    page.wait(lambda: shown(page) == 3, "the number is shown")
    page.wait(lambda: page.text("#places li:first-child").split() == ["Spain", "2"], "the places are shown")
    page.wait(lambda: page.find_all("#series svg rect, #series svg polyline"), "the series is shown")
    assert page.find("#series svg").get_attribute("aria-label") == page.text("#series-title")
    page.find("#series summary").click()
    page.wait(lambda: page.text("#series td") == "3", "its table is shown, once the browser has told of the click")
    page.wait(lambda: "3" in page.text("#rates"), "rates are shown")
    page.stack.signed(slug)
    page.wait(lambda: shown(page) == 4, "it keeps up")
    page.find("input[value=hour]").click()
    page.wait(lambda: page.find_all("#series svg polyline"), "another time is shown")
    assert "range=hour" in page.driver.current_url
    screen = {"width": 1280, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    try:
        high = page.driver.execute_script("document.documentElement.className = 'wall'; return document.querySelector('.chart .scale').getBoundingClientRect().height")
    finally:
        page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert high > 14, f"{high} px are no height for letters on a wall"


def test_all_open_petitions(page):
    slugs = [page.stack.petition(confirmation="none", title=f"Title {n} =1+1") for n in range(2)]
    page.stack.signed(slugs[1])
    page.open("/dashboard")
    page.wait(lambda: page.find_all(f"#list a[href*='{slugs[1]}']"), "the list is shown")
    page.wait(lambda: shown(page) >= 1, "the sum is shown")
    page.find(f"#list a[href*='{slugs[1]}']").click()
    page.wait(lambda: "Title 1" in page.text("#title") and shown(page) == 1, "a line leads to its petition")


def test_what_all_have_together_is_shown(page):
    """Two of those of this stack, and then one of them."""
    slugs = [page.stack.petition(confirmation="none", disclosure_threshold=1) for _ in range(2)]
    for slug, country in zip((slugs[0], slugs[0], slugs[1]), ("ES", "DE", "ES")):
        page.stack.signed(slug, country=country)
    for slug, count in zip(slugs, (2, 1)):
        page.stack.expect_count(slug, count)
    theirs = """
        globalThis.theirs = %s;
        globalThis.fetch = ((real) => async (url, options) => {
          const answer = await real(url, options);
          if (!String(url).includes("/petitions?")) return answer;
          const petitions = (await answer.json()).petitions.filter(({ slug }) => theirs.includes(slug));
          return new Response(JSON.stringify({ petitions, total_pages: 1, total_records: petitions.length }));
        })(fetch);"""
    added = page.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": theirs % slugs})
    try:
        page.open("/dashboard?range=all")
        page.wait(lambda: page.text("#places").split()[1:] == ["Spain", "2", "Germany", "1"], "the places of both")
        page.wait(lambda: "3" in page.text("#series .scale"), "the series of both")
        page.wait(lambda: page.text("#rates").split() == ["a", "minute", "–", "an", "hour", "3", "a", "day", "3"], "the rates of both")
        page.driver.execute_script("theirs.pop(); dispatchEvent(new Event('online'))")
        page.wait(lambda: shown(page) == 2 and page.text("#places li:first-child").split()[1] == "1" and "2" in page.text("#series .scale"), "one is left")
        page.driver.execute_script("theirs.pop(); dispatchEvent(new Event('online'))")
        page.wait(lambda: not page.find("#places").is_displayed() and not page.find("#series").is_displayed(), "none is left")
    finally:
        page.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)


def test_lists_go_on_behind_their_first_hundred(page):
    """As if a hundred were one: the real server tells the rest."""
    slugs = {page.stack.petition(confirmation="none", title=f"Title {n}") for n in range(3)}
    page.stack.signed(next(iter(slugs)))
    ones = "globalThis.fetch = ((real) => (asked, ...more) => real(String(asked).replace('per_page=100', 'per_page=1'), ...more))(fetch);"
    added = page.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": ones})
    there = "return [...document.querySelectorAll(arguments[0])].map((one) => (one.value || one.href).split(/[=/]/).pop())"
    try:
        for path, selector in (("/dashboard", "#list a"), ("/", "#petitions a"), ("/embed", "#which option"), ("/me", "#field-petition option")):
            page.open(path)
            page.wait(lambda one=selector: slugs <= set(page.driver.execute_script(there, one)), f"all are in the list of {path}")
            if path == "/dashboard":
                page.wait(lambda: shown(page) == sum(one["count"] for one in page.stack.get("/api/v1/petitions?per_page=100").json()["petitions"]), "the sum is of all")
    finally:
        page.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)


def test_a_sum_is_of_pages_that_fit_together(page):
    """The second page is of before a petition came, which pushed another one there; and then of after."""
    pages = r"""
        const one = (slug, count) => ({ slug, title: slug, count, goal: null, language: "en", state: "open" });
        let asked = 0;
        globalThis.shownSums = new Set();
        new MutationObserver(() => shownSums.add(document.getElementById("count")?.textContent)).observe(document, { subtree: true, childList: true, characterData: true });
        globalThis.fetch = ((real) => async (url, options) => {
          const page = /petitions\?.*page=([0-9]+)$/.exec(url)?.[1];
          if (!page) return real(url, options);
          const petitions = page === "1" ? [one("new", 1), one("a", 10)] : [(asked += 1) > 1 ? one("b", 100) : one("a", 10)];
          return new Response(JSON.stringify({ petitions, page: Number(page), per_page: 2, total_pages: 2, total_records: 3 }));
        })(fetch);"""
    added = page.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": pages})
    try:
        page.open("/dashboard")
        page.wait(lambda: shown(page) == 111, "the sum is of all three, before the next poll is due", 8)
        assert set(page.driver.execute_script("return [...shownSums]")) - {"", None} == {"111"}
    finally:
        page.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)


def test_a_list_that_is_none_is_asked_for_again(page):
    """As in a network that wants a login first, which answers with a page of its own."""
    slug = page.stack.petition(confirmation="none")
    portal = """
        let asked = 0;
        globalThis.fetch = ((real) => async (url, options) => (String(url).includes("/petitions?") && (asked += 1) < 2
          ? new Response("<h1>Log in</h1>", { headers: { "Content-Type": "text/html" } }) : real(url, options)))(fetch);"""
    added = page.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": portal})
    try:
        page.open("/")
        page.wait(lambda: page.text("#state"), "it is told that there is no answer")
        page.wait(lambda: page.find_all(f"#petitions a[href='/p/{slug}']"), "the list is shown")
    finally:
        page.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)


def test_what_is_shown_is_a_csv_that_runs_nothing(page):
    page.open("/404x")
    text = page.run("""
        const { csv } = await import("/assets/csv.js");
        return csv([["a", 1], ["=cmd()", '"x"'], ["+1", "-2"], ["@x", -3]]);""")
    assert text == '"a","1"\r\n"\'=cmd()","""x"""\r\n"\'+1","\'-2"\r\n"\'@x","-3"\r\n', text
    slug = page.stack.petition(confirmation="none")
    page.open(f"/dashboard?petition={slug}")
    page.wait(lambda: shown(page) == 0, "the number is shown")
    page.driver.execute_script(
        "globalThis.made = []; const real = URL.createObjectURL; URL.createObjectURL = (blob) => { blob.text().then((t) => made.push(t)); return real(blob); }"
    )
    page.find("#csv").click()
    page.wait(lambda: '"number"' in page.driver.execute_script("return made[0]"), "the file is made")


def test_the_wall_and_its_theme_are_in_the_address(page):
    page.open("/dashboard?wall=1&theme=dark")
    page.wait(lambda: shown(page) >= 0, "the number is shown")
    root = page.find("html")
    assert root.get_attribute("class") == "wall" and root.get_attribute("data-theme") == "dark"
    assert not page.find("#which").is_displayed()
    page.driver.execute_script("document.getElementById('wall').click()")
    assert "wall" not in page.driver.current_url and page.find("#which").is_displayed()


def test_what_is_chosen_for_a_screen_is_the_organisations_own(page):
    """Light or dark, in dashboard and frame: the colours of theme.css, whatever the browser prefers."""
    slug, ours = page.stack.petition(confirmation="none"), {}
    look = "return getComputedStyle(document.documentElement).getPropertyValue('--accent') + getComputedStyle(document.documentElement).colorScheme"
    for prefers in ("light", "dark"):
        page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": prefers}]})
        page.open("/404x")
        ours[prefers] = page.driver.execute_script(look).split("light dark")[0]
    assert ours["light"] != ours["dark"]
    try:
        for prefers, chosen in (("light", "dark"), ("dark", "light")):
            page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": prefers}]})
            for path in ("/dashboard?theme=", f"/embed/{slug}?theme="):
                page.open(path + chosen)
                page.wait(lambda one=chosen: page.driver.execute_script(look) == ours[one] + one, f"{path}{chosen}")
        page.open("/dashboard")
        page.wait(lambda: shown(page) >= 0, "the number is shown")
        page.driver.execute_script("""
            const { cssRules } = [...document.styleSheets].find(({ href }) => href.endsWith("/theme.css"));
            cssRules[0].style.setProperty("--accent", "#abc");
            [...cssRules].find(({ media }) => media).cssRules[0].style.setProperty("--accent", "#fed");""")
        for then, accent in (("light", "#abc"), ("dark", "#fed")):
            page.find("#theme").click()
            assert page.driver.execute_script(look) == accent + then and f"theme={then}" in page.driver.current_url
    finally:
        page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_it_heals_after_an_outage(page):
    slug = page.stack.petition(confirmation="none")
    page.open(f"/dashboard?petition={slug}")
    page.wait(lambda: shown(page) == 0, "the number is shown")
    for number in WORKERS:
        os.kill(page.stack.pid(f"countersignd.{number}"), signal.SIGSTOP)
    page.driver.execute_cdp_cmd("Network.enable", {})
    page.expected += ["ERR_INTERNET_DISCONNECTED"]
    offline = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    page.driver.execute_cdp_cmd("Network.emulateNetworkConditions", offline)
    try:
        page.wait(lambda: page.text("#state"), "it says that there is no answer")
        assert shown(page) == 0
    finally:
        page.driver.execute_cdp_cmd("Network.emulateNetworkConditions", {**offline, "offline": False})
        for number in WORKERS:
            os.kill(page.stack.pid(f"countersignd.{number}"), signal.SIGCONT)
    page.stack.signed(slug)
    page.wait(lambda: shown(page) == 1 and page.text("#state") == "", "it goes on by itself", 30)


def test_who_is_answered_again_tells_the_others(page):
    """What is asked for every minute or five would else be asked for ten seconds later."""
    slug = page.stack.petition(confirmation="none")
    away = "globalThis.fetch = ((real) => (...asked) => (globalThis.away ? Promise.reject(new TypeError('away')) : real(...asked)))(fetch);"
    added = page.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": away})
    try:
        page.open(f"/dashboard?petition={slug}")
        page.wait(lambda: shown(page) == 0 and page.find_all("#series svg"), "all of it is there")
        page.driver.execute_script("away = true; dispatchEvent(new Event('online'))")
        page.wait(lambda: page.text("#state"), "it says that there is no answer")
        page.driver.execute_async_script("setTimeout(arguments[0], 1000)")  # by then all have asked
        page.driver.execute_script("away = false")
        page.wait(lambda: page.text("#state") == "", "all are answered", 6)
    finally:
        page.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)


def test_a_petition_that_is_not_there_is_told_as_such(page):
    """Whatever is answered last: here the list, which is well."""
    late = "globalThis.fetch = ((real) => async (url, options) => { if (String(url).includes('/petitions?')) await new Promise((done) => setTimeout(done, 600)); return real(url, options); })(fetch);"
    added = page.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": late})
    try:
        for slug, word in ((page.stack.petition(state="withdrawn"), "withdrawn"), ("no-such-petition", "no such petition")):
            page.open(f"/dashboard?petition={slug}")
            page.wait(lambda: len(page.find_all("#which option")) > 1, "the list is there")
            page.wait(lambda one=word: one in page.text("#state"), "it is told", 2)
    finally:
        page.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)


def test_that_nothing_is_open_is_told(page):
    none = "globalThis.fetch = ((real) => async (url, options) => (String(url).includes('/petitions?') ? new Response('{\"petitions\": [], \"total_pages\": 0, \"total_records\": 0}') : real(url, options)))(fetch);"
    added = page.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": none})
    try:
        page.open("/dashboard")
        page.wait(lambda: "no open petition" in page.text("#state"), "it is told")
    finally:
        page.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)


def heap(page):
    page.driver.execute_cdp_cmd("HeapProfiler.collectGarbage", {})
    metrics = page.driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
    return {one["name"]: one["value"] for one in metrics}


def test_days_on_a_wall_leave_nothing_behind(page):
    """Polls of some hours, each with another number, by a clock that runs ahead: what keeps an hour is full before."""
    slug = page.stack.petition(confirmation="none")
    fast = """
        const realTimeout = setTimeout, realNow = Date.now; let ahead = 0, asked = 0;
        globalThis.setTimeout = (run, ms, ...rest) => realTimeout(run, ms === 15000 ? ms : ms / 1000, ...rest);
        const at = () => new Date(Date.now()).toISOString();
        Date.now = () => realNow() + ahead;
        globalThis.polled = () => asked;
        globalThis.fetch = ((real) => async (url, options) => {
          if (!/\\/(count|series|breakdown)/.test(url)) return real(url, options);
          asked += 1; ahead += 15000;
          const count = 1000 + asked, as_of = at();
          const body = /\\/count$/.test(url) ? { petition: "x", count, goal: null, state: "open", as_of, exact: true, poll_after: 5 }
            : /series/.test(url) ? { step: "hour", as_of, points: Array.from({ length: 48 }, (_, i) => ({ at: new Date(Math.floor((Date.now() - i * 36e5) / 36e5) * 36e5).toISOString(), count: asked + i })).reverse() }
            : { by: "country", as_of, total: count, parts: [{ key: "ES", count: asked }, { key: "DE", count: 1 }] };
          return new Response(JSON.stringify(body), { headers: { Date: new Date(Date.now()).toUTCString() } });
        })(fetch);"""
    script = page.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": fast})["identifier"]
    try:
        page.driver.execute_cdp_cmd("Performance.enable", {})
        page.open(f"/dashboard?petition={slug}&range=hour&wall=1")
        asked = lambda: page.driver.execute_script("return polled()")  # noqa: E731
        page.wait(lambda: asked() > 260, "an hour of polls", 90)
        before = heap(page)
        page.wait(lambda: asked() > 560, "many polls", 90)
        after = heap(page)
    finally:
        page.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", {"identifier": script})
    assert after["Nodes"] <= before["Nodes"] + 500, (before["Nodes"], after["Nodes"])
    assert after["JSEventListeners"] <= before["JSEventListeners"] + 5
    assert after["JSHeapUsedSize"] <= before["JSHeapUsedSize"] + 500_000, (before["JSHeapUsedSize"], after["JSHeapUsedSize"])


def test_the_snippet_is_what_is_shown(page):
    slug = page.stack.petition(confirmation="none", title='A "title" <b>')
    page.open(f"/embed?petition={slug}")
    page.wait(lambda: page.find_all("#preview countersign-petition form"), "it is shown live")
    assert f'<countersign-petition petition="{slug}"></countersign-petition>' in page.find("#snippet").get_attribute("value")
    page.driver.execute_script("const k = document.getElementById('kind'); k.value = 'frame'; k.dispatchEvent(new Event('change', {bubbles: true}));")
    page.wait(lambda: int(page.find("#preview iframe").get_attribute("height")) not in (0, 900), "the frame is as high as the form")
    assert page.driver.execute_script("const { scrollHeight, clientHeight } = document.getElementById('snippet'); return scrollHeight <= clientHeight"), "whole"
    snippet = page.find("#snippet").get_attribute("value")
    assert 'title="A &quot;title&quot; &lt;b>"' in snippet and f"{page.origin}/embed.js" in snippet, snippet
    page.driver.execute_script("const k = document.getElementById('kind'); k.value = 'count'; k.dispatchEvent(new Event('change', {bubbles: true}));")
    page.wait(lambda: page.find_all("#preview countersign-count"), "the number alone")


def test_rates_and_forecast_are_reckoned_from_what_was_seen(page):
    page.open("/404x")
    said = page.run("""
        const { Samples, within, filled, forecast } = await import("/assets/rates.js");
        const HOUR = 36e5, DAY = 24 * HOUR, now = 100 * DAY + HOUR / 2, at = (ms) => new Date(ms).toISOString();
        const seen = new Samples();
        for (let s = 0; s <= 7200; s += 5) seen.add(s * 1000, 10 + Math.floor(s / 60) * 3); // three a minute
        const hours = [{ at: at(99 * DAY), count: 10 }, { at: at(100 * DAY - HOUR), count: 4 }, { at: at(100 * DAY), count: 6 }];
        return { minute: seen.rate(6e4), hour: seen.rate(HOUR - 6e4), long: seen.rate(2 * HOUR), kept: seen.list.length,
          lastHour: within(hours, HOUR, HOUR, now), lastDay: within(hours, HOUR, DAY, now),
          filled: filled(hours, HOUR, 100 * DAY - 2 * HOUR, now).map(({ count }) => count),
          when: [forecast(100, 500, 50, now) - now, forecast(100, 500, 0, now), forecast(500, 400, 50, now), forecast(0, 1e6, 1, now)].map((ms) => ms && ms / DAY) };""")
    # Half of the hour before this one lies within the last hour, and half of the first within the last day.
    assert said == {"minute": 3, "hour": 177, "long": None, "kept": said["kept"], "lastHour": 8, "lastDay": 15, "filled": [0, 4, 6],
                    "when": [8, None, None, None]}, said  # fmt: skip
    assert said["kept"] <= 245


def test_when_the_goal_is_reached_is_told(page):
    slug = page.stack.petition(confirmation="none", goals=[10])
    for _ in range(5):
        page.stack.signed(slug)
    page.stack.expect_count(slug, 5)
    page.open(f"/dashboard?petition={slug}")
    page.wait(lambda: "10 on " in page.text("#forecast"), "five a day, five to go")
    assert page.text("#forecast").startswith("At the pace of the last 24 hours: 10 on ")
    assert ":00" in page.text("#forecast"), "an hour that nobody takes for a day"


def test_a_few_bars_have_their_day_below_each(page):
    page.open("/404x")  # any page of ours
    apart = page.run("""
        const { timeline } = await import("/assets/charts.js"), say_time = String, say_number = String;
        return [1, 2, 5].map((many) => {
          const made = timeline(Array.from({ length: many }, (_, at_ms) => ({ at_ms, value: 1 })), { label: "", say_time, say_number, as_bars: true });
          const at = (one, name) => Number(one.getAttribute(name)), bars = [...made.querySelectorAll("rect.bar")];
          return bars.map((bar, i) => Math.round(at(bar, "x") + at(bar, "width") / 2 - at(made.querySelectorAll(".tick, .minor")[i], "x")));
        });""")
    assert apart == [[0], [0, 0], [0, 0, 0, 0, 0]], apart
