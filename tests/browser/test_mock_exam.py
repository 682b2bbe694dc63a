"""The mock exam at 360 px: every kind of item, with the mouse and by keyboard alone."""

from __future__ import annotations

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser.live import set_screen
from tests.browser.person import Person


def start_mock(person: Person, login: str) -> None:
    set_screen(person.driver, 360)
    person.sign_up("Mock Taker", login)
    person.open("/exams/evaluating-responses-mock")
    person.expect("This is a mock exam")
    person.press("Start now")


def test_every_kind_is_answered_by_touch(person: Person) -> None:
    start_mock(person, "mock@example.org")
    kinds = set()
    for number in range(1, 13):
        person.expect(f"Item {number} of 12")
        kinds.add(person.item_on_page().kind)
        person.answer_right()
        person.click(person.driver.find_element(By.CSS_SELECTOR, ".actions .primary"))
    person.expect("12 of 12 items are answered")
    person.press("Submit the exam")
    person.expect("This was a mock exam.")
    assert kinds == {"choice", "pairwise", "rubric", "ranking", "steps", "spans"}
    score = person.driver.find_element(By.CSS_SELECTOR, ".score").text
    assert score.startswith("100")


def test_ranking_spans_rubric_and_pairs_by_keyboard_alone(person: Person) -> None:
    """Controls are reached with Tab and set with keys; no pointer is used on the item pages."""
    start_mock(person, "keys@example.org")
    done = set()
    for _ in range(12):
        item = person.item_on_page()
        control = {
            "ranking": "input.rank",
            "spans": "input[name=clean]",
            "rubric": "input[name^=level-]",
            "pairwise": "input[name=overall]",
            "steps": "input[name=step]",
            "choice": "input[name=choice]",
        }[item.kind]
        reach(person, control)
        keys = ActionChains(person.driver)
        keys.send_keys("1" if item.kind in ("ranking", "pairwise") else Keys.SPACE).perform()
        focused = person.driver.switch_to.active_element
        assert focused.is_selected() or focused.get_attribute("value") == "1", item.kind
        done.add(item.kind)
        person.driver.execute_script("window.leaving = true")
        for _try in range(2):  # with response B unseen on a phone the page asks once
            ActionChains(person.driver).key_down(Keys.CONTROL).send_keys(Keys.ENTER).key_up(Keys.CONTROL).perform()
            if person.has_left():
                break
    assert {"ranking", "spans", "rubric", "pairwise"} <= done
    person.expect("items are answered")


def reach(person: Person, selector: str) -> None:
    """Press Tab until a control that fits has the focus."""
    for _ in range(60):
        ActionChains(person.driver).send_keys(Keys.TAB).perform()
        if person.driver.execute_script("return document.activeElement.matches(arguments[0])", selector):
            return
    raise AssertionError(f"{selector} cannot be reached with the keyboard on {person.driver.current_url}")
