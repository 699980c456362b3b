"""Each state of the pages, as somebody comes into it: for the tests that look at all of them, and for pictures.

A state is a context: while it lasts, the page is in it."""
import base64
import contextlib
import json
import os
import signal

from cli import cli
from client import wait_until
from host import host_of, with_widget
from stack import API, TOP
from test_mailings import put, send, subscribe

STATES = {}


def state(make):
    STATES[make.__name__] = contextlib.contextmanager(make)
    return make


def demo(page, **changes):
    with open(os.path.join(TOP, "deploy/dev/demo.json"), encoding="utf-8") as file:
        petition = json.load(file)
    petition.update(slug=page.stack.unique("demo"), comments="shown", disclosure_threshold=1, **changes)
    return petition


def opened(page, **changes):
    return page.stack.petition(**demo(page, **changes))


def signed(page, slug, count=1, **more):
    for _ in range(count):
        assert page.stack.sign(slug, given_name="Ada", family_name="Byron", **more).status == 202


def fill(page, **more):
    person = {"email": page.stack.address(), "given_name": "Ada", "family_name": f"Byron {page.stack.mark}"}
    person.update(more)
    for field, text in person.items():
        page.type(field, text)
    return person


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return set(file.read().split())


@contextlib.contextmanager
def no_worker(page):
    """nginx finds nobody behind it, and forgets the connections that it has."""
    folder = os.path.realpath(os.path.join(page.stack.run, "sockets"))
    paths = [os.path.join(folder, f"countersignd.{number}.sock") for number in (1, 2)]
    for path in paths:
        os.rename(path, path + ".away")
    nginx = page.stack.pid("nginx")
    before = children(nginx)  # one of these may answer 503, too, before the reload, while another still has a connection
    try:
        os.kill(nginx, signal.SIGHUP)
        wait_until(lambda: not before & children(nginx), 20, "no connection of before is left")
        wait_until(lambda: page.stack.http("GET", f"{API}?page=1").status == 503, 10, "nobody answers")
        yield
    finally:
        for path in paths:
            os.rename(path + ".away", path)


@contextlib.contextmanager
def offline(page):
    page.set_offline(True)
    try:
        yield
    finally:
        page.set_offline(False)


@contextlib.contextmanager
def media(page, kind="", **features):
    """As who prints sees it, or who has set prefers_color_scheme and the like."""
    given = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": kind, "features": given})
    try:
        yield
    finally:
        page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})


@contextlib.contextmanager
def no_scripts(page):
    page.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        yield
    finally:
        page.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def show(page, selector):
    page.wait(lambda: page.find(selector).is_displayed(), f"{selector} is shown")
    page.driver.execute_script("document.querySelector(arguments[0]).scrollIntoView()", selector)


@state
def letter(page):
    slug = opened(page)
    signed(page, slug, 3)
    page.open_petition(slug)
    page.wait(lambda: page.number() == 3, "the number is there")
    page.driver.execute_script("scrollTo(0, 0)")
    yield


@state
def empty(page):
    page.open_petition(opened(page))
    show(page, "#sign")
    page.wait(lambda: page.find_all("#field-subscribe"), "the box for news is there")
    yield


@state
def few(page):
    """Below what the organiser wants to show."""
    slug = opened(page, count_minimum=100)
    signed(page, slug, 3)
    page.open_petition(slug)
    page.wait(lambda: page.find("#few").is_displayed(), "that there are few is said")
    assert not page.find("#number").is_displayed()
    page.driver.execute_script("scrollTo(0, 0)")
    yield


@state
def errors(page):
    page.open_petition(opened(page))
    page.type("email", "ada@gmial.com")
    page.find("#field-given_name").click()
    page.wait(lambda: page.text("#suggest-email"), "another address is proposed")
    page.type("given_name", "https://x.example")
    page.submit()
    page.wait(lambda: page.text("#summary"), "the errors are told")
    page.type("family_name", "Byron")
    page.submit()
    page.wait(lambda: "web address" in page.text("#summary"), "the server's errors are told")
    show(page, "#sign")
    yield


@state
def waiting(page):
    page.open_petition(opened(page))
    fill(page)
    with no_worker(page):
        page.submit()
        page.wait(lambda: page.text("#waiting"), "it waits")
        show(page, "#fields")
        yield


@state
def without_network(page):
    page.open_petition(opened(page))
    fill(page)
    with offline(page):
        page.submit()
        page.wait(lambda: page.text("#waiting"), "it waits")
        show(page, "#waiting")
        yield


@state
def changed(page):
    petition = demo(page)
    slug = page.stack.put(petition)
    page.stack.move(slug, "open")
    page.open_petition(slug)
    fill(page)
    petition["asks"][1] = "Publish the passenger counts of the last five years, by line and by hour."
    petition["title"] = "Keep all night buses running"
    page.stack.put(petition)
    page.submit()
    show(page, "#changed")
    yield


@state
def sent(page):
    page.open_petition(opened(page, confirmation="email"))
    fill(page)
    page.submit()
    page.wait(lambda: page.find_all("#share a"), "it can be shared")
    show(page, "#thanks")
    yield


@state
def counted(page):
    page.open_petition(opened(page))
    fill(page)
    page.submit()
    page.wait(lambda: page.find_all("#share a"), "it can be shared")
    show(page, "#thanks")
    yield


@state
def people(page):
    slug = opened(page)
    for country, count in {"ES": 5, "FR": 3, "US": 1}.items():
        signed(page, slug, count, country=country)
    signed(page, slug, show_name=True, locality="Sevilla", comment="My bus home.\nEvery night.")
    signed(page, slug, show_name=True, locality="תל אביב", comment="<b>כל</b> לילה")
    page.open_petition(slug)
    page.wait(lambda: page.number() == 11, "the number is there")
    page.driver.execute_script("scrollTo(0, document.body.scrollHeight)")
    page.wait(lambda: page.find_all("#people blockquote"), "people are there")
    show(page, "#people")
    yield


@state
def closed(page):
    slug = opened(page)
    signed(page, slug)
    page.stack.move(slug, "closed")
    page.open(f"/p/{slug}")
    page.wait(lambda: page.number() == 1 and page.text("#state"), "it is said that it is closed")
    yield


@state
def right_to_left(page):
    title, letter = "لتبقَ الحافلات الليلية", "في الواحدة وعشر دقائق ليلًا يغادر الخط 9 المستشفى.\n\nنطلب أن يبقى."
    slug = opened(page, language="ar", title=title, letter=letter, asks=["أبقوا الخطوط السبعة.", "انشروا الأعداد."], addressee="مجلس المدينة",
                  salutation="السادة أعضاء المجلس،", tags=["النقل"], translations={})  # fmt: skip
    signed(page, slug, 2)
    page.open_petition(slug)
    page.wait(lambda: page.number() == 2, "the number is there")
    page.type("email", "x")
    page.submit()
    page.wait(lambda: page.text("#summary"), "the errors are told")
    yield


def errors_told(page):
    page.open_petition(opened(page))
    page.submit()
    page.wait(lambda: page.text("#summary"), "the errors are told")
    show(page, "#sign")


@state
def dark(page):
    with media(page, prefers_color_scheme="dark"):
        errors_told(page)
        yield


@state
def index(page):
    opened(page)
    page.open("/")
    page.wait(lambda: page.find_all("#petitions a"), "the list is there")
    yield


def letter_of(page):
    slug = opened(page, confirmation="email")
    address = page.stack.signed(slug, family_name="Byron", comment="My bus home.", country="ES")
    return page.stack.letters(slug, address)[-1]


@state
def confirm(page):
    page.open(f"/c#{letter_of(page)['token']}")
    page.wait(lambda: page.find("#confirm").is_enabled(), "the button is there")
    yield


@state
def confirmed(page):
    held = letter_of(page)
    page.open(f"/c#{held['token']}{held['own_key']}")
    page.wait(lambda: page.find("#confirm").is_enabled(), "the button is there")
    page.find("#confirm").click()
    page.wait(lambda: page.find_all("#share a"), "it can be shared")
    yield


@state
def me(page):
    held = letter_of(page)
    page.open(f"/me#{held['token']}{held['own_key']}")
    page.wait(lambda: page.find("#correct").is_displayed(), "what is held is shown")
    yield


@state
def me_ask(page):
    opened(page)
    page.open("/me")
    page.wait(lambda: page.find("#ask").is_displayed(), "the form is there")
    yield


@state
def not_me(page):
    page.open(f"/not-me#{letter_of(page)['token']}")
    page.wait(lambda: page.find("#disavow").is_enabled(), "the button is there")
    yield


@state
def unsubscribe(page):
    page.open("/u/x")
    page.wait(lambda: page.find("#unsubscribe").is_displayed(), "the button is there")
    yield


def reader_of_list(page):
    """The link in somebody's letter to the list, and their mailbox."""
    stack = page.stack
    subscribe(stack, "GL", 1)
    put(stack, slug := opened(page), name=slug)
    send(stack, slug, "GL", "--at", "2126-01-01 09:00 UTC")
    cli(stack, "letter", "cancel", slug)
    mailing = stack.value("SELECT id FROM countersign.mailing WHERE name = %s", slug)
    mailbox = bytes(stack.value("SELECT mailbox FROM countersign.subscriber WHERE state = 'on' ORDER BY on_at DESC LIMIT 1"))
    return "/u/" + base64.urlsafe_b64encode(mailing.to_bytes(2, "big") + mailbox).decode(), mailbox


@state
def settings(page):
    page.open(reader_of_list(page)[0])
    page.wait(lambda: page.find("#news-form").is_displayed(), "what can be chosen is shown")
    yield


@state
def nothing_here(page):
    page.open("/nothing")
    page.wait(lambda: page.text("h1"), "it is said")
    yield


@state
def without_scripts(page):
    slug = opened(page)
    with no_scripts(page):
        page.open(f"/p/{slug}")
        page.wait(lambda: page.find("noscript p").is_displayed(), "what is missing is said")
        yield


@state
def printed(page):
    slug = opened(page)
    page.open_petition(slug)
    with media(page, "print"):
        page.wait(lambda: not page.find("#sign").is_displayed(), "paper has no form")
        yield


@state
def forced_colours(page):
    with media(page, forced_colors="active"):
        errors_told(page)
        yield


@state
def hebrew(page):
    slug = opened(page, language="he", title="להשאיר את אוטובוסי הלילה", letter="בשעה אחת ועשר בלילה קו 9 יוצא מבית החולים.", asks=["שבעת הקווים יישארו."],
                  addressee="מועצת העיר", salutation="חברי המועצה הנכבדים,", tags=["תחבורה"], confirmation="email", translations={})  # fmt: skip
    page.open_petition(slug)
    fill(page)
    page.submit()
    page.wait(lambda: page.find_all("#share a"), "it can be shared")
    show(page, "#thanks")
    yield


def busy(page):
    slug = opened(page, goals=[500])
    for country, count in {"ES": 5, "FR": 3, "US": 2, "DE": 1}.items():
        signed(page, slug, count, country=country)
    page.stack.expect_count(slug, 11)
    return slug


def show_dashboard(page, query=""):
    page.open(f"/dashboard?petition={busy(page)}{query}")
    page.wait(lambda: page.text("#count") == "11" and page.find_all("#places li") and page.find_all("#series svg"), "all of it is there")


@state
def dashboard(page):
    show_dashboard(page)
    page.find("#series summary").click()
    yield


@state
def dashboard_wall(page):
    show_dashboard(page, "&wall=1&theme=dark&range=all")
    yield


@state
def dashboard_of_all(page):
    busy(page)
    page.open("/dashboard")
    page.wait(lambda: page.find_all("#list tbody tr"), "the list is there")
    yield


@state
def dashboard_in_trouble(page):
    show_dashboard(page)
    with offline(page):
        page.wait(lambda: page.text("#state"), "it says that there is no answer")
        yield


@state
def snippet(page):
    page.open(f"/embed?petition={opened(page)}")
    page.wait(lambda: page.find_all("#preview countersign-petition form"), "it is shown live")
    yield


def show_widget(page):
    slug = opened(page, allowed_origins=[host_of(page).origin])
    address = with_widget(page, f'<countersign-petition petition="{slug}"></countersign-petition><countersign-count petition="{slug}"></countersign-count>')
    page.driver.get(address)
    page.wait(lambda: page.find("countersign-petition [name=email]").is_displayed(), "the form is there")


def type_in_widget(page, **fields):
    for name, text in fields.items():
        page.find(f"countersign-petition [name={name}]").send_keys(text)


@state
def widget(page):
    show_widget(page)
    yield


@state
def widget_errors(page):
    show_widget(page)
    type_in_widget(page, email="nobody")
    page.find("countersign-petition button[type=submit]").click()
    page.wait(lambda: page.text("countersign-petition .summary"), "the errors are told")
    yield


@state
def widget_sent(page):
    show_widget(page)
    type_in_widget(page, email=page.stack.address(), given_name="Ada", family_name=f"Byron {page.stack.mark}")
    page.find("countersign-petition button[type=submit]").click()
    script = "return document.querySelector('countersign-petition').shadowRoot.querySelector('.sharing a')"
    page.wait(lambda: page.driver.execute_script(script), "it can be shared")
    yield


@state
def frame(page):
    page.open(f"/embed/{opened(page)}")
    page.wait(lambda: page.find("countersign-petition [name=email]").is_displayed(), "the form is there")
    yield


@state
def frame_errors(page):
    page.open(f"/embed/{opened(page)}")
    page.wait(lambda: page.find("countersign-petition [name=email]").is_displayed(), "the form is there")
    page.find("countersign-petition button[type=submit]").click()
    page.wait(lambda: page.text("countersign-petition .summary"), "the errors are told")
    yield


@state
def away(page):
    """No worker is there, and nobody has seen this page yet."""
    with no_worker(page):
        page.open(f"/p/{page.stack.unique('unseen')}?lang=ar")
        page.wait(lambda: page.find("html").get_attribute("dir") == "rtl", "it is said in the reader's language")
        yield
