"""Speaks as a person: sees texts, presses buttons, fills fields by their label."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

from tests.browser.live import ROOT, LiveServer
from trainer_academy.assessments.bank import SomeItem
from trainer_academy.assessments.items import ChoiceItem, PairwiseItem, RubricItem
from trainer_academy.core import markdown
from trainer_academy.workflows.library import load_library

PASSWORD = "seven green boats"


def squash(text: str) -> str:
    """Only letters and digits: the same for a source text and for what the page shows."""
    return re.sub(r"[\W_]+", "", text).lower()


def visible(text: str) -> str:
    html = re.sub(r"<[^>]+>", " ", markdown.render(text, has_math=False))
    for entity, char in (("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&nbsp;", " ")):
        html = html.replace(entity, char)
    return squash(html)


@cache
def items_by_text() -> dict[str, list[SomeItem]]:
    """Items by a text that their page shows: a response, or the question."""
    store = load_library(Path(ROOT / "content")).store
    found: dict[str, list[SomeItem]] = {}
    for item in store.items.values():
        shown = {
            PairwiseItem: lambda i: sorted((visible(i.first), visible(i.second)))[0],
            RubricItem: lambda i: visible(i.response),
            ChoiceItem: lambda i: visible(i.context + "\n\n" + i.question) + "".join(sorted(map(visible, i.options.values()))),
        }[type(item)](item)
        found.setdefault(shown, []).append(item)
    return found


class Person:
    """Somebody at a browser."""

    def __init__(self, driver: webdriver.Chrome, server: LiveServer) -> None:
        self.driver, self.server = driver, server

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
        css = self.driver.find_elements
        panels = [squash(e.get_attribute("textContent") or "") for e in css(By.CSS_SELECTOR, ".resp .body")]
        if len(panels) == 2:
            key = sorted(panels)[0]
        elif panels:
            key = panels[0]
        else:
            bodies = css(By.CSS_SELECTOR, "main .prompt .body, main > .sheet.body")
            options = css(By.CSS_SELECTOR, ".opt > div")
            key = "".join(squash(e.get_attribute("textContent") or "") for e in bodies)
            key += "".join(sorted(squash(e.get_attribute("textContent") or "") for e in options))
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
        for name, value in self.right_values(item):
            selector = f"input[name='{name}'][value='{value}']"
            box = self.driver.find_element(By.CSS_SELECTOR, selector)
            self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", box)
            box.click()

    def right_values(self, item: SomeItem) -> list[tuple[str, Any]]:
        """(control name, value) of the right answer on this page."""
        if isinstance(item, ChoiceItem):
            return [("choice", letter) for letter in item.key.correct]
        if isinstance(item, RubricItem):
            return [(f"level-{name}", level) for name, level in item.key.levels.items()]
        first_panel = squash(self.driver.find_element(By.CSS_SELECTOR, ".resp .body").get_attribute("textContent") or "")
        sign = 1 if first_panel == visible(item.first) else -1
        sides = {"first": "a" if sign == 1 else "b", "second": "b" if sign == 1 else "a", "same": "s"}
        return [("overall", item.key.overall * sign), *((f"dim-{n}", sides[side]) for n, side in item.key.dimensions.items())]


def _quote(text: str) -> str:
    return f'"{text}"' if '"' not in text else f"'{text}'"
