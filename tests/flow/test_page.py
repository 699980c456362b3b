"""The petition's page as it is answered: whole, in each language and state, and without a worker."""
import concurrent.futures
import html
import json
import os
import re
import shutil
import signal
import struct
import time

import html5lib

from cases import each, expects_errors
from client import wait_until
from stack import API, TOP, WORKERS

HTML = ("Accept", "text/html,*/*;q=0.8")
EVIL = "<img src=x onerror=alert(1)>\"'&</title></script>{{title}}"
SPANISH = {"title": "Un título", "tag_line": "Siete líneas", "addressee": "El ayuntamiento", "salutation": "Estimados:",
           "letter": "Por *favor*.", "asks": ["Uno"]}  # fmt: skip
ARABIC = {"title": "حافلات الليل", "letter": "من فضلكم."}


class Page:
    """What a program reads in a page; a fault of the HTML raises."""

    def __init__(self, answer):
        self.answer, self.text = answer, answer.body.decode()
        parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
        self.root = parser.parse(self.text)

    def one(self, tag, **attributes):
        found = self.all(tag, **attributes)
        assert len(found) == 1, (tag, attributes, len(found))
        return found[0]

    def all(self, tag, **attributes):
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [one for one in self.root.iter(tag) if all(one.get(name) == value for name, value in wanted.items())]

    def words(self, tag, **attributes):
        return "".join(self.one(tag, **attributes).itertext())

    def meta(self, name):
        found = [one.get("content") for one in self.all("meta") if name in (one.get("name"), one.get("property"))]
        assert len(found) <= 1, (name, found)
        return found[0] if found else None

    def links(self, rel):
        return {one.get("hreflang"): one.get("href") for one in self.all("link", rel=rel)}

    def data(self):
        return json.loads(self.words("script", type="application/ld+json"))


def open_page(stack, slug, query="", language=None):
    answer = stack.get(f"/p/{slug}{query}", [HTML] + ([("Accept-Language", language)] if language else []))
    assert answer.status == 200 and answer.get("Content-Type") == "text/html; charset=utf-8", answer
    return Page(answer)


def test_the_first_answer_has_all_of_the_petition(stack):
    slug = stack.petition(confirmation="none", translations={"es": SPANISH, "ar": ARABIC}, letter="# Why\n\nPlease *stay*.", tag_line="Seven lines",
                          image="/bus.jpg", goals=[3, 30], tags=["transport"])  # fmt: skip
    stack.signed(slug)
    stack.expect_count(slug, 1)
    wait_until(lambda: open_page(stack, slug).words("strong", id="count") == "1", 5, "the page has the number")
    page = open_page(stack, slug)
    assert page.words("span", id="number-name") == "signature"
    base = f"http://127.0.0.1:{stack.port}"
    root = page.one("html")
    assert (root.get("lang"), root.get("dir")) == ("en", "ltr")
    assert page.words("title") == page.words("h1", id="title") == page.meta("og:title") == "A title"
    assert page.words("p", id="tag-line") == "Seven lines" and page.words("span", id="addressee") == "The council"
    assert page.words("p", id="salutation") == "Dear council," and page.words("ul", id="tags") == "transport"
    assert "<h2>Why</h2>\n<p>Please <em>stay</em>.</p>" in page.text
    assert [one.text for one in page.one("ol", id="asks")] == ["One", "Two"]
    assert page.one("a", id="organization").get("href") == "https://organisation.example/"
    assert page.one("a", id="privacy").get("href") == "https://organisation.example/privacy"
    assert page.meta("description") == page.meta("og:description") == "Why Please stay."
    assert page.links("canonical") == {None: f"{base}/p/{slug}"} and page.meta("og:url") == f"{base}/p/{slug}"
    assert page.links("alternate") == {"en": f"{base}/p/{slug}", "x-default": f"{base}/p/{slug}", "ar": f"{base}/p/{slug}?lang=ar",
                                       "es": f"{base}/p/{slug}?lang=es"}  # fmt: skip
    assert page.meta("og:image") == f"{base}/bus.jpg" and page.meta("twitter:card") == "summary_large_image"
    assert page.one("progress", id="progress").get("max") == "3"
    main = page.one("main", id="main")
    assert [main.get(f"data-{name}") for name in ("slug", "language", "state", "text-version")] == [slug, "en", "open", "1"]
    assert "JavaScript" in page.words("noscript")
    data = page.data()
    assert data["url"] == f"{base}/p/{slug}" and data["interactionStatistic"]["userInteractionCount"] == 1
    for name in ("sign", "form", "fields", "summary", "submit", "thanks", "own", "state", "languages", "goal"):
        assert len(re.findall(f'id="{name}"', page.text)) == 1, name
    value = stack.get(f"{API}/{slug}").json()
    assert (value["tag_line"], value["goals"], value["image"]) == ("Seven lines", [3, 30], "/bus.jpg") and "count_minimum" not in value
    assert stack.get(f"{API}/{slug}?lang=es").json()["tag_line"] == "Siete líneas"


def picture_of(stack, slug, query=""):
    """Where the page says its picture is, and the picture."""
    page = open_page(stack, slug, query)
    url = page.meta("og:image")
    base = f"http://127.0.0.1:{stack.port}"
    assert url.startswith(f"{base}/p/{slug}/card/"), url
    assert [page.meta(f"og:image:{name}") for name in ("type", "width", "height", "alt")] == ["image/png", "1200", "630", page.words("title")]
    assert page.meta("twitter:card") == "summary_large_image"
    return url[len(base) :], stack.get(url[len(base) :])


def test_a_link_has_a_picture_made_of_the_title(stack):
    """One a language; another title is another address, since who shows previews keeps pictures. It outlives the workers."""
    petition = stack.petition_json(confirmation="none", title=EVIL[:60], translations={"es": SPANISH, "ar": ARABIC})
    slug = petition["slug"]
    stack.put(petition)
    stack.move(slug, "open")
    paths = set()
    for language in ("en", "es", "ar"):
        path, answer = picture_of(stack, slug, f"?lang={language}")
        paths.add(path)
        assert (answer.status, answer.get("Content-Type")) == (200, "image/png") and answer.get("Cache-Control").startswith("public, max-age=86400"), answer
        assert answer.body[:8] == b"\x89PNG\r\n\x1a\n" and struct.unpack(">II", answer.body[16:24]) == (1200, 630)
        assert answer.get("Cross-Origin-Resource-Policy") == "cross-origin" and answer.get("X-Content-Type-Options") == "nosniff"
        assert stack.get(f"{path}?x=1").body == answer.body
    assert len(paths) == 3
    wrong = [f"/p/{slug}/card/{'0' * 16}.png", path[:-4], path.replace(".png", ".gif"), path.replace(slug, "nobody"), f"/p/{slug}/card/.png"]
    assert [stack.get(one).status for one in wrong] == [404] * 5
    assert stack.worker_get(f"/p/{slug}/card/.png", 1).status == 404
    stack.put({**petition, "title": "Another title"})
    wait_until(lambda: picture_of(stack, slug)[0] not in paths, 5, "a new title has a new picture")
    assert all(f'src="{path}' not in open_page(stack, slug).text for path in paths), "the page itself does not load it"
    stack.put({**petition, "image": "/own.jpg"})
    wait_until(lambda: open_page(stack, slug).meta("og:image").endswith("/own.jpg"), 5, "the organiser's own goes before")
    assert open_page(stack, slug).meta("og:image:width") is None
    assert stack.value("SELECT count(*) FROM countersign.petition_text t JOIN countersign.petition p ON p.id = t.petition_id AND p.text_version = t.version"
                       " WHERE p.slug = %s AND t.card <> ''", slug) == 0  # fmt: skip


def test_the_picture_says_what_has_been_reached_when_the_petition_is_put_again(stack):
    slug = stack.petition(confirmation="none", goals=[2], count_minimum=1, image=None)
    first = picture_of(stack, slug)
    for _ in range(3):
        stack.signed(slug)
    stack.expect_count(slug, 3)
    petition = stack.cli("petition", "show", slug, "--file").stdout
    assert stack.cli("petition", "put", "-", input=petition).stdout == f"{slug} 1\n", "it is the same text"
    wait_until(lambda: picture_of(stack, slug)[0] != first[0], 5, "two have signed")
    assert picture_of(stack, slug)[1].body != first[1].body
    stack.put({**json.loads(petition), "count_minimum": 5})
    wait_until(lambda: picture_of(stack, slug)[0] == first[0], 5, "no number below the minimum")


def test_the_picture_is_drawn_anew_when_a_goal_has_been_reached(stack):
    """And only then: what has not moved keeps its address, which those who show previews remember."""
    slug = stack.petition(confirmation="none", goals=[2, 4], image=None, title="A link", translations={"es": {"title": "Un enlace"}})
    both = lambda: [picture_of(stack, slug, f"?lang={language}")[0] for language in ("en", "es")]  # noqa: E731
    first = both()
    draw = lambda: stack.cli("petition", "draw", slug, "--json").stdout  # noqa: E731
    draw()
    assert json.loads(draw()) == {"drawn": []} and both() == first, "nothing has been reached"
    for signers, drawn in ((2, 2), (1, None)):
        before = both()
        for _ in range(signers):
            stack.signed(slug)
        told = json.loads(draw())["drawn"]
        assert told == [{"slug": slug, "language": one, "number": drawn} for one in ("en", "es") if drawn], told
        wait_until(lambda: all((now != was) == bool(drawn) for now, was in zip(both(), before)), 5, "the page names the new pictures")  # noqa: B023
    text = stack.value("SELECT text_version FROM countersign.petition WHERE slug = %s", slug)
    assert text == 1, "nobody signs another text"
    stack.put({**stack.petition_json(slug=slug, confirmation="none", goals=[2, 4], title="A link"), "image": "/own.jpg"})
    assert stack.cli("petition", "draw", slug).returncode == 1, "the organiser's own stays"


@each([(f"{query or '-'}|{header or '-'}", (query, header, want)) for query, header, want in [
    ("", None, "en"), ("?lang=es", None, "es"), ("?lang=es-MX", "ar", "es"), ("?lang=ar", "es", "ar"), ("", "es", "es"), ("", "ar-EG", "ar"),
    ("", "fr, es;q=0.5", "es"), ("", "es;q=0.1, ar;q=0.9", "ar"), ("?source=mail&lang=es&x=%22", None, "es"), ("?lang=%22%3E", "es", "en"),
    ("?lang=fr", "es", "en"), ("", 'es"><script>', "en"), ("", "x" * 200, "en"),
]])  # fmt: skip
def test_each_language_is_a_page(stack, case):
    query, header, want = case
    slug = stack.shared("page languages", translations={"es": SPANISH, "ar": ARABIC})
    for _ in range(2):  # from a worker, and from the cache
        page = open_page(stack, slug, query, header)
        root = page.one("html")
        assert (root.get("lang"), root.get("dir")) == (want, "rtl" if want == "ar" else "ltr")
        assert page.words("title") == {"en": "A title", "es": "Un título", "ar": "حافلات الليل"}[want]
        assert page.one("a", aria_current="true").get("hreflang") == want
        assert page.answer.get("Cache-Control").startswith("public, max-age=1,") and "Accept-Language" in str(page.answer.headers)


def test_Q7_hostile_texts_are_shown_and_do_nothing(stack):
    slug = stack.petition(title=EVIL, tag_line=EVIL, addressee=EVIL, salutation=EVIL, letter=f"{EVIL}\n\n[x](javascript:alert(1)) ![y](https://spy.example/z)",
                          asks=[EVIL], tags=[EVIL[:40]], organization={"name": EVIL, "url": "https://a.example/?a&b='%22"}, language="en",
                          translations={"de": {"title": EVIL}})  # fmt: skip
    page = open_page(stack, slug)
    for words in (page.words("title"), page.words("h1", id="title"), page.words("p", id="tag-line"), page.words("span", id="addressee"),
                  page.words("p", id="salutation"), page.words("ol", id="asks"), page.words("a", id="organization"), page.data()["name"]):  # fmt: skip
        assert words == EVIL, words
    letter = "".join(page.one("div", id="letter").itertext())
    assert EVIL in letter, letter
    assert len(page.all("script")) == 2 and not page.all("img")
    assert not [one for one in page.root.iter() if any(name.startswith("on") for name in one.keys())]
    assert not re.search(r"""(src|href)=["']?(javascript|https://spy)""", page.text)


def test_states_have_their_page(stack):
    slug = stack.petition(state="draft", count_minimum=5, translations={"es": SPANISH})
    assert stack.get(f"/p/{slug}", [HTML]).status == 404
    stack.move(slug, "open")
    page = open_page(stack, slug)
    assert page.one("section", id="number").get("hidden") is not None and page.words("strong", id="count") == ""
    assert stack.get(f"{API}/{slug}/count").json()["count_minimum"] == 5
    stack.move(slug, "closed")
    page = wait_until(lambda: (one := open_page(stack, slug)).one("main").get("data-state") == "closed" and one, 8, "the page is closed")
    assert "closed" in page.words("p", id="state") and page.words("h1") == "A title"
    stack.move(slug, "withdrawn")
    answer = wait_until(lambda: (one := stack.get(f"/p/{slug}", [HTML])).status == 410 and one, 8, "the page is gone")
    assert answer.get("Content-Type").startswith("text/html") and b"was withdrawn" in answer.body and b"A title" not in answer.body
    answer = stack.get(f"/p/{slug}?lang=es", [HTML])
    assert answer.status == 410 and html.escape("retirada").encode() in answer.body
    for path in ("/p/nothing-here", "/p/-x", "/p/a--b", "/p/" + "a" * 70):
        answer = stack.get(path, [HTML])
        assert answer.status == 404 and answer.get("Content-Type").startswith("text/html"), (path, answer)
        assert stack.get(path).code() == "not_found"


def test_what_a_cache_may_keep_says_what_it_varies_by(stack):
    for encoding in ("gzip", "identity"):
        answer = stack.get("/p/demo", [HTML, ("Accept-Encoding", encoding)])
        varies = {name.strip() for key, value in answer.headers if key.lower() == "vary" for name in value.split(",")}
        assert "public" in answer.get("Cache-Control") and {"Accept-Encoding", "Accept-Language"} <= varies, answer
    failed = stack.get("/p/demo", [HTML, ("If-Match", '"other"')])
    assert failed.status == 412 and failed.code() == "precondition_failed", failed


def test_a_changed_text_is_on_the_page_at_once(stack):
    petition = stack.petition_json()
    slug = stack.put(petition)
    stack.move(slug, "open")
    assert "Please." in open_page(stack, slug).text
    stack.put({**petition, "letter": "Now."})
    page = wait_until(lambda: (one := open_page(stack, slug)).one("main").get("data-text-version") == "2" and one, 8, "the new text is there")
    assert "Now." in page.text and "Please." not in page.text


@expects_errors("pages_unreadable")
def test_a_reload_reads_templates_and_words_anew_and_keeps_the_old_ones_where_they_are_wrong(stack):
    slug, folder = stack.petition(), os.path.join(stack.run, "pages")
    config = os.path.join(stack.run, "countersign.conf")
    with open(config, encoding="utf-8") as file:
        before = file.read()
    shutil.copytree(os.path.join(TOP, "src/serve/pages"), folder)

    def reload(name, old, new, path, expected):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            text = file.read()
        assert old in text
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text.replace(old, new))
        for number in WORKERS:
            os.kill(stack.pid(f"countersignd.{number}"), signal.SIGHUP)
        seen = lambda number: expected in stack.worker_get(path, number).body  # noqa: E731
        wait_until(lambda: all(map(seen, WORKERS)), 10, f"both workers have {expected}")

    try:
        with open(config, "w", encoding="utf-8") as file:
            file.write(re.sub("^pages_folder.*", f"pages_folder = {folder}", before, flags=re.M))
        reload("lang/en.json", "Add your name", "Sign with us", f"/p/{slug}", b"Sign with us")
        reload("petition.html", "<main ", "<main data-ours ", f"/p/{slug}", b"<main data-ours ")
        reload("embed.html", "<main ", "<main data-ours ", f"/embed/{slug}", b"<main data-ours ")
        told = lambda: sum(text.count(b"pages_unreadable") for name, text in stack.logs().items() if name.startswith("countersignd"))  # noqa: E731
        reload("petition.html", "<main ", "{{nonsense}}", f"/p/{slug}", b"<main data-ours ")
        wait_until(lambda: told() == len(WORKERS), 10, "both say so")
        assert b"Sign with us" in stack.worker_get(f"/p/{slug}").body
    finally:
        with open(config, "w", encoding="utf-8") as file:
            file.write(before)
        for number in WORKERS:
            os.kill(stack.pid(f"countersignd.{number}"), signal.SIGHUP)
    wait_until(lambda: all(b"Add your name" in stack.worker_get(f"/p/{slug}", number).body for number in WORKERS), 10, "as before")


def stop_workers(stack):
    """Killed, and nobody starts them again."""
    for number in WORKERS:
        name = f"countersignd.{number}"
        with open(os.path.join(stack.run, "supervisors", name), encoding="ascii") as file:
            os.kill(int(file.read()), signal.SIGKILL)
        pid = stack.pid(name)
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda p=pid: not os.path.exists(f"/proc/{p}/exe"), 10, "the worker is gone")


def test_the_page_is_answered_while_every_worker_is_dead(stack):
    slug = stack.petition(translations={"es": SPANISH}, image=None)
    new, by_browsers = stack.petition(), stack.petition(translations={"es": SPANISH})
    assert open_page(stack, by_browsers, language="es-MX,es;q=0.9").words("title") == "Un título"
    seen, plain = open_page(stack, slug, "?lang=es"), open_page(stack, slug)
    where, picture = picture_of(stack, slug, "?lang=es")
    stop_workers(stack)
    try:
        assert stack.get(f"{API}/{slug}").status == 503
        for _ in range(3):
            page = open_page(stack, slug, "?source=mail&lang=es")
            assert page.words("title") == "Un título" and "<p>Por <em>favor</em>.</p>" in page.text
        assert stack.http("HEAD", f"/p/{slug}?lang=es").status == 200
        assert seen.text == page.text and stack.get(where).body == picture.body
        # A language that nobody has asked for: the main one. A page that nobody has: the same 503 as elsewhere, and words for a person.
        assert open_page(stack, slug, language="fr").text == plain.text
        # Nor has anybody come without a language: all browsers name some, and who makes previews of links does not.
        assert [open_page(stack, by_browsers, language=one).words("title") for one in (None, "fr")] == ["A title"] * 2
        answer, person = stack.get(f"/p/{new}"), stack.get(f"/p/{new}", [HTML])
        assert answer.status == 503 and answer.code() == "unavailable" and int(answer.get("Retry-After")) >= 1, answer
        assert person.status == 503 and person.get("Content-Type").startswith("text/html") and int(person.get("Retry-After")) >= 1, person
        assert b"cannot be shown just now" in person.body and "default-src 'none'" in person.get("Content-Security-Policy")
    finally:
        stack.command("start")


test_the_page_is_answered_while_every_worker_is_dead.restarts = True


def test_page_frame_and_number_are_answered_soon_while_every_worker_hangs(stack):
    slug = stack.petition(confirmation="none", allowed_origins=["https://partner.example"])
    paths = [f"/p/{slug}", f"/embed/{slug}", f"{API}/{slug}/count"]
    seen = [stack.get(path).body for path in paths]
    pids = [stack.pid(f"countersignd.{number}") for number in WORKERS]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        # No copy is fresh any more, and none is younger than what may be shown while a new one is fetched.
        time.sleep(2.5)
        # Within the client's patience of 15 s: two workers have 10 s each for what they ask PostgreSQL.
        with concurrent.futures.ThreadPoolExecutor() as pool:
            assert [answer.body for answer in pool.map(stack.get, paths)] == seen
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    stack.settle()


def referred(stack, slug, referrer):
    """As a worker has it: nginx keeps it for a second."""
    answer = stack.worker_get(f"{API}/{slug}/referrals/{referrer}")
    assert answer.status == 200, answer
    return json.loads(answer.body)["count"]


def test_who_brought_how_many(stack):
    slug = stack.petition()
    other = stack.petition(confirmation="none")
    stack.signed(other, referrer="ada_1")
    people = [stack.signed(slug, referrer=who) for who in ("ada_1", "ada_1", "Ada_1")] + [stack.signed(slug)]
    answer = stack.get(f"{API}/{slug}/referrals/ada_1", [("Origin", "https://anywhere.example")])
    value = answer.json()
    assert set(value) == {"petition", "referrer", "count", "as_of"} and (value["petition"], value["referrer"]) == (slug, "ada_1"), value
    assert value["count"] == 0, "nobody has confirmed"
    assert answer.get("Access-Control-Allow-Origin") == "*" and answer.get("Cache-Control").startswith("public, max-age=1,"), answer
    tokens = [stack.token(slug, address) for address in people]
    for token in tokens:
        assert stack.confirm(token).status == 200
    assert referred(stack, slug, "ada_1") == 2
    assert (referred(stack, slug, "Ada_1"), referred(stack, slug, "nobody"), referred(stack, other, "ada_1")) == (1, 0, 1)
    # Each way out lowers it; what is erased goes on counting, for nobody.
    assert stack.withdraw(tokens[0]).status == 200
    done = stack.cli("erase", "--email", "-", slug, input=people[1])
    assert done.returncode == 0, done.stderr
    assert referred(stack, slug, "ada_1") == 0
    stack.expect_count(slug, 3)


def test_nobody_is_shown_what_is_older_than_two_seconds(stack):
    # max-age=1 and stale-while-revalidate=1, in all: also for who looks once and not again.
    put = stack.petition_json(confirmation="none")
    slug = stack.petition(**put)
    paths = [f"/p/{slug}", f"/embed/{slug}", f"{API}/{slug}/referrals/ada"]
    before, looked = [stack.get(path) for path in paths], int(time.time())
    stack.put({**put, "title": "Another title", "allowed_origins": ["https://partner.example"]})
    stack.signed(slug, referrer="ada")
    while time.time() < looked + 2.05:
        time.sleep(looked + 2.06 - time.time())
    after = [stack.get(path) for path in paths]
    assert b"Another title" in after[0].body and after[2].json()["count"] == 1, after
    assert "partner.example" in after[1].get("Content-Security-Policy") and "partner.example" not in before[1].get("Content-Security-Policy")
    assert before[2].json()["count"] == 0 and not any(answer.get("X-Accel-Expires") for answer in before)


@each([(path, (path, status)) for path, status in (("a b", 400), ("a%20b", 404), ("a" * 65, 404), ("a/b", 404), ("", 404), ("a?x=1", 400))])
def test_no_other_referrer_is_looked_for(stack, case):
    path, status = case
    assert stack.get(f"{API}/demo/referrals/{path}").status == status


def test_referrals_follow_the_petitions_state(stack):
    slug = stack.petition(state="draft")
    assert stack.get(f"{API}/{slug}/referrals/x").status == 404
    assert stack.http("POST", f"{API}/demo/referrals/x", {}).status == 405
    assert stack.get(f"{API}/nothing/referrals/x").code() == "not_found"
