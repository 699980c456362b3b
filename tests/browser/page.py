"""A tab on a stack: opening, typing, waiting, and what a quiet page means."""
import json
import time

from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

# Chromium says these of answers that a test provokes.
EXPECTED = ("status of 4", "status of 5", "ERR_INTERNET_DISCONNECTED")


class Page:
    def __init__(self, driver, stack):
        self.driver, self.stack = driver, stack
        self.origin = f"http://127.0.0.1:{stack.port}"
        self.others = []  # origins that are not ours, and may be asked
        self.expected = list(EXPECTED)
        for handle in driver.window_handles[1:]:  # what links of an earlier test have opened
            driver.switch_to.window(handle)
            driver.close()
        driver.switch_to.window(driver.window_handles[0])
        driver.get("about:blank")
        self.is_new = True
        driver.get_log("browser")
        self.requests()

    def open(self, path):
        # The same document with another fragment would not be loaded anew.
        if not self.is_new:
            self.driver.get("about:blank")
        self.is_new = False
        self.driver.get(self.origin + path)

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def find_all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector):
        return self.find(selector).text

    def wait(self, condition, what, seconds=15):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if condition():
                    return
            except Exception:  # not there yet
                pass
            time.sleep(0.2)  # each look costs the browser more than the page does
        raise AssertionError(f"{what}: not within {seconds} s")

    def open_petition(self, slug, query=""):
        self.open(f"/p/{slug}{query}")
        self.wait(lambda: self.find("#field-email").is_displayed(), "the form is there")

    def type(self, field, text):
        self.find(f"#field-{field}").send_keys(text)

    def choose(self, field, value):
        Select(self.find(f"#field-{field}")).select_by_value(value)

    def value(self, field):
        return self.find(f"#field-{field}").get_attribute("value")

    def submit(self):
        self.find("#submit").click()

    def number(self):
        return int(self.text("#count").replace(",", ""))

    def hide(self, hidden=True):
        """As if another tab were in front."""
        self.driver.execute_script(
            "Object.defineProperty(document, 'hidden', {value: arguments[0], configurable: true});"
            "Object.defineProperty(document, 'visibilityState', {value: arguments[0] ? 'hidden' : 'visible', configurable: true});"
            "document.dispatchEvent(new Event('visibilitychange'));",
            hidden,
        )

    def run(self, script, *arguments):
        """The value that the body of an async function returns."""
        done = self.driver.execute_async_script(
            "const args = [...arguments], done = args.pop();"
            f"(async () => {{ {script} }})().then((value) => done({{value}}), (error) => done({{error: error.stack}}));",
            *arguments,
        )
        assert "error" not in done, done["error"]
        return done.get("value")

    def posts(self):
        """What was posted since the last look."""
        return [url for method, url in self.requests() if method == "POST"]

    def fill(self, field, text):
        self.find(f"#field-{field}").clear()
        self.type(field, text)

    def set_offline(self, on):
        if hasattr(self.driver, "set_offline"):
            self.driver.set_offline(on)
            return
        self.driver.execute_cdp_cmd("Network.enable", {})
        conditions = {"offline": on, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        self.driver.execute_cdp_cmd("Network.emulateNetworkConditions", conditions)

    def set_header(self, header):
        """A header (name, value) of all requests from now on; None: none."""
        if hasattr(self.driver, "set_header"):
            self.driver.set_header(header)
            return
        self.driver.execute_cdp_cmd("Network.enable", {})
        self.driver.execute_cdp_cmd("Network.setExtraHTTPHeaders", {"headers": dict([header] if header else [])})

    def set_slow(self, latency_ms=0, bytes_a_second=-1):
        """As far away from the server, and by as narrow a line; without: as it is. False: Firefox knows nothing of narrow lines."""
        if hasattr(self.driver, "set_latency"):
            self.driver.set_latency(latency_ms)
            return False
        self.driver.execute_cdp_cmd("Network.enable", {})
        conditions = {"offline": False, "latency": latency_ms, "downloadThroughput": bytes_a_second, "uploadThroughput": bytes_a_second}
        self.driver.execute_cdp_cmd("Network.emulateNetworkConditions", conditions)
        return True

    def forget_files(self):
        """As on a first visit."""
        if hasattr(self.driver, "forget_files"):
            self.driver.forget_files()
        else:
            self.driver.execute_cdp_cmd("Network.clearBrowserCache", {})

    def set_still(self, on):
        """As who wants nothing to move."""
        if hasattr(self.driver, "set_still"):
            self.driver.set_still(on)
            return
        features = [{"name": "prefers-reduced-motion", "value": "reduce"}] if on else []
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def requests(self):
        """(method, URL) of what the page asked for since the last look."""
        if hasattr(self.driver, "requests"):
            return self.driver.requests()
        made = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                request = message["params"]["request"]
                made.append((request["method"], request["url"]))
        return made

    def check_quiet(self):
        for entry in self.driver.get_log("browser"):
            assert any(word in entry["message"] for word in self.expected), entry["message"]
        for _, url in self.requests():
            own = [self.origin, *self.others] + ([self.stack.mailbox] if self.stack.mailbox else [])
            assert url.startswith(("data:", "about:", "blob:", *(f"{origin}/" for origin in own))), f"asks another host: {url}"
        assert self.driver.get_cookies() == []
