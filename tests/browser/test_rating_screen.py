"""A rater earns the right and rates: with the keyboard alone at 1280 px, and by touch at 360 px."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser.live import set_screen
from tests.browser.person import Person, squash
from tests.browser.test_accessibility import Inspector
from tests.browser.test_mock_exam import reach
from tests.speed import shared_library
from trainer_academy.assessments.items.written import WrittenItem

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
EXAMPLES = 16  # all that the exam has: it asks for 20
COMMENT = "Levels 0 and 1 have their reason in the second sentence."


def settled_levels() -> dict[str, list[int]]:
    """The settled levels of each example in the order of the criteria, by its text."""
    found = {}
    for item in shared_library().store.items.values():
        if isinstance(item, WrittenItem):
            for example in item.examples.values():
                found[squash(example.text)] = [example.levels[criterion.id] for criterion in item.criteria]
    return found


def text_on_page(person: Person) -> str:
    return squash(person.driver.find_element(By.ID, "text").get_attribute("textContent") or "")


def groups(person: Person) -> list[WebElement]:
    return person.driver.find_elements(By.CSS_SELECTOR, "#levels fieldset")


def chosen(person: Person) -> list[int]:
    boxes = person.driver.find_elements(By.CSS_SELECTOR, "#levels input:checked")
    return [int(box.get_attribute("value") or "") for box in boxes]


def press_keys(person: Person, *keys: str) -> None:
    ActionChains(person.driver).send_keys(*keys).perform()


def use_button(person: Person, text: str) -> None:
    """Go to the button or link with Tab and press Enter."""
    xpath = f"//main//*[self::button or self::a][contains(normalize-space(.), '{text}')]"
    wanted = person.driver.find_element(By.XPATH, xpath)
    html = person.driver.find_element(By.TAG_NAME, "html")
    for _ in range(60):
        press_keys(person, Keys.TAB)
        if person.driver.switch_to.active_element == wanted:
            press_keys(person, Keys.ENTER)
            WebDriverWait(person.driver, 20).until(lambda d: d.find_element(By.TAG_NAME, "html") != html)
            return
    raise AssertionError(f"{text} cannot be reached with the keyboard")


def rate_by_keys(person: Person, levels: list[int]) -> None:
    """One digit for each criterion, a comment, Ctrl+Enter."""
    reach(person, "#levels input[type=radio]")
    press_keys(person, "9")  # there is no such level: nothing happens
    assert chosen(person) == []
    press_keys(person, *(str(level) for level in levels))
    assert chosen(person) == levels
    assert person.driver.switch_to.active_element.get_attribute("id") == "comment"
    press_keys(person, COMMENT)
    assert chosen(person) == levels  # digits in a text are text
    assert person.driver.find_element(By.ID, "comment").get_attribute("value") == COMMENT
    html = person.driver.find_element(By.TAG_NAME, "html")
    ActionChains(person.driver).key_down(Keys.CONTROL).send_keys(Keys.ENTER).key_up(Keys.CONTROL).perform()
    WebDriverWait(person.driver, 20).until(lambda d: d.find_element(By.TAG_NAME, "html") != html)


def test_by_keyboard_alone(person: Person) -> None:
    set_screen(person.driver, 1280, 800)
    settled = settled_levels()
    person.sign_in_as("rater")
    person.open("/rating")
    use_button(person, "To the examples Writing rationales")
    use_button(person, "Start")
    for number in range(EXAMPLES):
        rate_by_keys(person, settled[text_on_page(person)])
        person.expect("Settled levels of the example")
        use_button(person, "Next example" if number < EXAMPLES - 1 else "See how it ended")
    person.expect("Your agreement with the settled levels was 1.00 on 16 examples")
    use_button(person, "To the work that waits")
    person.expect("2 texts wait for you.")
    use_button(person, "Take the next text")
    for _ in range(2):
        person.expect("Demo answer: this text was made up for the demonstration")
        assert not person.sees("Demo writer")
        rate_by_keys(person, [1] * len(groups(person)))
    person.expect("Nothing waits for you in this exam now.")
    person.expect("2 ratings that you may still change")


def touch(person: Person, element: WebElement) -> None:
    person.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
    element.click()


def rate_by_touch(person: Person, levels: list[int], button: str) -> None:
    for group, level in zip(groups(person), levels, strict=True):
        label = group.find_elements(By.CSS_SELECTOR, "label")[level]
        assert label.size["height"] >= 44
        assert group.find_elements(By.CSS_SELECTOR, "label > div")[level].text  # the anchor is beside the control
        touch(person, label)
    person.driver.find_element(By.ID, "comment").send_keys(COMMENT)
    buttons = person.driver.find_elements(By.CSS_SELECTOR, ".actions button")
    person.click(next(one for one in buttons if one.text == button))


def test_by_touch_on_a_phone(person: Person) -> None:
    settled = settled_levels()
    person.sign_in_as("second rater")
    inspector = Inspector(person)
    inspector.visit("/rating")
    set_screen(person.driver, 360)
    person.press("To the examples Writing rationales")
    inspector.check("examples")
    set_screen(person.driver, 360)
    person.press("Start")
    inspector.check("an example to rate")
    set_screen(person.driver, 360)
    for number in range(EXAMPLES):
        rate_by_touch(person, settled[text_on_page(person)], "Save the rating")
        if number == 0:
            inspector.check("an example with its settled levels")
            set_screen(person.driver, 360)
        person.press("Next example" if number < EXAMPLES - 1 else "See how it ended")
    person.press("To the work that waits")
    person.press("Take the next text")
    inspector.check("a text to rate")
    set_screen(person.driver, 360)
    person.expect("Minutes left: 30")
    rate_by_touch(person, [1] * len(groups(person)), "Save, next text")
    rate_by_touch(person, [2] + [1] * (len(groups(person)) - 1), "Save and stop")
    person.expect("Your rating is saved.")
    inspector.visit("/rating")
    person.sign_out()
    person.sign_in_as("operator")
    inspector.visit("/operate/rating")
    person.expect("Demo second rater")
    assert not inspector.faults, inspector.faults
