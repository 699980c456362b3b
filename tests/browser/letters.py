"""The letter to the list of the demo as a browser shows it, which is no mail program but lays out as most do."""
import base64
import contextlib
import glob
import json
import os
import tempfile

from cli import cli
from states import media, opened
from stack import TOP

WIDTHS = (360, 640)
SCHEMES = ("light", "dark")


# What else a letter may hold.
MORE = """
# A [heading](https://line-nine.example/)

> What *somebody* [said](https://line-nine.example/said)

## Another

1. `code-that-nobody-can-break-where-a-line-ends-because-it-is-one-word-as-long-as-a-line`
2. https://line-nine.example/a/long/address/that/is/one/word/as/well/and/longer/than/a/line

***

    set in columns, and a word-that-is-longer-than-a-line-of-a-telephone-and-has-to-be-broken
"""


def made(page, slug=None, **head):
    """HTML of a new letter, as `letter preview` makes it."""
    with open(os.path.join(TOP, "deploy/dev/demo.letter"), encoding="utf-8") as file:
        words, _, letter = file.read().partition("\n\n")
    words = {**json.loads(words), "name": page.stack.unique("letter"), "petition": slug or opened(page), **head}
    cli(page.stack, "letter", "put", "-", input=f"{json.dumps(words)}\n\n{letter}{MORE}")
    with tempfile.TemporaryDirectory() as folder:
        cli(page.stack, "letter", "preview", words["name"], "--language", words["language"], "--given-name", "Ada", "--out", folder)
        (path,) = glob.glob(f"{folder}/*.html")
        with open(path, encoding="utf-8") as file:
            return file.read()


def show(page, html):
    page.driver.get("data:text/html;charset=utf-8;base64," + base64.b64encode(html.encode()).decode())


@contextlib.contextmanager
def without_images(page):
    page.driver.execute_cdp_cmd("Network.enable", {})
    page.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["http*"]})
    try:
        yield
    finally:
        page.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})


def looks(page):
    """Each look once: (width, scheme), and the page is in it."""
    for width in WIDTHS:
        page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500})
        for scheme in SCHEMES:
            with media(page, prefers_color_scheme=scheme):
                yield width, scheme
    page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def picture(page):
    return base64.b64decode(page.driver.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True})["data"])


# What sticks out, words that are hard to read (WCAG 2: 4.5 to 1), buttons that are none.
FAULTS = r"""
const faults = [], width = arguments[0]; // a telephone lays out wider what is too wide
const channel = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
const ground = (one) => {
  const colour = numbers(getComputedStyle(one).backgroundColor);
  return colour[3] === 0 && one.parentElement ? ground(one.parentElement) : colour;
};
if (document.documentElement.scrollWidth > width) faults.push(`${document.documentElement.scrollWidth} pixels wide`);
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
let seen = 0;
while (walker.nextNode()) {
  const one = walker.currentNode.parentElement, words = walker.currentNode.data.trim();
  if (!words || !one.checkVisibility({ opacityProperty: true })) continue;
  seen += 1;
  const [a, b] = [numbers(getComputedStyle(one).color), ground(one)].map(light).sort((x, y) => y - x);
  if ((a + 0.05) / (b + 0.05) < 4.5) faults.push(`${words.slice(0, 40)}: ${((a + 0.05) / (b + 0.05)).toFixed(2)} to 1`);
  if (one.getBoundingClientRect().right > width) faults.push(`${words.slice(0, 40)}: sticks out`);
}
if (seen < 15) faults.push(`only ${seen} texts are seen`);
const buttons = [...document.querySelectorAll("a")].filter((a) => getComputedStyle(a).display === "inline-block");
if (buttons.length !== 2) faults.push(`${buttons.length} buttons`);
for (const button of buttons) {
  const box = button.getBoundingClientRect();
  if (box.height < 44 || box.width < 44 || box.left < 0 || box.right > width) faults.push(`button ${JSON.stringify(box)}`);
}
return faults;
"""


def faults(page, width):
    return page.driver.execute_script(FAULTS, width)
