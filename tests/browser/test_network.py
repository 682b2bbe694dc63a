"""An exam on a bad network, and on a server that dies: what the page says about an answer is true."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.common.exceptions import TimeoutException, WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser.live import LiveServer, set_screen
from tests.browser.person import Person
from tests.conftest import WORKER

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
OFFLINE_SECONDS = 60
KEPT = "Kept on this phone"


class Sitting:
    """A person at one item of an open exam."""

    def __init__(self, person: Person, name: str) -> None:
        self.person, self.driver = person, person.driver
        self.login = f"{name.lower().replace(' ', '.')}@example.org"
        set_screen(self.driver, 360)
        self.driver.execute_cdp_cmd("Network.enable", {})
        person.sign_up(name, self.login)
        person.open("/exams/evaluating-responses")
        person.press("Start now")

    def connect(self, is_online: bool) -> None:
        """Switch the network of the browser on or off."""
        conditions = {"offline": not is_online, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        self.driver.execute_cdp_cmd("Network.emulateNetworkConditions", conditions)

    def boxes(self) -> list[WebElement]:
        return self.driver.find_elements(
            By.CSS_SELECTOR, "#task input[type=radio], #task main input[type=checkbox]:not(#keys-on)"
        )

    def choose(self, place: int) -> None:
        box = self.boxes()[place]
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", box)
        box.click()

    def chosen(self) -> list[int]:
        return [place for place, box in enumerate(self.boxes()) if box.is_selected()]

    @property
    def state(self) -> str:
        return self.driver.find_element(By.ID, "saved").text

    def wait_for(self, text: str, seconds: float = 15) -> None:
        """Wait until the state line starts with this text."""
        try:
            WebDriverWait(self.driver, seconds, 0.05).until(lambda _driver: self.state.startswith(text))
        except TimeoutException as error:
            raise AssertionError(f"the state line says {self.state!r}, not {text!r}") from error

    def open_choice_item(self) -> None:
        """Go to the first item with options; it needs one click for an answer."""
        attempt = self.driver.current_url.rsplit("/items/", 1)[0]
        for position in range(1, 60):
            self.driver.get(f"{attempt}/items/{position}")
            if self.driver.find_elements(By.CSS_SELECTOR, "#task input[type=radio][name=choice]"):
                return
        raise AssertionError("the paper has no choice item")


def stored(server: LiveServer, login: str, address: str) -> list[int]:
    """The shown places of the options that the server has stored for this item, read from its database."""
    position = int(address.rsplit("/", 1)[1])
    with sqlite3.connect(server.instance / "academy.db") as file:
        row = file.execute(
            "SELECT r.payload, r.presentation FROM responses r JOIN users u ON u.id = r.user_id "
            "WHERE u.login = ? AND r.position = ? ORDER BY r.sequence DESC LIMIT 1",
            (login, position),
        ).fetchone()
    if row is None:
        return []
    selected, order = json.loads(row[0]).get("selected", []), json.loads(row[1])["order"]
    return sorted(order.index(letter) for letter in selected)


def test_answers_given_offline_arrive_when_the_network_is_back(person: Person) -> None:
    sitting = Sitting(person, "Omar Offline")
    sitting.open_choice_item()
    sitting.choose(0)
    sitting.wait_for("Saved")
    sitting.connect(False)
    began = time.monotonic()
    sitting.choose(1)
    sitting.wait_for(KEPT)
    sitting.choose(2)
    while time.monotonic() - began < OFFLINE_SECONDS:
        assert not sitting.state.startswith("Saved"), "nothing can be saved without a network"
        time.sleep(0.2)
    assert sitting.state.startswith(KEPT)
    address = sitting.driver.current_url
    assert stored(person.server, sitting.login, address) == [0], "the server still has the first answer"
    sitting.connect(True)
    sitting.wait_for("Saved")
    assert stored(person.server, sitting.login, address) == [2]
    sitting.driver.refresh()
    assert sitting.chosen() == [2]
    assert not sitting.driver.execute_script("return Object.keys(localStorage).filter(key => key.startsWith('unsent:')).length")


def test_save_and_next_does_not_lose_the_page_offline(person: Person) -> None:
    sitting = Sitting(person, "Nia Next")
    sitting.open_choice_item()
    address = sitting.driver.current_url
    sitting.connect(False)
    sitting.choose(1)
    sitting.driver.find_element(By.CSS_SELECTOR, ".actions .primary").click()
    sitting.wait_for(KEPT)
    assert sitting.driver.current_url == address
    sitting.connect(True)
    sitting.wait_for("Saved")
    person.click(sitting.driver.find_element(By.CSS_SELECTOR, ".actions .primary"))
    sitting.driver.get(address)
    assert sitting.chosen() == [1]


def test_a_draft_is_there_again_after_a_reload(person: Person) -> None:
    sitting = Sitting(person, "Dora Draft")
    sitting.open_choice_item()
    address = sitting.driver.current_url
    sitting.connect(False)
    sitting.choose(2)
    sitting.wait_for(KEPT)
    sitting.driver.get("data:text/html,<title>the tab was closed</title>")
    sitting.connect(True)
    sitting.driver.get(address)
    assert sitting.chosen() == [2], "the draft is filled in from the phone"
    sitting.wait_for("Saved")
    assert stored(person.server, sitting.login, address) == [2]


@pytest.fixture(
    params=[pytest.param("sqlite", marks=pytest.mark.sqlite), pytest.param("postgresql", marks=pytest.mark.postgresql)]
)
def own_server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LiveServer]:
    """A server that this test may kill."""
    made = LiveServer(tmp_path / "instance")
    if request.param == "postgresql":
        made.settings["TA_DATABASE_URL"] = request.getfixturevalue("cluster").create_database(f"network_{WORKER}")
    made.start()
    yield made
    made.stop()


def test_saved_means_saved_when_the_server_is_killed(driver: webdriver.Chrome, own_server: LiveServer) -> None:
    person = Person(driver, own_server)
    sitting = Sitting(person, "Kim Kill")
    sitting.open_choice_item()
    for place in (1, 0, 2):
        sitting.choose(place)
        sitting.wait_for("Saving")
        sitting.wait_for("Saved")
        own_server.kill()
        own_server.start()
        driver.refresh()
        assert sitting.chosen() == [place]


def test_an_answer_given_while_the_server_is_down_arrives_later(driver: webdriver.Chrome, own_server: LiveServer) -> None:
    person = Person(driver, own_server)
    sitting = Sitting(person, "Dan Down")
    sitting.open_choice_item()
    own_server.kill()
    sitting.choose(1)
    sitting.wait_for(KEPT)
    own_server.start()
    sitting.wait_for("Saved")
    driver.refresh()
    assert sitting.chosen() == [1]


def block(sitting: Sitting, *patterns: str) -> None:
    """The network is there, and these addresses do not answer: a server that restarts, or a captive portal."""
    sitting.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": list(patterns)})


def test_who_is_signed_out_signs_in_again_and_the_answer_arrives(person: Person) -> None:
    """In another tab, as the page says: the answer that was chosen meanwhile is stored, and the page stays."""
    sitting = Sitting(person, "Olu Out")
    sitting.open_choice_item()
    driver, address = sitting.driver, sitting.driver.current_url
    sitting.choose(0)
    sitting.wait_for("Saved")
    driver.delete_all_cookies()
    sitting.choose(1)
    sitting.wait_for("You are signed out")
    time.sleep(1.5)
    assert sitting.state.startswith("You are signed out"), "the line does not stay at Saving"
    assert stored(person.server, sitting.login, address) == [0]
    page, before = driver.current_window_handle, set(driver.window_handles)
    driver.execute_script("window.open('about:blank')")  # a tab of the same browser, with the same cookies
    [tab] = set(driver.window_handles) - before
    driver.switch_to.window(tab)
    person.sign_in(sitting.login)
    driver.close()
    driver.switch_to.window(page)
    driver.execute_script("setTimeout(() => dispatchEvent(new Event('focus')))")
    # A new sign-in is a new device: the page loads again and asks. Until it has, the driver may find no page at all.
    waiting = WebDriverWait(driver, 15, ignored_exceptions=[WebDriverException])
    waiting.until(lambda _driver: person.sees("Move the exam here?"))
    person.press("Move it here and go on")
    assert sitting.chosen() == [1], "the answer that waited on this phone"
    sitting.wait_for("Saved")
    assert stored(person.server, sitting.login, address) == [1]
    driver.get(address)
    assert sitting.chosen() == [1]


def test_save_and_next_waits_for_a_server_that_does_not_answer(person: Person) -> None:
    sitting = Sitting(person, "Rae Restart")
    sitting.open_choice_item()
    address = sitting.driver.current_url
    block(sitting, "*/attempts/*")
    assert sitting.driver.execute_script("return navigator.onLine")
    sitting.choose(1)
    sitting.driver.find_element(By.CSS_SELECTOR, ".actions .primary").click()
    sitting.wait_for(KEPT)
    assert sitting.driver.current_url == address, "the page stays, and with it the answer"
    block(sitting)
    sitting.wait_for("Saved", 20)
    assert stored(person.server, sitting.login, address) == [1]


def test_a_key_belongs_to_the_control_that_has_the_focus(person: Person) -> None:
    sitting = Sitting(person, "Kay Keys")
    driver = sitting.driver
    set_screen(driver, 1280, 900)
    attempt = driver.current_url.rsplit("/items/", 1)[0]
    for position in range(1, 60):
        driver.get(f"{attempt}/items/{position}")
        if driver.find_elements(By.CSS_SELECTOR, ".scale input") and driver.find_elements(By.NAME, "confidence"):
            break
    scale = driver.find_elements(By.CSS_SELECTOR, ".scale input")
    driver.find_element(By.TAG_NAME, "body").send_keys("2")
    assert [place for place, one in enumerate(scale) if one.is_selected()] == [1]
    driver.find_element(By.NAME, "confidence").send_keys("7")
    assert [place for place, one in enumerate(scale) if one.is_selected()] == [1], "the select has the focus"
    switch = driver.find_element(By.ID, "keys-on")
    driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", switch)
    switch.click()
    driver.execute_script("document.activeElement.blur()")
    driver.find_element(By.TAG_NAME, "body").send_keys("6")
    assert [place for place, one in enumerate(scale) if one.is_selected()] == [1], "single keys are switched off"


def test_enter_does_what_the_main_button_says(person: Person) -> None:
    sitting = Sitting(person, "Ena Enter")
    driver = sitting.driver
    attempt = driver.current_url.rsplit("/items/", 1)[0]
    for position in range(2, 60):
        driver.get(f"{attempt}/items/{position}")
        if found := driver.find_elements(By.CSS_SELECTOR, "#task input.rank"):
            break
    else:
        raise AssertionError("the paper has no ranking")
    found[0].clear()
    found[0].send_keys("1\n")
    WebDriverWait(driver, 15).until(lambda _driver: not driver.current_url.endswith(f"/items/{position}"))
    assert driver.current_url.endswith(f"/items/{position + 1}"), "the next item, not the one before"
