"""Debian's Firefox as a driver of selenium's, without geckodriver, which Debian has not: the same commands go to the
browser's own port (Marionette: JSON behind its length, over TCP). What Chromium tells and does by its own protocol
(the log, the requests, being offline, a header) is done here by scripts in the browser's own window."""
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time

from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.options import ArgOptions
from selenium.webdriver.remote.command import Command
from selenium.webdriver.remote.webdriver import WebDriver

PREFERENCES = {
    "app.normandy.enabled": False, "app.update.enabled": False, "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0, "browser.startup.homepage_override.mstone": "ignore", "datareporting.policy.dataSubmissionEnabled": False,
    "dom.disable_open_during_load": False, "extensions.update.enabled": False, "intl.accept_languages": "en", "marionette.port": 0,
    "network.captive-portal-service.enabled": False, "network.connectivity-service.enabled": False, "network.dns.disablePrefetch": True,
    "toolkit.telemetry.reportingpolicy.firstRun": False, "browser.safebrowsing.downloads.remote.enabled": False, "signon.rememberSignons": False,
    "network.proxy.type": 0, "services.settings.server": "data:,", "browser.aboutwelcome.enabled": False, "network.manage-offline-status": False,
}  # fmt: skip

NAMES = {
    Command.NEW_SESSION: "WebDriver:NewSession", Command.QUIT: "Marionette:Quit", Command.GET: "WebDriver:Navigate",
    Command.GET_TITLE: "WebDriver:GetTitle", Command.REFRESH: "WebDriver:Refresh", Command.GO_BACK: "WebDriver:Back",
    Command.GO_FORWARD: "WebDriver:Forward", Command.GET_CURRENT_URL: "WebDriver:GetCurrentURL", Command.FIND_ELEMENT: "WebDriver:FindElement",
    Command.FIND_ELEMENTS: "WebDriver:FindElements", Command.FIND_CHILD_ELEMENT: "WebDriver:FindElement", Command.FIND_CHILD_ELEMENTS: "WebDriver:FindElements",
    Command.CLICK_ELEMENT: "WebDriver:ElementClick", Command.CLEAR_ELEMENT: "WebDriver:ElementClear", Command.SEND_KEYS_TO_ELEMENT: "WebDriver:ElementSendKeys",
    Command.GET_ELEMENT_TEXT: "WebDriver:GetElementText", Command.GET_ELEMENT_TAG_NAME: "WebDriver:GetElementTagName",
    Command.IS_ELEMENT_SELECTED: "WebDriver:IsElementSelected", Command.IS_ELEMENT_ENABLED: "WebDriver:IsElementEnabled",
    Command.W3C_EXECUTE_SCRIPT: "WebDriver:ExecuteScript", Command.W3C_EXECUTE_SCRIPT_ASYNC: "WebDriver:ExecuteAsyncScript",
    Command.W3C_GET_ACTIVE_ELEMENT: "WebDriver:GetActiveElement", Command.W3C_GET_WINDOW_HANDLES: "WebDriver:GetWindowHandles",
    Command.W3C_GET_CURRENT_WINDOW_HANDLE: "WebDriver:GetWindowHandle", Command.SWITCH_TO_WINDOW: "WebDriver:SwitchToWindow",
    Command.SWITCH_TO_FRAME: "WebDriver:SwitchToFrame", Command.CLOSE: "WebDriver:CloseWindow", Command.NEW_WINDOW: "WebDriver:NewWindow",
    Command.GET_ALL_COOKIES: "WebDriver:GetCookies", Command.SCREENSHOT: "WebDriver:TakeScreenshot", Command.SET_WINDOW_RECT: "WebDriver:SetWindowRect",
    Command.GET_ELEMENT_VALUE_OF_CSS_PROPERTY: "WebDriver:GetElementCSSValue", Command.GET_ELEMENT_ATTRIBUTE: "WebDriver:GetElementAttribute", Command.GET_ELEMENT_PROPERTY: "WebDriver:GetElementProperty", Command.SET_TIMEOUTS: "WebDriver:SetTimeouts", "setContext": "Marionette:SetContext",
}  # fmt: skip

# In the browser's own global, whichever window is in front: what every tab asks for, and a header for all that it does.
STATE = "Cu.getGlobalForObject(Services).countersign"
WATCH = """
const own = (Cu.getGlobalForObject(Services).countersign = { asked: [], header: null, latency_ms: 0, timers: new Set() });
Services.obs.addObserver({ observe(subject) {
    const channel = subject.QueryInterface(Ci.nsIHttpChannel);
    if (!channel.loadInfo?.browsingContext?.isContent) return; // the browser's own errands
    // Its own host it reaches offline too.
    if (Services.io.offline) return channel.cancel(Cr.NS_ERROR_OFFLINE);
    if (own.header) channel.setRequestHeader(own.header[0], own.header[1], false);
    if (own.latency_ms) {
        channel.suspend();
        const timer = Cc["@mozilla.org/timer;1"].createInstance(Ci.nsITimer);
        timer.initWithCallback({ notify() { own.timers.delete(timer); channel.resume(); } }, own.latency_ms, timer.TYPE_ONE_SHOT);
        own.timers.add(timer);
    }
    own.asked.push([channel.requestMethod, channel.URI.spec]);
} }, "http-on-modify-request");
"""
LOGGED = """
const found = Services.console.getMessageArray().filter((one) => one instanceof Ci.nsIScriptError)
    .filter((one) => !(one.flags & Ci.nsIScriptError.warningFlag) && /^(https?|data|blob|about):/.test(one.sourceName || "about:"))
    .filter((one) => /content|CSP|Content/.test(one.category)).map((one) => `${one.category}: ${one.errorMessage} ${one.sourceName}`);
Services.console.reset();
return found;
"""


class Wire:
    """What selenium calls an executor of commands."""

    keep_alive = True

    def __init__(self, port):
        self.socket, self.buffer, self.number = socket.create_connection(("127.0.0.1", port), 60), b"", 0
        self.socket.settimeout(120)
        self.receive()

    def receive(self):
        while b":" not in self.buffer:
            self.take()
        length, self.buffer = self.buffer.split(b":", 1)
        while len(self.buffer) < int(length):
            self.take()
        value, self.buffer = json.loads(self.buffer[: int(length)]), self.buffer[int(length) :]
        return value

    def take(self):
        data = self.socket.recv(1 << 16)
        if not data:
            raise WebDriverException("Firefox went away")
        self.buffer += data

    def execute(self, command, params):
        params = {key: value for key, value in (params or {}).items() if key != "sessionId"}
        if command == Command.NEW_SESSION:
            params = {"capabilities": {"alwaysMatch": {}}}
        if command in (Command.FIND_CHILD_ELEMENT, Command.FIND_CHILD_ELEMENTS):
            params["element"] = params.pop("id")
        self.number += 1
        body = json.dumps([0, self.number, NAMES[command], params]).encode()
        self.socket.sendall(b"%d:%s" % (len(body), body))
        _, _, error, result = self.receive()
        if error:
            raise WebDriverException(f"{error['error']}: {error['message']}")
        if isinstance(result, dict) and "value" in result:
            return result
        return {"value": result}

    def close(self):
        self.socket.close()


class Firefox(WebDriver):
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="countersign-firefox-")
        with open(f"{self.folder}/user.js", "w", encoding="utf-8") as file:
            file.writelines(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items())
        command = ["firefox-esr", "--headless", "--marionette", "--remote-allow-system-access", "--no-remote", "--profile", self.folder, "--width=412", "--height=915", "about:blank"]
        environment = {**os.environ, "HOME": self.folder, "MOZ_CRASHREPORTER_DISABLE": "1"}
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            super().__init__(command_executor=Wire(self.port()), options=ArgOptions())
            self.within(WATCH)
        except Exception:
            self.end()
            raise

    def port(self):
        path, end = f"{self.folder}/MarionetteActivePort", time.monotonic() + 90
        while time.monotonic() < end and self.process.poll() is None:
            if os.path.exists(path) and (text := open(path, encoding="ascii").read().strip()):
                return int(text)
            time.sleep(0.05)
        raise RuntimeError("Firefox does not open its port")

    def within(self, script, *arguments):
        """The value of a script in the browser's own window."""
        self.execute("setContext", {"value": "chrome"})
        try:
            return self.execute(Command.W3C_EXECUTE_SCRIPT, {"script": script, "args": list(arguments)})["value"]
        finally:
            self.execute("setContext", {"value": "content"})

    def get_log(self, _):
        return [{"message": text} for text in self.within(LOGGED)]

    def requests(self):
        return [tuple(one) for one in self.within(f"return {STATE}.asked.splice(0)") if one[1].startswith("http")]

    def set_offline(self, on):
        self.within("Services.io.offline = arguments[0]", on)

    def set_header(self, header):
        self.within(f"{STATE}.header = arguments[0]", header)

    def set_latency(self, latency_ms):
        self.within(f"{STATE}.latency_ms = arguments[0]", latency_ms)

    def forget_files(self):
        self.within("Services.cache2.clear()")

    def set_still(self, on):
        self.within('Services.prefs.setIntPref("ui.prefersReducedMotion", arguments[0])', int(on))

    def quit(self):
        try:
            super().quit()
        except (WebDriverException, OSError):
            pass
        finally:
            self.end()

    def end(self):
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
