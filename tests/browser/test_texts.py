"""The catalogues of nginx/site/lang/: none missing, none left over, every plural form of the language."""
import json
import os
import re

import html5lib
from stack import TOP

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
    """All that says something: scripts, pages, and the page that the worker makes."""
    return "\n".join([source for _, source in sources(".js", ".html")] + [read("src/serve/pages/petition.html")])


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


# What the worker says before any script runs (NAME in words/LANGUAGE.txt) and scripts say again.
SAID_TWICE = {"sign_title": "sign.link", "sign": "sign.button", "privacy": "data.privacy", "own": "own", "closed": "closed", "all": "404.all",
              "goal": "number.goal"}  # fmt: skip


def test_worker_and_scripts_say_the_same_in_the_same_words(_):
    found = catalogues()
    for name in os.listdir(os.path.join(TOP, "src/serve/pages/words")):
        lines = [line.partition(" = ") for line in read(f"src/serve/pages/words/{name}").splitlines() if not line.startswith("#")]
        words, texts = {key: value for key, _, value in lines}, found[name[:-4]]
        for key, value in words.items():
            assert value == texts[SAID_TWICE[key]].replace("{goal}", "{n}") if key in SAID_TWICE else True, (name, key)
        both = {key for key, value in words.items() if value in texts.values() and len(value) > 12}
        assert name != "en.txt" or both <= set(SAID_TWICE), f"said twice too: {both - set(SAID_TWICE)}"


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
        return out;""")
    assert said["en"][:3] == ["0 people have signed.", "1 person has signed.", "2 people have signed."]
    assert said["fr"][0] == "0 personne a signé." and said["de"][1] == "1 Mensch hat unterschrieben."
    assert len(set(said["ar"])) == 6 and said["he"][2] == "שני אנשים חתמו."
    assert said["name"] == "\u2068עברית\u2069: \u2068x\u2069" and said["missing"] == "no.such.key"


def test_a_new_language_is_one_file(page):
    page.open("/nothing")
    said = page.run("""
        const { load } = await import("/assets/i18n.js"), file = { "$partial": true, "index.title": "Malfermitaj petskriboj", "number.said": { one: "{n} homo", other: "{n} homoj" } };
        globalThis.fetch = ((real) => (url, options) => (String(url).endsWith("/lang/eo.json") ? Promise.resolve(new Response(JSON.stringify(file))) : real(url, options)))(fetch);
        const texts = await load(["eo", "en"]);
        return [texts.language, texts.say("index.title"), texts.say("number.said", { n: 2 }), texts.say("404.title")];""")
    assert said == ["eo", "Malfermitaj petskriboj", "2 homoj", "There is nothing here"], said


def test_french_marks_stay_with_their_word(_):
    for path in ("nginx/site/lang/fr.json", "nginx/site/lang/desk/fr.json", "src/serve/pages/words/fr.txt"):
        text = read(path)
        assert not re.findall(r"\w [:;?!]", text) and not re.findall(r"\w'\w", text), path


def test_right_to_left_texts_use_their_own_marks(_):
    for key, value in catalogues()["ar"].items():
        for form in value.values() if isinstance(value, dict) else [value]:
            assert not re.search(r"[\u0600-\u06ff] ?[,;?]", form), (key, form)
