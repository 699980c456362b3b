"""The poller: its rules with a clock of the test's, and what it really asks for, counted at nginx."""
import time

import polls

# A poller with a world of its own: `pass(seconds)` lets time pass, `asked` are the times at which it asked.
WORLD = """
const { Poller } = await import("/assets/poller.js");
const flush = () => new Promise((done) => { const c = new MessageChannel(); c.port1.onmessage = done; c.port2.postMessage(0); });
class World {
  constructor(answer) { Object.assign(this, { answer, time: 0, timers: [], asked: [], isHidden: false, told: [] }); }
  poller(more = {}, options = {}) {
    return new Poller("/x", { env: {
      fetch: async (url, { signal }) => { this.asked.push(Math.round(this.time)); return this.answer(signal); },
      now: () => this.time * 1000, random: () => 0.5, hidden: () => this.isHidden,
      after: (ms, run) => { const t = { at: this.time + ms / 1000, run }; this.timers.push(t); return t; },
      cancel: (t) => { this.timers = this.timers.filter((one) => one !== t); },
      channel: () => null, locks: () => null,
      on: (look, online) => { Object.assign(this, { look, online }); return () => { this.look = null; }; }, ...more }, ...options });
  }
  async pass(seconds) {
    const end = this.time + seconds;
    for (;;) {
      await flush();
      const next = this.timers.sort((a, b) => a.at - b.at)[0];
      if (!next || next.at > end) break;
      this.timers.shift();
      this.time = Math.max(this.time, next.at);
      next.run();
    }
    this.time = end;
    await flush();
  }
}
// Only microtasks, so that a turn of the loop sees all that an answer starts.
const answer = (status, headers, body) => ({ ok: status === 200, status, headers: new Headers(headers), json: async () => JSON.parse(body) });
const good = (value, headers) => answer(200, headers, JSON.stringify({ count: 1, as_of: "x", poll_after: 10, ...value }));
const bad = (status, headers) => answer(status, headers, "{}");
"""


def run(page, script):
    page.open("/404x")  # any page of ours
    page.driver.set_script_timeout(60)
    return page.run(WORLD + script)


def test_polls_follow_poll_after(page):
    asked = run(page, """
        const w = new World(() => good()); w.poller().watch(() => {});
        await w.pass(35); w.answer = () => good({ poll_after: 60 }); await w.pass(200); return w.asked;""")
    # Where the pace changes the first pause is anything up to twice as long.
    assert asked == [0, 10, 20, 30, 40, 130, 190], asked


def test_errors_are_asked_again_later_and_later_and_one_good_answer_heals(page):
    asked = run(page, """
        const w = new World(() => { throw new TypeError("away"); }); const told = [];
        w.poller().watch((news) => told.push(news));
        await w.pass(200); const away = [...w.asked];
        w.answer = () => good(); await w.pass(60);
        return { away, trouble: told[3].trouble, healed: told.at(-1).trouble, after: w.asked.slice(away.length) };""")
    assert asked["away"] == [0, 10, 30, 70, 130, 190], asked
    assert asked["trouble"] is True and asked["healed"] is False
    assert asked["after"] == [250, 260], asked


def test_a_slow_pace_of_ours_is_none_for_finding_out_that_the_server_is_back(page):
    asked = run(page, """
        const w = new World(() => bad(503)), quiet = () => good({ poll_after: undefined });
        w.poller({}, { pace_s: 300 }).watch(() => {}); await w.pass(80);
        w.answer = quiet; await w.pass(100); w.answer = () => bad(503); await w.pass(270); w.answer = quiet; await w.pass(320);
        const own = [...w.asked], told = new World(() => good({ poll_after: 300 }));
        told.poller().watch(() => {}); await told.pass(1); told.answer = () => bad(503); await told.pass(700); return [own, told.asked];""")
    assert asked == [[0, 10, 30, 70, 130, 430, 440, 460, 760], [0, 300, 600]], "what the server has asked for holds in its troubles too"


def test_what_the_server_says_of_retrying_holds(page):
    asked = run(page, """
        const w = new World(() => bad(503, { "Retry-After": "45" })); w.poller().watch(() => {});
        await w.pass(50); w.answer = () => bad(404); await w.pass(200); return w.asked;""")
    assert asked == [0, 45, 105, 165, 225], asked


def test_an_answer_that_is_no_number_is_an_error(page):
    told = run(page, """
        const told = []; const w = new World(() => good({ count: 7 })); w.poller().watch((news) => told.push([news.value.count, news.trouble]));
        await w.pass(1); w.answer = () => good({ count: "<b>" }); await w.pass(12); w.answer = () => answer(200, {}, "no"); await w.pass(25);
        return told;""")
    assert told == [[7, False], [7, True], [7, True]], told


def test_no_answer_within_the_time_is_an_error(page):
    asked = run(page, """
        const w = new World((signal) => new Promise((_, no) => signal.addEventListener("abort", () => no(signal.reason))));
        w.poller().watch(() => {}); await w.pass(60); return w.asked;""")
    assert asked == [0, 25, 60], asked  # 15 s of patience, then 10 of waiting; 15, then 20


def test_nobody_looks_nobody_asks(page):
    asked = run(page, """
        const w = new World(() => good()); const watching = w.poller().watch(() => {});
        await w.pass(15); w.isHidden = true; w.look(); await w.pass(500); const timers = w.timers.length;
        w.isHidden = false; w.look(); await w.pass(5);
        const asked = [...w.asked]; watching.stop(); await w.pass(500); watching.soon(1); await w.pass(10);
        return { asked, timers, left: w.timers.length, listens: w.look, end: w.asked.length };""")
    assert asked == {"asked": [0, 10, 515], "timers": 0, "left": 0, "listens": None, "end": 3}, asked


def test_parts_of_a_page_share_one_poller_and_late_ones_are_told_at_once(page):
    told = run(page, """
        const w = new World(() => good()), p = w.poller(); let a = 0, b = 0;
        const first = p.watch(() => a++); await w.pass(1); p.watch(() => b++); const late = b;
        await w.pass(20); first.stop(); await w.pass(20); return { a, b, late, asked: w.asked.length };""")
    assert told == {"a": 3, "b": 5, "late": 1, "asked": 5}, told


def test_a_stale_copy_is_known_by_its_date(page):
    behind = run(page, """
        const start = Date.UTC(2026, 0, 1); let made = null;
        const w = new World(() => good({}, { Date: new Date(start + (made ?? w.time) * 1000).toUTCString() }));
        const told = []; w.poller().watch((news) => told.push(Math.round(news.behind_s)));
        await w.pass(25); made = 20; await w.pass(60); made = null; await w.pass(10); return told;""")
    assert behind[:3] == [0, 0, 0] and behind[-2] >= 50 and behind[-1] == 0, behind


# Two pollers on one channel, as two tabs: without locks, which only safe origins have, and with the browser's.
TABS = """
const w = new World(() => good()); const seen = [[], []];
const name = "test-" + Math.random();
const tab = (i, locks) => { const p = w.poller({ channel: () => new BroadcastChannel(name), random: () => 0.3 + i / 3, locks: () => locks });
  return p.watch((news) => seen[i].push(news.value.count)); };
// Messages between channels take a turn of the browser's own.
const pass = async (seconds) => { for (let i = 0; i < seconds * 2; i++) { await w.pass(0.5); await new Promise((d) => setTimeout(d, 3)); } };
"""


def test_of_two_tabs_one_asks_and_the_other_takes_over(page):
    for locks in ("null", "navigator.locks"):
        told = run(page, TABS + f"""
            const first = tab(0, {locks}); await pass(2); const second = tab(1, {locks}); await pass(60);
            const together = w.asked.length, both = seen.map((s) => s.length);
            first.stop(); await pass(60); second.stop();
            return {{ together, both, alone: w.asked.length - together }};""")
        assert 6 <= told["together"] <= 8, (locks, told)
        assert min(told["both"]) >= 6, (locks, told)
        assert 4 <= told["alone"] <= 7, (locks, told)


def test_a_leader_that_hangs_is_not_waited_for(page):
    told = run(page, TABS + """
        // Holds the lock and says nothing.
        let free; navigator.locks.request("countersign:/x", () => new Promise((done) => { free = done; }));
        await new Promise((d) => setTimeout(d, 50));
        const second = tab(1, navigator.locks); await pass(90); second.stop(); free();
        return w.asked;""")
    assert told[0] <= 1 and 3 <= len(told) <= 6, told


def test_who_looks_again_is_told_at_once_what_is_old_by_then(page):
    asked = run(page, TABS + """
        const one = tab(0, navigator.locks); const settled = () => new Promise((d) => setTimeout(d, 50));
        const look = async (seen) => { w.isHidden = !seen; w.look(); await settled(); await pass(1); };
        await settled(); await pass(2); await look(false); await look(true); await pass(2); const soon = w.asked.length;
        await look(false); await pass(60); const hidden = w.asked.length; await look(true);
        one.stop(); return { soon, hidden, back: w.asked.length };""")
    assert asked == {"soon": 1, "hidden": 1, "back": 2}, asked


def test_who_looks_away_before_the_answer_asks_no_sooner(page):
    asked = run(page, TABS + """
        const silent = (signal) => new Promise((_, no) => signal.addEventListener("abort", () => no(signal.reason)));
        const flap = async (world, times, pass) => { world.answer = silent;
          for (let i = 0; i < times; i++) { for (const hidden of [true, false]) { world.isHidden = hidden; world.look(); await pass(); } } };
        const alone = new World(() => good()); alone.poller().watch(() => {}); await alone.pass(1); await flap(alone, 40, () => alone.pass(0.5));
        const one = tab(0, navigator.locks), settled = () => new Promise((d) => setTimeout(d, 50));
        await settled(); await pass(9); await flap(w, 4, () => settled().then(() => pass(0.5)));
        one.stop(); return [alone.asked, w.asked.length];""")
    assert asked == [[0, 10, 20, 30, 40], 2], asked


def test_thousands_of_polls_leave_nothing_behind(page):
    grown = run(page, """
        let n = 0; const w = new World(() => { n += 1; w.asked.length = 0; return good({ count: n }); });
        const p = w.poller(); p.watch(() => {}); await w.pass(1000);
        for (let i = 0; i < 50; i++) p.watch(() => {}).stop();
        const before = w.timers.length; await w.pass(30000); return { n, before, after: w.timers.length };""")
    assert grown["n"] > 3000 and grown["before"] == grown["after"] == 1, grown


def test_unchanged_numbers_are_a_304_for_two_tabs_together(page):
    slug = page.stack.petition(confirmation="none")
    page.open_petition(slug)
    page.wait(lambda: page.number() == 0, "the number is shown")
    polls.start(page.stack)
    page.driver.switch_to.new_window("tab")
    page.open_petition(slug)
    page.wait(lambda: page.number() == 0, "the number is shown there too")
    page.wait(lambda: polls.seen(page.stack, slug)[304] >= 4, "it is asked on condition")
    statuses = polls.seen(page.stack, slug)
    assert statuses[304] >= statuses[200], statuses


def test_what_nobody_comes_back_to_is_forgotten(page):
    """A wall that shows for weeks whatever is open would else keep all that ever was."""
    page.open("/404x")  # any page of ours
    told = page.run("""
        const { forget, watch } = await import("/assets/poller.js"), told = [];
        globalThis.fetch = async () => new Response(JSON.stringify({ count: 1 }));
        for (const gone of [false, true, false]) {
          let news = 0;
          const watching = watch("/x", () => { news++; });
          told.push(news);
          while (!news) await new Promise((done) => setTimeout(done, 50));
          watching.stop();
          if (gone) forget("/x");
        }
        return told;""")
    assert told == [0, 1, 0], told


def test_what_is_kept_is_asked_for_on_condition_whatever_the_browser_keeps(page):
    asked = run(page, """
        const asked = [], told = []; let tag = "\\"a\\"";
        const fetch = async (url, { cache, headers = {} }) => {
          asked.push([url, cache, headers["If-None-Match"] ?? null]);
          if (headers["If-None-Match"] === tag) return answer(304, {}, "");
          return Object.assign(good({ count: asked.length }, tag && { ETag: tag }), { type: url === "/y" ? "cors" : "basic" });
        };
        const w = new World(); let address = "/x";
        w.poller({ fetch }, { address: () => address }).watch(({ value, trouble }) => told.push([value.count, trouble]));
        await w.pass(15); tag = "\\"b\\""; await w.pass(10); address = "/y"; await w.pass(20); address = "/x"; await w.pass(10);
        return { asked, told };""")
    first, own, other = ["/x", "no-cache", None], ["/x", "no-store", '"a"'], ["/y", "no-cache", None]
    assert asked["asked"] == [first, own, own, other, other, first], asked
    assert asked["told"] == [[1, False], [1, False], [3, False], [4, False], [5, False], [6, False]], asked


def test_two_windows_that_are_both_seen_ask_as_one(page):
    slug = page.stack.petition(confirmation="none")
    polls.start(page.stack)
    page.open_petition(slug)
    page.wait(lambda: page.number() == 0, "the number is shown")
    page.driver.switch_to.new_window("window")
    page.open_petition(slug)
    page.wait(lambda: page.number() == 0, "the number is shown there too")
    for handle in page.driver.window_handles:
        page.driver.switch_to.window(handle)
        page.hide(False)
    before, began = polls.seen(page.stack, slug), time.monotonic()
    page.wait(lambda: sum((polls.seen(page.stack, slug) - before).values()) >= 6, "six polls, a second apart")
    took = time.monotonic() - began
    asked = sum((polls.seen(page.stack, slug) - before).values())
    assert asked <= took / 0.9 + 1, f"{asked} polls in {took:.1f} s: one a second, a tenth sooner at most"
    page.stack.signed(slug)
    for handle in page.driver.window_handles:
        page.driver.switch_to.window(handle)
        page.wait(lambda: page.number() == 1, "both are told")
