"""Speaks as a person: sees texts, presses buttons, fills fields by their label."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from selenium import webdriver
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

from tests.browser.live import LiveServer
from tests.speed import shared_library
from trainer_academy.assessments.items.choice import ChoiceItem
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.assessments.items.pairwise import PairwiseItem
from trainer_academy.assessments.items.ranking import RankingItem
from trainer_academy.assessments.items.rubric import RubricItem
from trainer_academy.assessments.items.spans import SpansItem
from trainer_academy.assessments.items.steps import StepsItem
from trainer_academy.assessments.items.written import WrittenItem
from trainer_academy.core import markdown

PASSWORD = "seven green boats"


def squash(text: str) -> str:
    """Only letters and digits: the same for a source text and for what the page shows."""
    return re.sub(r"[\W_]+", "", text).lower()


def visible(text: str) -> str:
    html = re.sub(r"<[^>]+>", " ", markdown.render(text, has_math=False))
    for entity, char in (("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&nbsp;", " ")):
        html = html.replace(entity, char)
    return squash(html)


def shown_text(item: SomeItem) -> str:
    """The text by which the page of an item is known."""
    if isinstance(item, PairwiseItem):
        return min(visible(item.first), visible(item.second))
    if isinstance(item, RubricItem):
        return visible(item.response)
    if isinstance(item, ChoiceItem):
        options = sorted(visible(text) for text in item.options.values())
        return visible(item.context + "\n\n" + item.question) + "".join(options)
    if isinstance(item, RankingItem):
        return "ranking" + "".join(sorted(visible(text) for text in item.responses.values()))
    if isinstance(item, StepsItem):
        return "steps" + "".join(visible(text) for text in item.steps)
    if isinstance(item, WrittenItem):
        return "written" + "".join(sorted((visible(item.context), visible(item.prompt))))
    return "spans" + squash(item.response)


@cache
def items_by_text() -> dict[str, list[SomeItem]]:
    """Items by a text that their page shows: a response, or the question."""
    store = shared_library().store
    found: dict[str, list[SomeItem]] = {}
    for item in store.items.values():
        found.setdefault(shown_text(item), []).append(item)
    return found


class Person:
    """Somebody at a browser."""

    def __init__(self, driver: webdriver.Chrome, server: LiveServer) -> None:
        self.driver, self.server = driver, server
        self.has_script = True

    def open(self, path: str) -> None:
        self.driver.get(self.server.url + path)

    def sees(self, text: str) -> bool:
        body = self.driver.find_element(By.TAG_NAME, "body")
        return " ".join(text.split()) in " ".join((body.text or "").split())

    def expect(self, text: str) -> None:
        assert self.sees(text), (
            f"{text!r} is not on {self.driver.current_url}:\n{self.driver.find_element(By.TAG_NAME, 'body').text[:1500]}"
        )

    def press(self, text: str) -> None:
        """Press the button or follow the link with this text, and wait for the next page."""
        xpath = f"//main//*[self::button or self::a][contains(normalize-space(.), {_quote(text)})]"
        found = [e for e in self.driver.find_elements(By.XPATH, xpath) if e.is_displayed()]
        assert found, f"no button or link {text!r} on {self.driver.current_url}"
        self.click(found[0])

    def click(self, element: WebElement) -> None:
        """Click and wait until the page that held the element is gone."""
        html = self.driver.find_element(By.TAG_NAME, "html")
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()
        try:
            WebDriverWait(self.driver, 20).until(lambda d: d.find_element(By.TAG_NAME, "html") != html)
        except TimeoutException as error:
            log = self.driver.get_log("browser")
            raise AssertionError(f"no new page after the click on {self.driver.current_url}; browser log: {log}") from error

    def fill(self, label: str, value: str) -> None:
        """Type into, or choose in, the control with this label."""
        xpath = f"//label[contains(normalize-space(.), {_quote(label)})]"
        name = self.driver.find_element(By.XPATH, xpath).get_attribute("for")
        control = self.driver.find_element(By.ID, str(name))
        if control.tag_name == "select":
            Select(control).select_by_visible_text(value)
        elif control.get_attribute("type") == "date":
            self.driver.execute_script("arguments[0].value = arguments[1]", control, value)
        else:
            control.clear()
            control.send_keys(value)

    def tick(self, label: str) -> None:
        xpath = f"//label[contains(normalize-space(.), {_quote(label)})]//input"
        box = self.driver.find_element(By.XPATH, xpath)
        if not box.is_selected():
            self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", box)
            box.click()

    def has_left(self, seconds: float = 5) -> bool:
        """True when the page that carried `window.leaving` was left within the time."""
        try:
            WebDriverWait(self.driver, seconds).until(lambda d: not d.execute_script("return window.leaving === true"))
        except TimeoutException:
            return False
        return True

    def sign_up(self, name: str, login: str) -> None:
        self.open("/sign-up")
        self.fill("Your name", name)
        self.fill("E-mail address or vendor code", login)
        self.fill("Password", PASSWORD)
        self.press("Make my account")

    def sign_in(self, login: str, password: str = PASSWORD) -> None:
        self.open("/sign-in")
        self.fill("E-mail address or vendor code", login)
        self.fill("Password", password)
        self.press("Sign in")

    def sign_in_as(self, role: str) -> None:
        self.sign_in(*self.server.account(role))

    def sign_out(self) -> None:
        self.driver.find_element(By.CSS_SELECTOR, ".menu summary").click()
        self.click(self.driver.find_element(By.XPATH, "//button[normalize-space(.)='Sign out']"))

    # Exam

    def item_on_page(self) -> SomeItem:
        """Which item this is, found by the text that the page shows."""

        def texts(selector: str) -> list[str]:
            found = self.driver.find_elements(By.CSS_SELECTOR, selector)
            return [squash(element.get_attribute("textContent") or "") for element in found]

        panels = texts(".resp .body:not([data-words])")
        if words := texts("[data-word]"):
            numbers = texts("[data-word] sup")
            starts = {place * 5: number for place, number in enumerate(numbers)}
            key = "spans" + "".join(word.removeprefix(starts.get(place, "")) for place, word in enumerate(words))
        elif ranked := texts("[data-list] .body"):
            key = "ranking" + "".join(sorted(ranked))
        elif self.driver.find_elements(By.NAME, "step"):
            key = "steps" + "".join(texts(".opt > div")[:-1])
        elif panels:
            key = min(panels)
        elif self.driver.find_elements(By.CSS_SELECTOR, "textarea[name=text]"):
            key = "written" + "".join(sorted(texts("main .prompt .body, main > .sheet.body, main form > .body")))
        else:
            bodies = texts("main .prompt .body, main > .sheet.body, main form > .body")
            key = "".join(bodies) + "".join(sorted(texts(".opt > div")))
        matches = items_by_text().get(key, [])
        assert len(matches) == 1, f"{len(matches)} items fit the page {self.driver.current_url}: {key[:200]}"
        return matches[0]

    def answer_right(self) -> None:
        """Choose what the key says, as shown to this person, by clicking."""
        item = self.item_on_page()
        for tab in self.driver.find_elements(By.CSS_SELECTOR, ".tabs .tb-"):
            if tab.is_displayed():  # on a phone: read response B too
                self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", tab)
                tab.click()
        if isinstance(item, RankingItem):
            for place, letter in self.shown_places(item.responses, "[data-response] .body").items():
                self.type_into(f"rank-{place}", str(item.key.ranks[letter]))
            return
        if isinstance(item, SpansItem):
            self.mark_spans(item)
            return
        if isinstance(item, WrittenItem):
            self.type_into("text", item.perfect()["text"])
            return
        for name, value in self.right_values(item):
            selector = f"input[name='{name}'][value='{value}']"
            box = self.driver.find_element(By.CSS_SELECTOR, selector)
            self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", box)
            box.click()

    def type_into(self, name: str, text: str) -> None:
        control = self.driver.find_element(By.NAME, name)
        control.clear()
        control.send_keys(text)

    def mark_spans(self, item: SpansItem) -> None:
        """Touch the first and the last word of each error, then choose its kind and weight."""
        values = item.form_values(item.perfect(), {})
        if values.get("clean"):
            box = self.driver.find_element(By.NAME, "clean")
            self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", box)
            box.click()
        for number in range(1, len(item.key.spans) + 1):
            for end in ("from", "to") if self.has_script else ():
                word = self.driver.find_element(By.CSS_SELECTOR, f"[data-word='{values[f'mark-{number}-{end}']}']")
                self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", word)
                word.click()
            if not self.has_script:
                self.show_mark(number)
                self.type_into(f"mark-{number}-from", str(values[f"mark-{number}-from"]))
                self.type_into(f"mark-{number}-to", str(values[f"mark-{number}-to"]))
            for part in ("category", "severity"):
                select = Select(self.driver.find_element(By.NAME, f"mark-{number}-{part}"))
                select.select_by_value(values[f"mark-{number}-{part}"])

    def show_mark(self, number: int) -> None:
        """The rows for a third error and more are folded until somebody opens them."""
        if not self.driver.find_element(By.NAME, f"mark-{number}-from").is_displayed():
            fold = self.driver.find_element(By.XPATH, f"//details[.//*[@name='mark-{number}-from']]/summary")
            self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", fold)
            fold.click()

    def right_values(self, item: SomeItem) -> list[tuple[str, Any]]:
        """(control name, value) of the right answer on this page."""
        if isinstance(item, ChoiceItem):
            places = self.shown_places(item.options, ".opt > div")
            return [("choice", place) for place, letter in places.items() if letter in item.key.correct]
        if isinstance(item, StepsItem):
            return [("step", item.key.first_wrong)]
        if isinstance(item, RubricItem):
            return [(f"level-{number}", item.key.levels[one.id]) for number, one in enumerate(item.criteria, 1)]
        first_panel = squash(self.driver.find_element(By.CSS_SELECTOR, ".resp .body").get_attribute("textContent") or "")
        sign = 1 if first_panel == visible(item.first) else -1
        sides = {"first": "a" if sign == 1 else "b", "second": "b" if sign == 1 else "a", "same": "s"}
        asked: dict[str, str] = item.perfect()["dimensions"]
        return [("overall", item.key.overall * sign), *((f"dim-{name}", sides[side]) for name, side in asked.items())]

    def shown_places(self, texts: Mapping[str, str], selector: str) -> dict[str, str]:
        """Shown place (a, b, ...) to letter of the file, found by the texts in the order of the page."""
        letters = {visible(text): letter for letter, text in texts.items()}
        found = self.driver.find_elements(By.CSS_SELECTOR, selector)
        shown = [squash(one.get_attribute("textContent") or "") for one in found]
        return {place: letters[text] for place, text in zip("abcdefghi", shown, strict=False)}


def _quote(text: str) -> str:
    return f'"{text}"' if '"' not in text else f"'{text}'"
