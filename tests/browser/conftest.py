"""One live server and one Chromium for all browser tests of a worker, and a fresh profile for each test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from selenium import webdriver

from tests.browser.live import LiveServer, SharedChromium, find_chromium
from tests.browser.person import Person


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/browser/" in str(item.path):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def has_browser() -> None:
    if find_chromium() is None or shutil.which("chromedriver") is None:
        assert os.environ.get("TA_TEST_REQUIRE_CHROMIUM") != "1", "Chromium or its driver is missing"
        pytest.skip("no Chromium with its driver is installed")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    made = LiveServer(tmp_path_factory.mktemp("live") / "instance")
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def chromium(has_browser: None) -> Iterator[SharedChromium]:
    made = SharedChromium()
    yield made
    made.quit()


@pytest.fixture
def driver(chromium: SharedChromium) -> Iterator[webdriver.Chrome]:
    with chromium.new_profile() as driver:
        yield driver


@pytest.fixture
def person(driver: webdriver.Chrome, server: LiveServer) -> Person:
    return Person(driver, server)
