"""A learner without JavaScript on a phone: sign-up, lesson, practice, exam, result."""

from __future__ import annotations

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from tests.browser.live import set_screen
from tests.browser.person import Person

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
COURSE = "/courses/evaluating-responses"


@pytest.fixture
def plain(driver: webdriver.Chrome, person: Person) -> Person:
    """A person whose browser runs no script of any page."""
    set_screen(driver, 360)
    driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    person.has_script = False
    person.open("/")
    return person


def parts(driver: webdriver.Chrome, css: str) -> list[WebElement]:
    return driver.find_elements(By.CSS_SELECTOR, css)


def do_a_lesson(person: Person) -> None:
    person.open(COURSE)
    person.press("Take this course")
    person.expect("Lesson 1 of 10")
    box = parts(person.driver, ".yourself form")[0]
    option = box.find_element(By.CSS_SELECTOR, ".opt input")
    person.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", option)
    option.click()
    person.click(box.find_element(By.CSS_SELECTOR, "button.primary"))
    assert parts(person.driver, ".yourself .why"), "the reason is shown after the answer"
    person.press("Done.")
    person.expect("Lesson 2 of 10")


def practise(person: Person) -> None:
    """Go through the practice of a skill until each kind of item that it has was answered."""
    kinds = set()
    for _ in range(14):
        person.open(f"{COURSE}/practice/facts")
        kinds.add(person.item_on_page().kind)
        person.answer_right()
        person.press("Answer and see the reason")
        person.expect("Agrees with the key")
        if kinds == {"pairwise", "choice", "ranking", "steps", "spans"}:
            return
    raise AssertionError(f"only these kinds came up: {kinds}")


def answer_one_of_each_kind(person: Person, attempt: str) -> dict[str, int]:
    """Answer the first item of each kind and flag the last of them; positions by kind."""
    done: dict[str, int] = {}
    position = 0
    while len(done) < 3:
        position += 1
        person.open(f"{attempt}/items/{position}")
        kind = type(person.item_on_page()).__name__
        if kind in done:
            continue
        person.answer_right()
        done[kind] = position
        if len(done) == 3:
            parts(person.driver, "#flag")[0].click()
        person.click(parts(person.driver, ".actions .primary")[0])
    return done


def test_everything_works_without_script(plain: Person) -> None:
    driver = plain.driver
    plain.sign_up("Noor Noscript", "noor.noscript@example.org")
    do_a_lesson(plain)
    practise(plain)
    plain.open("/exams/evaluating-responses")
    plain.press("Start now")
    attempt = driver.current_url.rsplit("/items/", 1)[0].removeprefix(plain.server.url)
    done = answer_one_of_each_kind(plain, attempt)
    flagged = max(done.values())
    plain.open(f"{attempt}/items/{flagged}")
    assert parts(driver, "#flag")[0].is_selected()
    assert parts(driver, "#saved")[0].text.startswith("Saved")
    assert parts(driver, "#task input[type=radio]:checked, #task input[type=checkbox]:checked")
    plain.open(f"{attempt}/review")
    plain.expect("3 of ")
    assert [cell.text for cell in parts(driver, ".cells .full")] == [str(place) for place in sorted(done.values())]
    assert [cell.text for cell in parts(driver, ".cells .flagged")] == [str(flagged)]
    plain.press("Submit the exam")
    plain.expect("Not passed this time.")
    plain.expect("What to read and practise")


def test_the_tabs_work_without_script(plain: Person) -> None:
    plain.sign_up("Tara Tabs", "tara.tabs@example.org")
    plain.open("/exams/evaluating-responses")
    plain.press("Start now")
    attempt = plain.driver.current_url.rsplit("/items/", 1)[0]
    position = 1
    while not parts(plain.driver, ".tabs"):
        position += 1
        plain.driver.get(f"{attempt}/items/{position}")
    panels = parts(plain.driver, ".compare .resp")
    assert [panel.is_displayed() for panel in panels] == [True, False]
    tab = parts(plain.driver, ".tabs .tb-")[0]
    plain.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", tab)
    tab.click()
    assert [panel.is_displayed() for panel in panels] == [False, True]
    assert not plain.driver.execute_script("return document.querySelector('.count').textContent"), "a script ran"
