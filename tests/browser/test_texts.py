"""The catalogues of nginx/site/lang/: none missing, none left over, every plural form of the language."""
import contextlib
import json
import os
import re
import shutil
import signal

import html5lib
from client import wait_until
from stack import TOP, WORKERS

SITE = os.path.join(TOP, "nginx/site")
NAMESPACE = "{http://www.w3.org/1999/xhtml}"
# Keys that scripts put together, with the place of the names that they put in.
MADE = {
    "field.": ("src/core/form_field.c", r'"([a-z_]+)"'),
    "error.": ("src/core/problem.c", r'\[FIELD_[A-Z_]+\] = \{"([a-z_]+)"'),
    "standing.": ("sql/migrations/0014_own.sql", r"'([a-z_]+)'"),
    "erasure.": ("src/core/petition_file.c", r'"([a-z_]+)"'),
    "given.": ("nginx/site/assets/me.js", r'"([a-z_]+)"'),
    "places.": ("nginx/site/assets/people.js", r'"([a-z_]+)"'),
    "dash.series_": ("nginx/site/dashboard.html", r'value="([a-z]+)"'),
}


def read(path):
    with open(os.path.join(TOP, path), encoding="utf-8") as file:
        return file.read()


def catalogues():
    return {name[:-5]: json.loads(read(f"nginx/site/lang/{name}")) for name in sorted(os.listdir(f"{SITE}/lang")) if name.endswith(".json")}


def sources(*ends):
    for folder in (SITE, f"{SITE}/assets"):
        for name in sorted(os.listdir(folder)):
            if name.endswith(ends) and not (folder == SITE and name.endswith(".js") and os.path.exists(f"{SITE}/assets/{name}")):
                yield name, read(os.path.join(folder, name))


def everything():
    """All that says something: scripts, pages, and what the worker says before any script runs."""
    return "\n".join([source for _, source in sources(".js", ".html")] + [read("src/serve/pages/petition.html"), read("src/core/page_open.c")])


def names_in(value):
    forms = value.values() if isinstance(value, dict) else [value]
    return set(re.findall(r"\{(\w+)\}", " ".join(forms)))


def test_no_text_is_missing_or_left_over(_):
    english = catalogues()["en"]
    for language, texts in catalogues().items():
        if texts.get("$partial"):
            continue
        assert list(texts) == list(english), (language, set(texts) ^ set(english))
        for key, value in texts.items():
            assert isinstance(value, dict) == isinstance(english[key], dict), (language, key)
            assert names_in(value) == names_in(english[key]), (language, key)
            assert all(form.strip() == form and form for form in (value.values() if isinstance(value, dict) else [value])), (language, key)


def test_every_text_is_used_and_every_one_that_is_used_is_there(_):
    english, text = catalogues()["en"], everything()
    said = set(re.findall(r'\b(?:say|plain|parts|speak)\(\s*"([^"]+)"', text)) | set(re.findall(r'data-(?:text|label)="([^"]+)"', text))
    assert said <= set(english), said - set(english)
    used = said | {literal for literal in re.findall(r'["`]([a-z0-9_.]+)["`]', text) if literal in english}
    used |= {f"error.{code}" for code in re.findall(r'code: "([a-z_]+)"', text)}
    for prefix, (path, pattern) in MADE.items():
        used |= {prefix + name for name in re.findall(pattern, read(path))}
    left = set(english) - used
    assert not left, sorted(left)


def test_every_plural_form_of_the_language_is_there_and_no_other(page):
    page.open("/nothing")
    forms = page.run("return Object.fromEntries(args[0].map((code) => [code, new Intl.PluralRules(code).resolvedOptions().pluralCategories]));",
                     list(catalogues()))  # fmt: skip
    for language, texts in catalogues().items():
        for key, value in texts.items():
            if isinstance(value, dict):
                assert set(value) == set(forms[language]), (language, key, forms[language])


def test_the_first_answer_says_numbers_as_the_scripts_do(page):
    """The worker's rules and marks, and the browser's."""
    cases = re.findall(r'\{"([\w-]+)", (\d+), NUMERAL_(\w+)\}', read("tests/unit/test_numeral.c"))
    shipped = catalogues()
    page.open("/nothing")
    forms, firsts = page.run("""return [args[0].map(([language, n]) => new Intl.PluralRules(language).select(Number(n))),
        args[1].map((language) => [1000, 10000].map((n) => new Intl.NumberFormat(language).format(n)).find((text) => /[^0-9]/.test(text)))];""",
                             [case for case in cases if case[0] in shipped], list(shipped))  # fmt: skip
    assert forms == [form.lower() for language, _, form in cases if language in shipped] and len(forms) > 20
    assert firsts == [texts["page.thousand"] for texts in shipped.values()], firsts


def test_pages_say_in_english_what_the_catalogue_says(_):
    english = catalogues()["en"]
    for name, source in sources(".html"):
        for element in html5lib.parse(source).iter():
            key = element.get("data-text")
            if key:
                value = english[key]["other"] if isinstance(english[key], dict) else english[key]
                assert "".join(element.itertext()) == value, (name, key)


def test_pages_speak_the_readers_language_and_english_to_others(page):
    for query, language, direction, title in (("?lang=de", "de", "ltr", "Offene Petitionen"), ("?lang=ar", "ar", "rtl", "العرائض المفتوحة"),
                                              ("?lang=xx", "en", "ltr", "Open petitions"), ("?lang=../x", "en", "ltr", "Open petitions")):  # fmt: skip
        page.open(f"/{query}")
        page.wait(lambda t=title: page.text("h1") == t and page.driver.title == t, f"{query} is understood")
        assert [page.find("html").get_attribute(name)[:3].rstrip("-") for name in ("lang", "dir")] == [language, direction]
    for path in ("/c", "/me", "/not-me"):
        page.open(f"{path}?lang=ar#{'x' * 46}")
        page.wait(lambda: page.find("html").get_attribute("dir") == "rtl", f"{path}, whose link carries a secret, speaks it too")
        assert page.driver.current_url == f"{page.origin}{path}?lang=ar"


def test_numbers_choose_their_words_and_names_keep_their_direction(page):
    page.open("/nothing")
    said = page.run("""const { load } = await import("/assets/i18n.js"); const out = {};
        for (const code of ["en", "de", "ar", "he", "fr"]) {
          const texts = await load([code]);
          out[code] = [0, 1, 2, 3, 11, 100].map((n) => texts.plain("number.said", { n }));
        }
        const texts = await load(["zz", "en"]);
        out.name = texts.say("error.line", { field: "עברית", fault: "x" });
        out.missing = texts.say("no.such.key");
        const arabic = await load(["ar"]);
        out.marks = arabic.plain("error.line", { field: "x", fault: arabic.say("error.invalid_email") });
        return out;""")
    assert said["en"][:3] == ["0 people have signed.", "1 person has signed.", "2 people have signed."]
    assert said["fr"][0] == "0 personne a signé." and said["de"][1] == "1 Mensch hat unterschrieben."
    assert len(set(said["ar"])) == 6 and said["he"][2] == "שני אנשים חתמו."
    assert said["name"] == "\u2068עברית\u2069: \u2068x\u2069" and said["missing"] == "no.such.key"
    assert [said["marks"].count(mark) for mark in "\u2066\u2068\u2069"] == [1, 0, 1], "a text's own marks are left in pairs"


def test_words_that_do_not_come_are_asked_for_again(page):
    page.open("/nothing")
    said = page.run("""
        const { load } = await import("/assets/i18n.js"); let asked = 0;
        window.fetch = ((real) => (...all) => (++asked === 1 ? Promise.resolve(new Response('{"own": "cut')) : real(...all)))(fetch);
        const texts = await load(["de"]);
        return [asked, texts.language, texts.say("sign.button")];""")
    assert said == [2, "de", "Unterschreiben"], said


@contextlib.contextmanager
def with_catalogue(stack, name, texts):
    """The stack with this file among its catalogues."""
    site, pages = f"{stack.run}/site", f"{stack.run}/pages"
    shutil.copytree(SITE, site)
    shutil.copytree(os.path.join(TOP, "src/serve/pages"), pages, ignore=shutil.ignore_patterns("lang"))
    os.symlink(f"{site}/lang", f"{pages}/lang")
    with open(f"{site}/lang/{name}", "w", encoding="utf-8") as file:
        json.dump(texts, file)
    changes = {f"{stack.run}/nginx/countersign/host/server.conf": ("^root .*", f'root "{site}";'),
               f"{stack.run}/countersign.conf": ("^pages_folder.*", f"pages_folder = {pages}")}  # fmt: skip
    before = {path: read(path) for path in changes}

    def write(files):
        for path, text in files.items():
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        for service in ("nginx", *(f"countersignd.{number}" for number in WORKERS)):
            os.kill(stack.pid(service), signal.SIGHUP)

    try:
        write({path: re.sub(*changes[path], text, flags=re.M) for path, text in before.items()})
        yield
    finally:
        write(before)
        wait_until(lambda: name not in stack.get("/lang/").body.decode(), 10, "nginx serves the old folder")
        shutil.rmtree(site)
        shutil.rmtree(pages)


def test_a_new_language_is_one_file(page):
    """Esperanto, begun: page, form, dashboard and the list of languages have it, and English stands in for the rest."""
    texts = {"$partial": True, "page.by": "Tiun leteron skribis", "sign.link": "Subskribu", "sign.button": "Sendu", "dash.title": "Panelo",
             "number.signed": {"one": "homo", "other": "homoj"}}  # fmt: skip
    with with_catalogue(page.stack, "eo.json", texts):
        slug = page.stack.petition(confirmation="none", language="eo", title="Titolo", organization={"name": "Najbaroj"})
        words = lambda number: "Tiun leteron skribis" in page.stack.worker_get(f"/p/{slug}", number).body.decode()  # noqa: E731
        page.wait(lambda: all(map(words, WORKERS)), "the workers have read it")
        page.wait(lambda: "eo.json" in page.stack.get("/lang/").body.decode(), "nginx serves it")
        page.open_petition(slug)
        assert page.text(".side .button") == "Subskribu" and page.text("#submit") == "Sendu"
        page.wait(lambda: page.text("#number-name") == "homoj", "plural forms are its own")
        assert "E-mail address" in page.text("#form") and page.find("html").get_attribute("lang") == "eo"
        page.open("/dashboard?lang=eo")
        page.wait(lambda: page.text("h1") == page.driver.title == "Panelo" and page.text("#csv") == "CSV", "the dashboard speaks it")
        page.open(f"/embed/{slug}?lang=eo")
        page.wait(lambda: page.text("form[lang=eo] button[type=submit]") == "Sendu", "so does the widget, whose words nobody has cut out yet")
        page.open(f"/embed?petition={slug}")
        page.wait(lambda: page.text("#language option[value=eo]") == "Esperanto", "the page that makes snippets offers it")


def test_french_marks_stay_with_their_word(_):
    text = read("nginx/site/lang/fr.json")
    assert not re.findall(r"\w [:;?!]", text) and not re.findall(r"\w'\w", text)


def test_right_to_left_texts_use_their_own_marks(_):
    for key, value in catalogues()["ar"].items():
        for form in value.values() if isinstance(value, dict) else [value]:
            assert not re.search(r"[\u0600-\u06ff] ?[,;?]", form), (key, form)
