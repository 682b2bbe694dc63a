"""An item is reported, answered, corrected and voted on, at 360 pixels and by the rules of accessibility."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.by import By

from tests.browser.test_accessibility import Inspector, answer_anyhow, inspector

__all__ = ["inspector"]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
ITEM = "/items/ev-p-001/contest"


def test_report_correction_and_vote(inspector: Inspector) -> None:
    person, css = inspector.person, inspector.driver.find_element
    person.sign_in_as("learner")
    inspector.visit("/contests")
    inspector.visit(ITEM)
    person.fill("What did you see?", "Option b is right as well, by its second sentence.")
    person.press("Send")
    assert "You get an answer by" in css(By.TAG_NAME, "main").text
    inspector.check("what a person has reported")

    inspector.driver.delete_all_cookies()
    person.sign_in_as("author")
    inspector.visit("/banks/contests")
    inspector.follow("ev-p-001", "the answer to a report")
    inspector.follow("Correct or suspend the item", "a correction")
    assert css(By.CSS_SELECTOR, "button[value=suspend]").size["height"] >= 44
    person.fill("Reason for the correction", "The text of the item has two right answers.")
    person.press("Propose to suspend it")
    inspector.check("a proposed correction")
    assert "You proposed it" in css(By.TAG_NAME, "main").text
    inspector.visit("/banks/corrections")
    for item in ("ev-p-101", "ev-x-101", "ev-p-202", "ev-p-203", "ev-p-205"):
        inspector.visit(f"/banks/items/{item}/correct")

    inspector.driver.delete_all_cookies()
    person.sign_in_as("rater")
    inspector.visit("/votes")
    answer_anyhow(inspector)
    inspector.follow("Save my vote", "the next vote")
    assert "Your vote is saved." in css(By.TAG_NAME, "body").text
