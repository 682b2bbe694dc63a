"""A sequential exam on a phone of 360 px: the start page, item after item, the early end, the result and its working."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from tests.browser.live import LiveServer, open_chromium, set_screen
from tests.browser.person import Person
from tests.browser.test_accessibility import Inspector
from tests.functional.assessments.exams.sequences import adopt_for
from tests.speed import shared_library
from trainer_academy.core.db import Database

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server of its own: its exam is calibrated with made-up numbers."""
    made = LiveServer(tmp_path_factory.mktemp("sequential") / "instance")
    made.start()
    database = Database(f"sqlite:///{made.instance / 'academy.db'}")
    adopt_for(database, shared_library().store)
    database.dispose()
    yield made
    made.stop()


def click(person: Person, action: str) -> None:
    """Press the button of the bar at the bottom."""
    person.click(person.driver.find_element(By.CSS_SELECTOR, f".actions button[value={action}]"))


def sit(person: Person) -> int:
    """Answer right until the exam ends by itself; how many items it took."""
    for number in range(1, 66):
        person.expect(f"Item {number} of at most 65")
        person.answer_right()
        person.click(person.driver.find_element(By.CSS_SELECTOR, ".actions .primary"))
        if not person.driver.find_elements(By.ID, "task"):
            return number
    raise AssertionError("the exam did not end")


def test_a_learner_on_a_phone_is_done_early(person: Person) -> None:
    set_screen(person.driver, 360)
    person.sign_up("Seq Taker", "seq@example.org")
    person.open("/exams/evaluating-responses")
    person.expect("This exam may end early")
    inspector = Inspector(person)
    person.press("Start now")
    inspector.check("/sequential item")
    assert 12 <= sit(person) < 60
    person.expect("You passed, Seq Taker.")
    person.expect("The exam ended early")
    inspector.check("/sequential result")
    person.press("How this was worked out, with all numbers")
    person.expect("What the answers say about your level")
    inspector.check("/sequential working")
    assert not inspector.faults


def test_an_unfinished_answer_is_asked_about_and_the_exam_can_be_ended(has_browser: None, server: LiveServer) -> None:
    driver: webdriver.Chrome = open_chromium(has_script=False)
    try:
        person = Person(driver, server)
        set_screen(driver, 360)
        person.sign_up("Short Taker", "short@example.org")
        person.open("/exams/evaluating-responses")
        person.press("Start now")
        click(person, "next")
        person.expect("A part of this item is not answered")
        click(person, "skip")
        person.expect("Item 2 of at most 65")
        click(person, "review")
        person.expect("Before 12 scored items it cannot be passed")
        person.press("End the exam now")
        person.expect("Fewer than a third of the items were answered")
    finally:
        driver.quit()
