"""Makes the pictures of the README: `python tests/browser/screenshots.py`.

Starts a server with demo data in a temporary folder, photographs it with a headless browser, and stops it.
"""

from __future__ import annotations

import base64
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from selenium.webdriver.common.by import By

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # this file is run by its path, not as a module

from tests.browser.live import ROOT, LiveServer, open_chromium, set_screen
from tests.browser.person import Person
from trainer_academy.assessments.items.pairwise import PairwiseItem

FOLDER = ROOT / "docs" / "pictures"
MAX_BYTES = 150 * 1024
GOOD_LENGTH = 900  # characters of a pair that fills the panels without scrolling


@dataclass
class Photographer:
    """A person with a camera."""

    person: Person
    folder: Path

    def shoot(self, name: str, width: int, height: int, is_dark: bool = False) -> None:
        """Photograph the top of the page that is open. Raises ValueError when the file is too large for a README."""
        driver = self.person.driver
        set_screen(driver, width, height, is_dark)
        driver.refresh()  # so that no colour is in the middle of a fade
        driver.execute_script("document.activeElement.blur(); scrollTo(0, 0)")
        reply = driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
        picture = base64.b64decode(reply["data"])
        if len(picture) > MAX_BYTES:
            raise ValueError(f"{name} has {len(picture)} bytes; at most {MAX_BYTES} are allowed")
        (self.folder / name).write_bytes(picture)
        print(f"{name}: {len(picture) / 1024:.0f} KB")

    def open_as(self, role: str, path: str) -> None:
        self.person.driver.delete_all_cookies()
        self.person.sign_in_as(role)
        self.person.open(path)

    def follow(self, css: str) -> None:
        self.person.driver.get(str(self.person.driver.find_element(By.CSS_SELECTOR, css).get_attribute("href")))


def sit_mock_exam(camera: Photographer) -> dict[str, str]:
    """Answer a mock exam; the address of an item of each kind. Of the pairs it is the one with a good length."""
    person = camera.person
    person.sign_up("Asha Mushi", "asha.mushi@example.org")
    # The mock exam: exam items do not belong into pictures.
    person.open("/exams/evaluating-responses-mock")
    person.press("Start now")
    lengths: dict[str, int] = {}
    places: dict[str, str] = {}
    for _ in range(12):
        item = person.item_on_page()
        places.setdefault(item.kind, person.driver.current_url)
        if isinstance(item, PairwiseItem) and item.key.overall:
            lengths[person.driver.current_url] = len(item.first) + len(item.second)
        person.answer_right()
        person.click(person.driver.find_element(By.CSS_SELECTOR, ".actions .primary"))
    return places | {"pairwise": min(lengths, key=lambda address: abs(lengths[address] - GOOD_LENGTH))}


def items(camera: Photographer) -> None:
    places = sit_mock_exam(camera)
    camera.person.driver.get(places["pairwise"])
    camera.shoot("comparison-360.png", 360, 740)
    camera.shoot("comparison-1280.png", 1280, 800)
    for kind in ("ranking", "spans", "rubric"):
        camera.person.driver.get(places[kind])
        camera.shoot(f"{kind}-360.png", 360, 740)


def result(camera: Photographer) -> None:
    camera.open_as("certified learner", "/exams/evaluating-responses")
    camera.follow("main .rows a[href*='/attempts/']")
    camera.shoot("result-1280.png", 1280, 860)
    camera.shoot("result-360.png", 360, 860)


def certificate(camera: Photographer) -> None:
    camera.open_as("certified learner", "/certificates")
    camera.follow("main .card a.btn")
    camera.person.driver.delete_all_cookies()
    camera.person.driver.refresh()
    camera.shoot("certificate-360.png", 360, 860)


def lesson(camera: Photographer) -> None:
    camera.open_as("learner", "/courses/evaluating-responses/lessons/05-position-bias")
    camera.shoot("lesson-360-dark.png", 360, 740, is_dark=True)


def pool(camera: Photographer) -> None:
    camera.open_as("client", "/pool?language=en&min_hours=15")
    camera.shoot("pool-1280.png", 1280, 800)


def team(camera: Photographer) -> None:
    camera.open_as("vendor manager", "/team")
    camera.shoot("team-1280.png", 1280, 560)


SCENES: list[Callable[[Photographer], None]] = [items, result, certificate, lesson, pool, team]


def main(folder: Path = FOLDER) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="academy-pictures-") as home:
        server = LiveServer(Path(home) / "instance")
        driver = open_chromium()
        try:
            server.start()
            driver.execute_cdp_cmd("Emulation.setScrollbarsHidden", {"hidden": True})
            camera = Photographer(Person(driver, server), folder)
            for scene in SCENES:
                scene(camera)
        finally:
            driver.quit()
            server.stop()


if __name__ == "__main__":
    main()
