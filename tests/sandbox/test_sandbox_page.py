"""The exchange's page, in a real browser without a window: it shows what there is, and nothing that it is told becomes
code.
"""

import os
import re
import shutil
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
import uvicorn
from sandbox_trader import Trader
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from starkcore import engine, sandbox
from starkcore.sandbox import page

selenium = pytest.importorskip("selenium", reason="selenium is not installed")
from selenium.webdriver import Chrome, ChromeOptions, ChromeService, Keys  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.support.ui import WebDriverWait  # noqa: E402

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(not (BROWSER and DRIVER), reason="there is no chromium with its chromedriver here")


@pytest.fixture(scope="module")
def browser():
    options = ChromeOptions()
    options.binary_location = BROWSER
    for argument in ("--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1200,900"):
        options.add_argument(argument)
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # which root can't have
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options=options, service=ChromeService(DRIVER))
    yield driver
    driver.quit()


def until(browser, what):
    """Wait until it is so."""
    return WebDriverWait(browser, 60, poll_frequency=0.1).until(lambda _: what())


def shown(browser, name):
    """The texts of a table's first two columns."""
    return browser.execute_script(
        "return [...document.getElementById(arguments[0]).rows].map(r => [r.cells[0].textContent, "
        "r.cells[1].textContent])",
        name,
    )


def text(browser, name):
    return browser.find_element(By.ID, name).text


def book(database, market):
    return {side: [list(level) for level in levels] for side, levels in sandbox.audit(database).books[market].items()}


def test_it_shows_the_book_that_the_database_has_and_survives_a_restart(browser, tmp_path):
    database = tmp_path / "exchange.db"
    with (
        sandbox.running(database=database, initial_balance=100_000) as exchange,
        closing(Trader(exchange.url)) as one,
        closing(Trader(exchange.url)) as other,
    ):
        port = int(exchange.url.rpartition(":")[2])
        for each in (one, other):
            each.onboard()
        for price in ("9990", "9991", "9000"):
            one.order("BUY", "0.01", price)
        for price in ("10010", "10020.5"[:5]):
            one.order("SELL", "0.02", price, clientId=f"<img src=x onerror=alert(1)> {price}")
        other.order("BUY", "0.005", "10010")
        browser.get(f"{exchange.url}/#BTC-USD")
        wanted = book(database, "BTC-USD")
        until(browser, lambda: {side: shown(browser, side) for side in wanted} == wanted)
        # Each part of the page comes with an answer of its own.
        until(browser, lambda: shown(browser, "trades") == [["10010", "0.005"]])
        until(browser, lambda: text(browser, "orders") == "6")
        until(browser, lambda: text(browser, "engine") == engine())
        until(browser, lambda: text(browser, "spread") == "19 (0.19 %)")
        until(browser, lambda: (text(browser, "count"), text(browser, "volume")) == ("1", "50 USDC"))
        one.order("BUY", "0.03", "9992")  # told over the WebSocket
        until(browser, lambda: shown(browser, "bids")[0] == ["9992", "0.03"])
        until(browser, lambda: text(browser, "state") == "Live")
    until(browser, lambda: text(browser, "state") == "Reconnecting")
    with sandbox.running(database=database, port=port) as exchange, closing(Trader(exchange.url)) as one:
        until(browser, lambda: text(browser, "state") == "Live")
        one.onboard()
        one.fund()
        one.order("BUY", "0.04", "9993")
        wanted = book(database, "BTC-USD")
        until(browser, lambda: {side: shown(browser, side) for side in wanted} == wanted)
    violations = [entry["message"] for entry in browser.get_log("browser") if "Content Security" in entry["message"]]
    assert violations == []


def test_the_keyboard_chooses_a_market(browser):
    with sandbox.running() as exchange:
        browser.get(f"{exchange.url}/#BTC-USD")
        until(browser, lambda: text(browser, "name") == "BTC-USD")
        browser.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
        focused = browser.switch_to.active_element
        assert focused.get_attribute("value") == "BTC-USD"
        focused.send_keys(Keys.ARROW_DOWN)
        until(browser, lambda: text(browser, "name") == "ETH-USD")
        assert browser.current_url.endswith("#ETH-USD")


@pytest.mark.parametrize("width", [320, 390, 1200])
def test_it_fits_the_screen(browser, width):
    with sandbox.running() as exchange:
        metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        try:
            browser.get(exchange.url)
            until(browser, lambda: text(browser, "state") == "Live")
            assert browser.execute_script("return document.documentElement.scrollWidth") <= width
        finally:
            browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def luminance(colour):
    """Of "rgb(r, g, b)", as WCAG 2 defines it."""
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_it_is_dark_or_light_as_the_reader_wishes_and_legible_in_both(browser):
    grounds = {}
    with sandbox.running() as exchange:
        for scheme in ("dark", "light"):
            feature = {"name": "prefers-color-scheme", "value": scheme}
            browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
            try:
                browser.get(exchange.url)
                until(browser, lambda: text(browser, "state") == "Live")
                colours = browser.execute_script(
                    "const s = getComputedStyle(document.body); return [s.color, s.backgroundColor]"
                )
            finally:
                browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
            ink, grounds[scheme] = map(luminance, colours)
            high, low = max(ink, grounds[scheme]), min(ink, grounds[scheme])
            assert (high + 0.05) / (low + 0.05) >= 4.5, (scheme, colours)  # WCAG 2, AA
    assert grounds["dark"] < 0.1 < 0.6 < grounds["light"]


HOSTILE = "<img src=x onerror='window.owned=1'><script>window.owned=1</script>"


def test_a_hostile_market_stays_text(browser):
    """An exchange that says what it likes: names, prices, engine."""
    names = ("indexPrice", "tickSize", "stepSize", "openInterest", "volume24H", "trades24H")
    market = dict.fromkeys(names, HOSTILE) | {"market": HOSTILE}
    answers = {
        "/v3/markets": {"markets": {HOSTILE: market, "__proto__": market}},
        "/v3/sandbox": {"engine": HOSTILE, "network": HOSTILE, "orders": 1},
    }
    told = [Route(path, lambda request, values=values: JSONResponse(values)) for path, values in answers.items()]
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=[*page.routes(), *told]), port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        browser.get(f"http://127.0.0.1:{port}/#{HOSTILE}")
        until(browser, lambda: text(browser, "name") == HOSTILE and text(browser, "engine") == HOSTILE)
        assert browser.execute_script("return window.owned") is None
        assert browser.find_elements(By.TAG_NAME, "img") == []
        assert browser.execute_script("return document.scripts.length") == 1
    finally:
        server.should_exit = True
        thread.join()


def test_its_content_policy_is_strict_and_nothing_comes_from_elsewhere():
    html, headers = page._page()
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert not re.search(r"unsafe|\*|https?:", policy)
    assert not re.search(rb"""(src|href)=["'](?!data:)|@import|url\(|//[a-z]+\.[a-z]""", html)
    assert not re.search(rb"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval", html)
    assert Path(page.__file__).with_name("page.html").read_bytes() == html
