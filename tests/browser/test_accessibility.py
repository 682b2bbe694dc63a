"""Every kind of page, for each role: axe finds nothing, nothing sticks out sideways, the console is empty, one main heading.

At 360 and 1280 CSS pixels, light and dark. One sign-in for a role; the sizes are looped over without loading the page again.
"""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.by import By

from tests.browser.person import Person

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
COURSE = "evaluating-responses"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
SIZES = [(360, 740), (1280, 800)]
OPEN_DETAILS = "document.querySelectorAll('main details').forEach(one => { one.open = true; })"
RUN_AXE = """
const done = arguments[arguments.length - 1];
axe.run(document, {runOnly: arguments[0], resultTypes: ["violations"], preload: false}).then(
  found => done(found.violations.map(one => [one.id, one.nodes.map(node => node.target.join(" ")).slice(0, 4).join(" | ")])),
  problem => done([["axe failed", String(problem)]]));
"""
LOOK = """
const root = document.documentElement;
return {
  over: root.scrollWidth - root.clientWidth,
  wide: [...document.querySelectorAll("body *")].filter(one => one.getBoundingClientRect().right > root.clientWidth + 1)
    .slice(0, 4).map(one => `${one.tagName}.${one.className}`).join(" "),
  headings: [...document.querySelectorAll("h1")].filter(one => one.checkVisibility()).length,
  dark: getComputedStyle(root).backgroundColor === "rgb(16, 22, 20)",
};
"""


@cache
def axe_source() -> str:
    """The text of axe.min.js, from the installed distribution."""
    files = importlib.metadata.files("axe-playwright-python") or []
    [found] = [file for file in files if file.name == "axe.min.js"]
    return Path(str(found.locate())).read_text(encoding="utf-8")


class Inspector:
    """Looks at pages through a person's browser and collects what is wrong."""

    def __init__(self, person: Person) -> None:
        self.person, self.driver = person, person.driver
        self.faults: list[str] = []
        self.seen: list[str] = []
        self.screen(*SIZES[0], is_dark=False)

    def screen(self, width: int, height: int, is_dark: bool) -> None:
        """Size and colours of the device, with reduced motion: colours in the middle of a fade are nobody's colours."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        features = {"prefers-color-scheme": "dark" if is_dark else "light", "prefers-reduced-motion": "reduce"}
        wanted = [{"name": name, "value": value} for name, value in features.items()]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": wanted})

    def visit(self, path: str, is_error: bool = False) -> None:
        """Open a page of this server and check it."""
        self.driver.get_log("browser")
        self.person.open(path)
        self.check(path, is_error)

    def check(self, name: str, is_error: bool = False) -> None:
        """Check the page that is open: as it came, then with every part unfolded."""
        self.seen.append(name)
        self.look(f"{name} as it came")
        self.driver.execute_script(OPEN_DETAILS)
        self.driver.execute_script(axe_source())
        for width, height in SIZES:
            for is_dark in (False, True):
                self.screen(width, height, is_dark)
                place = f"{name} at {width} {'dark' if is_dark else 'light'}"
                shown = self.look(place)
                if shown["dark"] is not is_dark:
                    self.faults.append(f"{place}: the colours do not follow the device")
                for rule, where in self.driver.execute_async_script(RUN_AXE, TAGS):
                    self.faults.append(f"{place}: {rule}: {where}")
        self.screen(*SIZES[0], is_dark=False)
        self.faults += [f"{name}: console: {text}" for text in self.console(is_error)]

    def look(self, place: str) -> dict[str, Any]:
        shown: dict[str, Any] = self.driver.execute_script(LOOK)
        if shown["over"] > 0:
            self.faults.append(f"{place}: {shown['over']} px too wide: {shown['wide']}")
        if shown["headings"] != 1:
            self.faults.append(f"{place}: {shown['headings']} main headings")
        return shown

    def console(self, is_error: bool) -> list[str]:
        """What the browser complained about. The status of a page that is meant to be an error does not count."""
        entries = self.driver.get_log("browser")
        return [one["message"] for one in entries if not (is_error and one["source"] == "network")]

    def follow(self, link: str, name: str) -> None:
        """Follow the first link with this text, or press the button, and check the page behind it."""
        self.person.press(link)
        self.check(name)

    def href(self, css: str) -> str:
        found = self.driver.find_element(By.CSS_SELECTOR, css).get_attribute("href")
        assert found
        return found.removeprefix(self.person.server.url)


@pytest.fixture
def inspector(person: Person) -> Iterator[Inspector]:
    made = Inspector(person)
    yield made
    assert made.seen, "no page was checked"
    assert not made.faults, f"{len(made.faults)} faults on {len(made.seen)} pages:\n" + "\n".join(made.faults)


def certificate_path(inspector: Inspector) -> str:
    inspector.person.open("/certificates")
    return inspector.href("main .card a.btn")


def test_anonymous(inspector: Inspector) -> None:
    person = inspector.person
    person.sign_in_as("certified learner")
    certificate = certificate_path(inspector)
    person.open(certificate)
    code = inspector.driver.find_element(By.CSS_SELECTOR, "strong.num").text
    inspector.driver.delete_all_cookies()
    for path in (
        "/",
        "/sign-in",
        "/sign-up",
        "/courses",
        f"/courses/{COURSE}",
        "/how-it-works",
        "/verify",
        f"/verify?code={code}",
        certificate,
    ):
        inspector.visit(path)
    inspector.visit("/verify?code=AAAA-AAAA-AAAA", is_error=True)
    person.open(certificate)
    inspector.visit(inspector.href("main a[href*='/achievements/']"))
    person.open(f"/courses/{COURSE}")
    inspector.visit(inspector.href("main a[href*='/guidelines/']"))
    inspector.visit("/there-is-no-such-page", is_error=True)


@pytest.mark.parametrize(
    ("course", "lessons"),
    [
        ("foundations", 6),
        ("evaluating-responses", 10),
        ("prompt-engineering", 10),
        ("preference-modelling", 8),
        ("rubrics-and-grading", 8),
        ("factuality", 8),
    ],
)
def test_all_lessons(inspector: Inspector, course: str, lessons: int) -> None:
    inspector.visit(f"/courses/{course}")
    links = inspector.driver.find_elements(By.CSS_SELECTOR, "main a[href*='/lessons/']")
    paths = [str(link.get_attribute("href")).removeprefix(inspector.person.server.url) for link in links]
    assert len(set(paths)) == lessons
    for path in paths:
        inspector.visit(path)


def test_what_an_exam_says_about_itself(inspector: Inspector) -> None:
    for exam in ("evaluating-responses", "prompt-engineering"):
        inspector.visit(f"/exams/{exam}/report")
        inspector.visit(f"/exams/{exam}/handbook")
    inspector.visit("/requirements")


def test_measurement_pages(inspector: Inspector) -> None:
    exam = "evaluating-responses"
    person = inspector.person
    person.sign_in_as("author")
    for page in ("", f"/{exam}/items", f"/{exam}/rule", f"/{exam}/calibrations"):
        inspector.visit(f"/measure{page}")
    person.sign_out()
    person.sign_in_as("operator")
    for path in (f"/measure/{exam}/copying", f"/operate/cuts/{exam}", "/operate/studies"):
        inspector.visit(path)


def test_sign_up_with_mistakes(inspector: Inspector) -> None:
    inspector.person.open("/sign-up")
    inspector.driver.get_log("browser")
    inspector.person.fill("Password", "short")
    inspector.person.press("Make my account")
    assert inspector.driver.find_elements(By.CSS_SELECTOR, "[aria-invalid='true']"), "the page shows which fields are wrong"
    inspector.check("sign-up with mistakes", is_error=True)


def test_learner(inspector: Inspector) -> None:
    person, css = inspector.person, inspector.driver.find_element
    person.sign_in_as("learner")
    inspector.visit("/")
    css(By.CSS_SELECTOR, ".menu summary").click()
    inspector.check("home with the menu open")
    inspector.visit(f"/courses/{COURSE}")
    lesson = f"/courses/{COURSE}/lessons/01-reading-a-guideline"
    inspector.visit(lesson)
    box = css(By.CSS_SELECTOR, ".yourself form")
    box.find_element(By.CSS_SELECTOR, ".opt input").click()
    person.click(box.find_element(By.CSS_SELECTOR, "button.primary"))
    inspector.check("a lesson with an answered item")
    inspector.visit(f"/courses/{COURSE}/practice")
    for skill in practice_skills(inspector):
        person.open(skill)
        inspector.check(f"practice item {skill}")
        answer_anyhow(inspector)
        inspector.follow("Answer and see the reason", f"practice feedback {skill}")


def answer_anyhow(inspector: Inspector) -> None:
    """Choose the last option of every question on the page, as a click would."""
    for box in inspector.driver.find_elements(By.CSS_SELECTOR, "#task input[type=radio], #task input[type=checkbox]"):
        inspector.driver.execute_script("arguments[0].scrollIntoView({block: 'center'}); arguments[0].click()", box)


def practice_skills(inspector: Inspector) -> list[str]:
    """Addresses of three skills; together they show more than one kind of item."""
    links = inspector.driver.find_elements(By.CSS_SELECTOR, "main .rows a.btn")
    return [str(link.get_attribute("href")).removeprefix(inspector.person.server.url) for link in links][:3]


def test_exam_and_failed_result(inspector: Inspector) -> None:
    person, driver = inspector.person, inspector.driver
    person.sign_up("Ines Inspector", "ines.inspector@example.org")
    inspector.visit("/exams/evaluating-responses")
    person.press("Start now")
    attempt = driver.current_url.rsplit("/items/", 1)[0].removeprefix(person.server.url)
    kinds: dict[str, int] = {}
    position = 0
    while len(kinds) < 3:
        position += 1
        person.open(f"{attempt}/items/{position}")
        kinds.setdefault(type(person.item_on_page()).__name__, position)
    for kind, place in kinds.items():
        inspector.visit(f"{attempt}/items/{place}")
        person.answer_right()
        inspector.check(f"{kind} with an answer")
        driver.find_element(By.ID, "flag").click()
        person.click(driver.find_element(By.CSS_SELECTOR, ".actions .primary"))
    inspector.visit(f"{attempt}/review")
    inspector.follow("Submit the exam", "a failed result")
    person.expect("Not passed this time.")
    inspector.visit("/exams/evaluating-responses")


def test_certified_learner(inspector: Inspector) -> None:
    person = inspector.person
    send_offer(inspector)
    person.sign_out()
    person.sign_in_as("certified learner")
    person.open("/exams/evaluating-responses")
    inspector.visit(inspector.href("main .rows a[href*='/attempts/']"))
    person.expect("You passed")
    for path in ("/", "/certificates", "/profile", "/offers", "/account", "/messages", "/card", certificate_path(inspector)):
        inspector.visit(path)
    person.open("/offers")
    inspector.visit(inspector.href("main a[href*='/offers/']"))


def open_requisition(inspector: Inspector, title: str) -> str:
    """As the client: open a requisition; its path."""
    person = inspector.person
    person.open("/requisitions/new")
    person.fill("Title", title)
    person.fill("The work", "Compare two answers of a model and write a short reason for each pair.")
    person.fill("What you pay", "40")
    person.fill("Hours for each person", "30")
    person.fill("Start date", "2027-01-11")
    person.click(inspector.driver.find_element(By.CSS_SELECTOR, "main form .btn.primary"))
    return inspector.driver.current_url.removeprefix(person.server.url)


def send_offer(inspector: Inspector) -> None:
    """As the client: an offer to the certified learner."""
    inspector.person.sign_in_as("client")
    open_requisition(inspector, "An offer to look at")
    inspector.person.press("Find specialists")
    card = inspector.driver.find_element(By.XPATH, "//li[.//h3[contains(., 'Demo-01')]]")
    inspector.person.click(card.find_element(By.PARTIAL_LINK_TEXT, "Make an offer"))
    inspector.person.press("Send the offer")


def test_vendor_manager_and_team_member(inspector: Inspector) -> None:
    person, driver = inspector.person, inspector.driver
    person.sign_in_as("vendor manager")
    inspector.visit("/")
    inspector.visit("/team")
    inspector.visit("/team?show=exam-due")
    person.open("/team")
    inspector.visit(inspector.href("main tbody a[href*='/team/']"))
    inspector.visit("/team/invite")
    person.fill("Name", "Tam Team")
    inspector.follow("Make the invitation", "the slip")
    code = driver.find_element(By.XPATH, "//main//strong[contains(., '/join/')]").text.rpartition("/")[2]
    inspector.visit("/team")
    inspector.visit("/team/assign")
    driver.get_log("browser")
    person.press("Assign to the people I chose")
    inspector.check("assign to nobody", is_error=True)
    person.sign_out()
    inspector.visit(f"/join/{code}")
    person.sign_up("Tam Team", code)
    inspector.visit("/team/me")


def test_client(inspector: Inspector) -> None:
    person = inspector.person
    person.sign_in_as("client")
    inspector.visit("/pool")
    inspector.visit(inspector.href("main .cards h3 a"))
    inspector.visit("/pool?language=sw&language=en&country=NL&min_hours=80")
    inspector.visit("/requisitions/new")
    requisition = open_requisition(inspector, "Rate answers of a model")
    inspector.visit("/requisitions")
    person.press("Rate answers of a model")
    inspector.check("a requisition without offers")
    person.press("Find specialists")
    inspector.follow("Make an offer", "the offer before it is sent")
    person.press("Send the offer")
    inspector.visit(requisition)
    inspector.visit("/organization/webhook")


def test_author_and_operator(inspector: Inspector) -> None:
    person = inspector.person
    person.sign_in_as("author")
    inspector.visit("/banks")
    for item in ("ev-p-001", "ev-p-101", "ev-x-101", "ev-p-202", "ev-p-203", "ev-p-205"):
        inspector.visit(f"/banks/items/{item}")
    person.sign_out()
    person.sign_in_as("operator")
    inspector.visit("/operate")
    inspector.visit(inspector.href("main a[href$='/revoke']"))
    inspector.visit("/team", is_error=True)


def test_the_check_finds_planted_faults(inspector: Inspector) -> None:
    """The net has to hold: a page with a contrast fault, a second heading and a wide box is reported."""
    inspector.person.open("/")
    planted = "<h1>Second</h1><img src='/static/none.png' width='1600'>"
    inspector.driver.execute_script("document.querySelector('main').insertAdjacentHTML('beforeend', arguments[0])", planted)
    inspector.check("a page with planted faults")
    text = json.dumps(inspector.faults)
    inspector.faults.clear()
    for expected in ("image-alt", "too wide", "2 main headings", "console"):
        assert expected in text
