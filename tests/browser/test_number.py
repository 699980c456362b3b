"""The number as people see it: goals ahead, up and never down, quiet for the ear."""
VIEW = """
const { nextGoal, NumberView, Announcer } = await import("/assets/number.js");
const spoken = [];
const say = (key, values) => key + ":" + Object.values(values ?? {});
const parts = Object.fromEntries(["root", "few", "count", "goal", "note", "live"].map((name) => [name, document.createElement("p")]));
parts.progress = document.createElement("progress");
const at = (count, more) => ({ value: { count, goal: null, state: "open", exact: true, as_of: "2026-01-01T00:00:00Z", poll_after: 0.2, ...more },
  behind_s: 0, trouble: false });
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const until = async (true_) => { while (!true_()) await sleep(20); };
"""


def run(page, script):
    page.open("/404x")
    page.driver.set_script_timeout(30)
    return page.run(VIEW + script)


def test_the_next_goal_is_always_ahead(page):
    goals = run(page, """
        const list = [0, 99, 100, 199, 200, 499, 500, 1000, 12345, 99999, 5e9].map((n) => nextGoal(n));
        const own = [0, 50, 299, 300, 1000].map((n) => nextGoal(n, 1000, [300, 50]));
        const capped = [120, 140, 150, 160].map((n) => nextGoal(n, 150));
        return { list, own, capped };""")
    assert goals["list"] == [100, 100, 200, 200, 500, 500, 1000, 2000, 20000, 100000, 10000000000], goals
    assert goals["own"] == [50, 300, 300, 500, 2000], goals
    assert goals["capped"] == [150, 150, 200, 200], goals


def test_it_counts_up_in_steps_and_never_down(page):
    seen = run(page, """
        const v = new NumberView(parts, { say }); const seen = [];
        new MutationObserver(() => seen.push(+parts.count.textContent)).observe(parts.count, { childList: true });
        v.show(at(10)); v.show(at(30, { poll_after: 1, as_of: "2026-01-02T00:00:00Z" })); await until(() => seen.at(-1) === 30);
        v.show(at(12, { as_of: "2026-01-01T00:00:00Z" })); v.show(at(25, { as_of: "2026-01-03T00:00:00Z" })); await sleep(300);
        return seen;""")
    assert seen[0] == 10 or seen[0] == 11, seen
    assert seen == sorted(seen) and len(set(seen)) > 5 and seen[-1] == 30, seen


def test_it_begins_with_the_number_that_the_page_came_with(page):
    """Page and answer are copies of their own, and either may be the older one by a second."""
    shown = run(page, """
        const v = new NumberView(parts, { say, shown: 1001 }); v.show(at(1000)); const first = parts.count.textContent;
        v.show(at(1002, { as_of: "2026-01-03T00:00:00Z" })); await until(() => parts.count.textContent === "1,002"); return first;""")
    assert shown == "1,001"


def test_a_display_that_stays_for_days_shows_a_number_that_fell(page):
    shown = run(page, """
        const v = new NumberView(parts, { say, falls: true }); v.show(at(30)); v.show(at(25, { as_of: "2026-01-03T00:00:00Z" }));
        return parts.count.textContent;""")
    assert shown == "25"


def test_a_small_number_is_not_shown(page):
    hidden = run(page, """
        const v = new NumberView(parts, { say, minimum: 20 }); v.show(at(19)); const first = [parts.root.hidden, parts.few.hidden];
        v.show(at(20)); await until(() => !parts.root.hidden); const then = [parts.root.hidden, parts.few.hidden];
        new NumberView(parts, { say, minimum: 20 }).show(at(19, { state: "closed" })); return [first, then, [parts.root.hidden, parts.few.hidden]];""")
    assert hidden == [[True, False], [False, True], [True, True]], "and nobody is asked to be among the first of what is over"


def test_a_stale_number_says_since_when_and_a_closed_one_that_it_is_over(page):
    notes = run(page, """
        const v = new NumberView(parts, { say }); const notes = []; const note = () => notes.push(parts.note.hidden ? "" : parts.note.textContent);
        v.show(at(5)); note(); v.show({ ...at(5), behind_s: 90 }); note(); v.show(at(5, { exact: false })); note();
        v.show(at(5, { state: "closed" })); note(); return [...notes, parts.goal.hidden, parts.progress.hidden];""")
    assert notes[0] == "" and notes[1] == "" and notes[2].startswith("number.stale:") and notes[3].startswith("number.closed"), notes
    assert notes[4:] == [True, True]


def test_a_copy_that_is_shown_for_long_says_so_once_it_is_half_a_minute_old(page):
    notes = run(page, """
        const real = performance.now.bind(performance); let ahead_s = 0; performance.now = () => real() + ahead_s * 1000;
        const v = new NumberView(parts, { say }), notes = [];
        for (ahead_s of [0, 20, 31, 32]) { v.show({ ...at(5), behind_s: ahead_s % 32 }); notes.push(parts.note.hidden); }
        delete performance.now; return notes;""")
    assert notes == [True, True, False, True], notes


def test_the_ear_is_told_the_last_number_only_and_not_at_once(page):
    said = run(page, """
        const times = []; const real = window.setTimeout; let later;
        window.setTimeout = (f, ms) => (ms >= 1000 ? (times.push(ms), later = f, 1) : real(f, ms));
        const a = new Announcer(parts.live); const said = [];
        for (const t of ["1", "2", "3"]) { a.say(t); said.push(parts.live.textContent); }
        later(); said.push(parts.live.textContent); window.setTimeout = real; return { said, times };""")
    assert said["said"] == ["1", "1", "1", "3"] and set(said["times"]) == {20000}, said


def test_who_wants_nothing_to_move_sees_the_number_at_once(page):
    page.set_still(True)
    try:
        shown = run(page, """
            const v = new NumberView(parts, { say }); v.show(at(1)); v.show(at(90, { poll_after: 5 })); return parts.count.textContent;""")
        assert shown == "90"
    finally:
        page.set_still(False)
