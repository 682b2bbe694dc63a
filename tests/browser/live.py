"""A real server in its own process, and a real browser."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import websocket
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = ("chromium", "google-chrome", "chromium-browser")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class LiveServer:
    """`python -m trainer_academy.serve` with its own instance folder."""

    instance: Path
    port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, seconds: float = 120) -> None:
        """Start and wait until it is healthy."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("TA_")}
        # Tests answer faster than people read.
        inherited["TA_FASTEST_READING"] = "0"
        environment = inherited | {"TA_INSTANCE": str(self.instance), "PORT": str(self.port)} | self.settings
        log = self.instance.with_name(f"{self.instance.name}.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "trainer_academy.serve"], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as reply:
                    if reply.status == 200:
                        return
            except OSError:
                time.sleep(0.05)
            if self.process.poll() is not None:
                break
        raise RuntimeError(
            f"the server did not start:\n{self.instance.with_name(f'{self.instance.name}.log').read_text()[-3000:]}"
        )

    def kill(self) -> None:
        """kill -9 of the main process; its children end with it."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def account(self, role: str) -> tuple[str, str]:
        """Login and password of a demo role."""
        rows = json.loads((self.instance / "demo-accounts.json").read_text())
        found = next(row for row in rows if row["role"] == role)
        return found["login"], found["password"]


def find_chromium() -> str | None:
    return next((path for name in CHROMIUM if (path := shutil.which(name))), None)


def open_chromium(has_script: bool = True) -> webdriver.Chrome:
    """Headless Chromium with a fresh profile and no traffic of its own."""
    options = webdriver.ChromeOptions()
    binary = find_chromium()
    assert binary is not None
    options.binary_location = binary
    profile = tempfile.mkdtemp(prefix="chromium-")
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        "--disable-dev-shm-usage",
        f"--user-data-dir={profile}",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    if not has_script:
        options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
    driver_path = shutil.which("chromedriver")
    assert driver_path is not None
    driver = webdriver.Chrome(options=options, service=Service(driver_path))
    driver.set_page_load_timeout(30)
    return driver


class SharedChromium:
    """One Chromium for all tests of a worker. Each test has a profile of its own in it, as a private window has."""

    def __init__(self) -> None:
        self.driver = open_chromium()
        self.first = self.driver.current_window_handle
        address = self.driver.capabilities["goog:chromeOptions"]["debuggerAddress"]
        with urllib.request.urlopen(f"http://{address}/json/version", timeout=10) as reply:
            self.socket = websocket.create_connection(json.load(reply)["webSocketDebuggerUrl"], suppress_origin=True)
        self.asked = 0

    @contextmanager
    def new_profile(self) -> Iterator[webdriver.Chrome]:
        """The driver at an empty window without cookies, storage, cache, or what another test has emulated."""
        profile = self._ask("Target.createBrowserContext")["browserContextId"]
        window = self._ask("Target.createTarget", url="about:blank", browserContextId=profile, newWindow=True)["targetId"]
        self.driver.switch_to.window(window)
        self.driver.get_log("browser")  # what is asked for later is this test's
        yield self.driver
        self._ask("Target.disposeBrowserContext", browserContextId=profile)  # closes its windows
        self.driver.switch_to.window(self.first)

    def quit(self) -> None:
        self.socket.close()
        self.driver.quit()

    def _ask(self, method: str, **values: object) -> dict[str, str]:
        """One command to the browser itself: a driver reaches only its window."""
        self.asked += 1
        self.socket.send(json.dumps({"id": self.asked, "method": method, "params": values}))
        while (reply := json.loads(self.socket.recv())).get("id") != self.asked:
            pass
        result: dict[str, str] = reply["result"]
        return result


def set_screen(driver: webdriver.Chrome, width: int, height: int = 740, is_dark: bool = False) -> None:
    """The size of the screen in CSS pixels, and the colour scheme of the device."""
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    scheme = {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
