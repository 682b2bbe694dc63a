"""The whole journey in one browser test: vendor, learner, client. Nothing is done behind the page."""

from __future__ import annotations

import re

import pytest
from selenium.webdriver.common.by import By

from tests.browser.live import set_screen
from tests.browser.person import Person


def invite_two(person: Person) -> list[str]:
    """As the vendor's team lead: two invitations; their codes."""
    person.sign_in_as("vendor manager")
    codes = []
    for name in ("Asha", "Binh"):
        person.press("My team") if not codes else person.open("/team")
        person.press("Invite")
        person.fill("Name", name)
        person.press("Make the invitation")
        codes.append(person.driver.find_element(By.XPATH, "//main//strong[contains(., '/join/')]").text.rpartition("/")[2])
    person.sign_out()
    return codes


def take_the_course(person: Person) -> None:
    person.open("/courses/evaluating-responses")
    person.press("Take this course")
    for number in range(1, 11):
        person.expect(f"Lesson {number} of 10")
        if number == 1:
            box = person.driver.find_element(By.CSS_SELECTOR, ".yourself")
            box.find_element(By.CSS_SELECTOR, ".opt input").click()
            person.click(box.find_element(By.CSS_SELECTOR, "button.primary"))
            assert person.driver.find_elements(By.CSS_SELECTOR, ".yourself .why"), "the reason is shown at once"
        person.press("Done.")
    person.expect("That was the last lesson")


def practise(person: Person) -> None:
    person.open("/courses/evaluating-responses/practice/facts")
    person.answer_right()
    person.press("Answer and see the reason")
    person.expect("Agrees with the key")
    assert person.driver.find_element(By.CSS_SELECTOR, ".why").text
    person.expect("Read again:")


def pass_the_exam(person: Person) -> None:
    person.open("/exams/evaluating-responses")
    person.expect("The clock starts when you press the button")
    person.press("Start now")
    total = int(re.search(r"of (\d+)", person.driver.find_element(By.TAG_NAME, "h1").text)[1])  # type: ignore[index]
    for number in range(1, total + 1):
        person.expect(f"Item {number} of {total}")
        person.answer_right()
        person.click(person.driver.find_element(By.CSS_SELECTOR, ".actions .primary"))
    person.expect(f"{total} of {total} items are answered")
    person.press("Submit the exam")
    person.expect("You passed, Asha Test.")


def list_in_the_pool(person: Person) -> None:
    person.open("/profile")
    person.fill("Name shown to clients", "Asha-evaluates")
    person.fill("Country", "Tanzania")
    person.fill("Time zone", "Africa/Dar es Salaam")
    person.fill("Lowest pay you work for", "12.50")
    person.fill("Hours a week you have time", "20")
    person.tick("Swahili")
    person.tick("English")
    person.press("Save the profile")
    person.press("List my profile")
    person.expect("Your profile is listed and you have a valid certificate.")


def make_an_offer(person: Person) -> None:
    person.sign_in_as("client")
    person.open("/requisitions/new")
    person.fill("Title", "Compare answers in Swahili")
    person.fill("The work", "Compare two answers of a model in Swahili and write a short reason for each pair.")
    person.fill("What you pay", "20")
    person.fill("Hours for each person", "30")
    person.fill("Start date", "2027-01-11")
    person.click(person.driver.find_element(By.CSS_SELECTOR, "main form .btn.primary"))
    person.press("Find specialists")
    person.driver.find_element(By.CSS_SELECTOR, "main details summary").click()
    person.fill("Languages, all of these", "Swahili")
    person.press("Show")
    person.expect("Asha-evaluates")
    card = person.driver.find_element(By.XPATH, "//li[.//h3[contains(., 'Asha-evaluates')]]")
    assert "Response Evaluator, level 1" in card.text
    person.click(card.find_element(By.PARTIAL_LINK_TEXT, "Make an offer"))
    person.expect("What the person will see")
    person.press("Send the offer")
    assert not person.sees("Asha Test"), "the name is hidden until the offer is accepted"
    person.sign_out()


@pytest.mark.timeout(300)
@pytest.mark.slow
def test_from_invitation_to_accepted_offer(person: Person) -> None:
    set_screen(person.driver, 360)
    codes = invite_two(person)
    person.sign_up("Asha Test", codes[0])
    take_the_course(person)
    practise(person)
    pass_the_exam(person)
    person.press("Open certificate")
    person.expect("Asha Test")
    person.expect("Valid")
    certificate = person.driver.current_url
    list_in_the_pool(person)
    person.sign_out()

    make_an_offer(person)

    person.sign_in(codes[0])
    person.expect("1 offer is waiting for you")
    person.press("Look at the pay and answer")
    person.expect("Demo Client")
    person.expect("$20.00")
    person.press("Accept")
    person.expect("accepted")
    person.sign_out()

    person.sign_in_as("client")
    person.open("/requisitions")
    person.press("Compare answers in Swahili")
    person.expect(f"Asha Test, {codes[0]}")
    person.sign_out()

    person.sign_up("Binh Test", codes[1])
    person.sign_out()
    person.sign_in_as("vendor manager")
    person.open("/team/assign")
    person.tick("Binh Test")
    person.press("Assign")
    person.open("/team")
    rows = {
        name: person.driver.find_element(By.XPATH, f"//*[self::tr or self::li][contains(., '{name}')]").text
        for name in ("Asha Test", "Binh Test")
    }
    assert "certified" in rows["Asha Test"].lower()
    assert "not started" in rows["Binh Test"].lower()

    person.driver.get(certificate)
    person.expect("Response Evaluator, level 1")
