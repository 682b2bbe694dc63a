"""Two devices, the hidden timer, an extension that arrives, and words that are selected: an exam in real browsers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser.live import LiveServer, open_chromium, set_screen
from tests.browser.person import Person
from tests.browser.test_network import Sitting
from trainer_academy.assessments.items.spans import SpansItem

SLOW_CLOCK = """
const real = Date, behind = () => real.now() - 7200000;
Date = class extends real {
  constructor(...parts) { if (parts.length) super(...parts); else super(behind()); }
  static now() { return behind(); }
};
"""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture
def tablet(has_browser: None, server: LiveServer) -> Iterator[Person]:
    """A second device."""
    made = open_chromium()
    yield Person(made, server)
    made.quit()


def test_an_exam_moves_to_a_second_device_and_back_without_losing_an_answer(person: Person, tablet: Person) -> None:
    phone = Sitting(person, "Mona Moves")
    phone.open_choice_item()
    address = phone.driver.current_url
    phone.choose(0)
    phone.wait_for("Saved")
    tablet.sign_in(phone.login)
    tablet.driver.get(address)
    tablet.expect("Move the exam here?")
    tablet.press("Move it here and go on")
    other = OtherDevice(tablet)
    assert other.chosen() == [0], "the answer of the phone is there"
    other.choose(1)
    other.wait_for("Saved")
    phone.choose(2)  # the phone does not know yet
    WebDriverWait(phone.driver, 10).until(lambda _driver: person.sees("Move the exam here?"))
    person.press("Move it here and go on")
    assert phone.chosen() == [1], "the later answer of the tablet is shown"
    person.expect("Your unsent answer is still on this one.")
    phone.driver.find_element(By.CSS_SELECTOR, "#notice button").click()
    phone.wait_for("Saved")
    assert phone.chosen() == [2]
    phone.driver.refresh()
    assert phone.chosen() == [2]


class OtherDevice(Sitting):
    """The same exam on a device that is signed in already."""

    def __init__(self, person: Person) -> None:
        self.person, self.driver, self.login = person, person.driver, ""


def test_the_timer_can_be_hidden_and_stays_hidden_on_the_next_item(person: Person) -> None:
    sitting = Sitting(person, "Tia Timer")
    button = sitting.driver.find_element(By.ID, "hide-time")
    assert sitting.driver.find_element(By.ID, "timer").size["width"] > 20
    button.click()
    assert button.text == "Show"
    assert button.get_attribute("aria-pressed") == "true"
    assert sitting.driver.find_element(By.ID, "timer").size["width"] <= 1
    sitting.open_choice_item()
    assert sitting.driver.find_element(By.ID, "timer").size["width"] <= 1
    sitting.driver.find_element(By.ID, "hide-time").click()
    assert sitting.driver.find_element(By.ID, "timer").size["width"] > 20


def test_more_time_reaches_the_page_at_the_next_save(person: Person, server: LiveServer) -> None:
    sitting = Sitting(person, "Ella Extended")
    sitting.open_choice_item()
    before = seconds_shown(sitting.driver)
    with sqlite3.connect(server.instance / "academy.db", timeout=10) as file:
        number, ends_at = file.execute(
            "SELECT a.id, a.deadline_at FROM attempts a JOIN users u ON u.id = a.user_id WHERE u.login = ?", (sitting.login,)
        ).fetchone()
        later = datetime.fromisoformat(ends_at) + timedelta(minutes=30)
        file.execute("UPDATE attempts SET deadline_at = ? WHERE id = ?", (later.isoformat(" "), number))
    sitting.choose(1)
    sitting.wait_for("Saved")
    WebDriverWait(sitting.driver, 5).until(lambda driver: seconds_shown(driver) > before + 29 * 60)


def seconds_shown(driver: webdriver.Chrome) -> int:
    minutes, seconds = driver.find_element(By.ID, "timer").text.split(":")
    return int(minutes) * 60 + int(seconds)


def test_the_phone_clock_changes_nothing(person: Person) -> None:
    """A phone whose clock is set back two hours shows the server's time, and its answer is taken."""
    sitting = Sitting(person, "Cleo Clock")
    sitting.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": SLOW_CLOCK})
    sitting.open_choice_item()
    assert 70 * 60 < seconds_shown(sitting.driver) <= 75 * 60
    sitting.choose(1)
    sitting.wait_for("Saved")
    sitting.driver.refresh()
    assert sitting.chosen() == [1]


def test_words_that_are_selected_become_an_error_mark(person: Person) -> None:
    set_screen(person.driver, 1280)
    person.sign_up("Sel Ector", "select@example.org")
    person.open("/exams/evaluating-responses-mock")
    person.press("Start now")
    base = person.driver.current_url.rsplit("/", 1)[0]
    for number in range(1, 13):
        person.driver.get(f"{base}/{number}")
        if person.driver.find_elements(By.CSS_SELECTOR, "[data-words]"):
            break
    assert isinstance(person.item_on_page(), SpansItem)
    words = person.driver.find_elements(By.CSS_SELECTOR, "[data-word]")
    ActionChains(person.driver).click_and_hold(words[2]).move_to_element(words[4]).release().perform()
    row = [person.driver.find_element(By.NAME, f"mark-1-{end}").get_attribute("value") for end in ("from", "to")]
    assert row == ["3", "5"]
    assert [word.get_attribute("data-word") for word in person.driver.find_elements(By.CSS_SELECTOR, ".marked")] == [
        "3",
        "4",
        "5",
    ]
