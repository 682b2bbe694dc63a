"""Writing a text at 360 px: the checks follow the typing, the draft is kept, and all of it works without a script."""

from __future__ import annotations

import json

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser.live import LiveServer, open_chromium, set_screen
from tests.browser.person import Person
from tests.browser.test_accessibility import Inspector
from trainer_academy.assessments.items.written import WrittenItem


def find_written(person: Person) -> WrittenItem:
    """Go on to the first written item of the paper."""
    for _ in range(6):
        if person.driver.find_elements(By.CSS_SELECTOR, "textarea[name=text]"):
            item = person.item_on_page()
            assert isinstance(item, WrittenItem)
            return item
        person.click(person.driver.find_element(By.CSS_SELECTOR, ".actions .primary"))
    raise AssertionError("no written item on the paper")


def start(person: Person, login: str) -> WrittenItem:
    set_screen(person.driver, 360)
    person.sign_up("Text Writer", login)
    person.open("/exams/writing-rationales")
    person.press("Start now")
    return find_written(person)


def states(person: Person) -> list[str]:
    rows = person.driver.find_elements(By.CSS_SELECTOR, "[data-check-list] > li .row")
    return [" ".join((row.get_attribute("textContent") or "").split()) for row in rows]


def test_checks_follow_the_typing_and_the_draft_stays(person: Person) -> None:
    item = start(person, "typing@example.org")
    assert states(person) == ["not yet no text yet"] * len(item.checks)
    assert not person.driver.find_element(By.CSS_SELECTOR, "[data-check-button]").is_displayed()
    assert person.driver.execute_script("return document.documentElement.scrollWidth") <= 360
    text = item.perfect()["text"]
    person.type_into("text", text)
    expected = [f"met {result.found}" for result in item.check_text(text)]
    WebDriverWait(person.driver, 5).until(lambda _: states(person) == expected)
    live = person.driver.find_element(By.CSS_SELECTOR, "[data-check-live]")
    WebDriverWait(person.driver, 5).until(
        lambda _: live.get_attribute("textContent") == f"Checks met: {len(expected)} of {len(expected)}"
    )
    WebDriverWait(person.driver, 10).until(lambda _: "Saved" in person.driver.find_element(By.ID, "saved").text)
    assert person.driver.execute_script("return document.documentElement.scrollWidth") <= 360
    person.driver.refresh()
    assert person.driver.find_element(By.NAME, "text").get_attribute("value") == text
    assert states(person) == expected
    log = [entry for entry in person.driver.get_log("browser") if entry["level"] == "SEVERE"]
    assert not log, json.dumps(log)


def test_without_a_script_a_button_checks_the_text(has_browser: None, server: LiveServer) -> None:
    driver = open_chromium(has_script=False)
    try:
        person = Person(driver, server)
        person.has_script = False
        item = start(person, "plain@example.org")
        person.type_into("text", "Only four short words")
        person.press("Check my text")
        assert driver.find_element(By.NAME, "text").get_attribute("value") == "Only four short words"
        assert states(person)[0] == f"not yet {item.check_text('Only four short words')[0].found}"
    finally:
        driver.quit()


def test_checks_of_a_format_are_fetched_when_there_is_a_text(person: Person) -> None:
    set_screen(person.driver, 360)
    person.sign_up("List Writer", "format@example.org")
    person.open("/courses/evaluating-responses/practice/rationale")
    person.driver.execute_script("document.querySelector('#task').action = '/practice/items/ev-p-302'")
    person.press("Answer and see the reason")  # empty: the item comes again
    assert states(person) == ["not yet no text yet"] * 3
    person.type_into("text", "One paragraph.\n- and an entry")
    found = ["not yet 5 words", "met 2 sentences", "not yet a list, heading or quotation in line 2"]
    WebDriverWait(person.driver, 5).until(lambda _: states(person) == found)
    person.driver.execute_script("window.leaving = true")
    person.driver.find_element(By.NAME, "text").send_keys(Keys.CONTROL, Keys.ENTER)
    assert person.has_left()
    person.expect("Checks met: 1 of 3")


def test_the_pages_of_written_work_are_accessible(person: Person) -> None:
    start(person, "axe-writer@example.org")
    inspector = Inspector(person)
    inspector.check("a written exam item")
    person.open("/courses/evaluating-responses/practice/rationale")
    person.driver.execute_script("document.querySelector('#task').action = '/practice/items/ev-p-302'")
    person.press("Answer and see the reason")
    person.type_into("text", "Response A is not a numbered list.")
    person.driver.get_log("browser")  # the empty answer was refused with 400
    inspector.follow("Answer and see the reason", "feedback on a written practice item")
    assert inspector.faults == []
