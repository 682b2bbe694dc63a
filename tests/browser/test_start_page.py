"""The start page of an exam on a phone: what one has to know and the button are on one screen."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.by import By

from tests.browser.live import set_screen
from tests.browser.person import Person

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


def test_the_facts_and_the_button_fit_one_phone_screen(person: Person) -> None:
    set_screen(person.driver, 360)
    person.sign_up("Stella Start", "stella.start@example.org")
    person.open("/exams/evaluating-responses")
    button = person.driver.find_element(By.CSS_SELECTOR, "main form button.primary")
    assert button.text.startswith("Start now") and button.rect["y"] + button.rect["height"] <= 800
    before = person.driver.execute_script(
        "const main = document.querySelector('main').innerText; return main.slice(0, main.indexOf('Start now'))"
    )
    for fact in ("Items", "75 minutes", "80 / 100", "3 of 3", "cannot be paused", "Without a network", "pause of 24 hours"):
        assert fact in before, fact
    assert "language model is not" in before
