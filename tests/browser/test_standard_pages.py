"""Pages of standard setting and of what is published about an exam: axe finds nothing, nothing sticks out. Made-up people."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.by import By

from tests.browser.test_accessibility import Inspector, inspector
from tests.panel_stage import DEFINITION

__all__ = ["inspector"]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
EXAM = "evaluating-responses"
JUDGES = ("ada.angoff@example.org", "bo.angoff@example.org")


def test_public_pages(inspector: Inspector) -> None:
    for path in (f"/exams/{EXAM}/report", f"/exams/{EXAM}/handbook", "/requirements", "/achievements/response-evaluator-1"):
        inspector.visit(path)


def test_operator_and_judge(inspector: Inspector) -> None:
    person, driver = inspector.person, inspector.driver
    for login in JUDGES:
        person.sign_up("Judge Madeup", login)
        person.sign_out()
    person.sign_in_as("operator")
    inspector.visit("/operate/studies/new")
    person.fill("Who is just competent", " ".join(DEFINITION.split()))
    person.fill("Size of the sample", "15")
    person.press("Plan the study")
    study = driver.current_url.removeprefix(person.server.url)
    for login in JUDGES:
        person.fill("Login of the judge", login)
        person.press("Appoint")
    inspector.visit(study)
    person.press("Freeze the items")
    inspector.visit("/operate/studies")
    inspector.visit(f"/operate/cuts/{EXAM}")
    page = study.replace("/operate/studies", "/judging")
    for place, login in enumerate(JUDGES):
        person.sign_out()
        person.sign_in(login)
        if place == 0:
            inspector.visit(page)
        person.open(page)
        person.fill("Why are you qualified", "Made up for a test: ten years of made-up evaluation work.")
        person.fill("What interests", "none")
        driver.find_element(By.ID, "keeps_secret").click()
        person.fill("Your full name", "Judge Madeup")
        person.press("Sign")
        if place == 0:
            inspector.visit(page)
            kinds: set[str] = set()
            for number in (1, 5, 9, 13):
                inspector.visit(f"{page}/items/{number}")
                kinds.add(driver.find_element(By.CSS_SELECTOR, "main .muted").text)
            assert len(kinds) >= 2
        for number in range(1, 16):
            person.open(f"{page}/items/{number}")
            driver.execute_script(f"document.querySelector(\"input[name=value][value='{60 + number}']\")?.click()")
            driver.find_element(By.ID, "exact").send_keys(str(60 + number + 7 * place))
            person.click(driver.find_element(By.CSS_SELECTOR, "button[value=list]"))
        person.press("I am done with this round")
    inspector.visit(page)
    person.expect("The first round is closed")
    inspector.visit(f"{page}/items/3")
    person.sign_out()
    person.sign_in_as("operator")
    inspector.visit(study)
    person.expect("First round")
    person.fill("Reason (the judges read it)", "The test is over, and other tests may plan a study.")
    person.press("End the study")
    person.expect("ended without a result")
