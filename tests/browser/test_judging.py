"""A judge on a phone: statements, signature, three ratings by touch; what was saved is there after a break. Made-up people."""

from __future__ import annotations

from pathlib import Path

from selenium import webdriver
from selenium.webdriver.common.by import By

from tests.browser.live import LiveServer, open_chromium, set_screen
from tests.browser.person import Person
from tests.panel_stage import DEFINITION


def fits(driver: webdriver.Chrome) -> bool:
    script = "return document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    return bool(driver.execute_script(script))


def touch(person: Person, value: str) -> None:
    box = person.driver.find_element(By.CSS_SELECTOR, f"input[name=value][value='{value}']")
    person.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", box)
    box.click()
    person.click(person.driver.find_element(By.CSS_SELECTOR, ".actions button[value=next], button.primary[value=next]"))


def test_a_judge_rates_three_items_on_a_phone(tmp_path: Path, has_browser: None) -> None:
    server = LiveServer(tmp_path / "instance")  # its own: signing keeps the judge from later exams
    server.start()
    driver = open_chromium()
    try:
        person = Person(driver, server)
        set_screen(driver, 360)
        person.sign_in_as("operator")
        person.open("/operate/studies/new")
        person.fill("Who is just competent", " ".join(DEFINITION.split()))
        person.fill("Size of the sample", "15")
        person.press("Plan the study")
        study = driver.current_url
        for role in ("learner", "rater"):
            person.fill("Login of the judge", server.account(role)[0])
            person.press("Appoint")
        assert fits(driver)
        person.press("Freeze the items")
        person.sign_out()
        person.sign_in_as("learner")
        page = study.replace("/operate/studies", "/judging")
        driver.get(page)
        assert not driver.find_elements(By.XPATH, "//a[contains(@href, '/items/')]"), "no item before the signature"
        person.fill("Why are you qualified", "Made up for a test: ten years of made-up evaluation work.")
        person.fill("What interests", "none")
        driver.find_element(By.ID, "keeps_secret").click()
        person.fill("Your full name", "Demo learner")
        person.press("Sign")
        person.expect("You have signed")
        person.press("Start with item 1")
        for value in ("70", "55", "90"):
            person.expect("Key and reason")
            assert fits(driver)
            boxes = driver.find_elements(By.CSS_SELECTOR, ".scale label")
            assert len(boxes) == 21
            assert all(box.size["height"] >= 44 and box.size["width"] >= 44 for box in boxes)
            touch(person, value)
        person.expect("Item 4 of 15")
        driver.get(page)
        person.expect("3 of 15 items rated")
        person.press("Go on: item 4")
        driver.get(f"{page}/items/2")
        assert driver.find_element(By.CSS_SELECTOR, "input[name=value]:checked").get_attribute("value") == "55"
        person.expect("Saved now: 55.")
        assert [line for line in driver.get_log("browser") if line["level"] != "INFO"] == []
    finally:
        driver.quit()
        server.stop()
