"""What pages weigh on the wire, how many requests they need, and that no page carries inline script or style.

Budgets are in kilobytes of 1,024 bytes, compressed, and count the page with everything it makes a browser load.
"""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException

from tests.functional.assessments.exams.exam_answers import fill_paper, paper_length
from tests.functional.conftest import TestClock
from tests.visitor import Visitor
from trainer_academy import demo
from trainer_academy.accounts import people
from trainer_academy.assessments.bank.store import ItemStore, SomeItem
from trainer_academy.assessments.items.choice import ChoiceItem
from trainer_academy.assessments.items.pairwise import PairwiseItem
from trainer_academy.config import Config
from trainer_academy.core.clock import utc_now
from trainer_academy.core.db import Database
from trainer_academy.library import Library
from trainer_academy.pool.profiles import ProfileValues, save_profile, set_listed
from trainer_academy.web.context import get
from trainer_academy.workflows.certification import Services

KB = 1024
COURSE = "/courses/evaluating-responses"
GZIP = {"Accept-Encoding": "gzip"}


@pytest.fixture
def database_url(sqlite_stocked: Path, tmp_path: Path) -> str:
    """SQLite only: what a page weighs does not depend on the database."""
    shutil.copyfile(sqlite_stocked, tmp_path / "academy.db")
    return f"sqlite:///{tmp_path / 'academy.db'}"


class Markup(HTMLParser):
    """What a page loads, where it leads, and what the content security policy forbids."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.forbidden: list[str] = []
        self.action = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "link" and {"stylesheet", "icon"} & set(given.get("rel", "").split()):
            self.loads.append(given["href"])
        if tag in ("script", "img") and "src" in given:
            self.loads.append(given["src"])
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "form" and given.get("id") == "task":
            self.action = given.get("action", "")
        if tag in ("style", "base") or (tag == "script" and "src" not in given):
            self.forbidden.append(f"<{tag}>")
        self.forbidden += [f"{tag} {name}" for name in given if name == "style" or name.startswith("on")]
        self.forbidden += [f"{tag} {name}={value}" for name, value in given.items() if "javascript:" in value.lower()]


@dataclass(frozen=True)
class Weight:
    """Compressed bytes by kind, and the number of requests."""

    html: int
    css: int
    js: int
    images: int
    requests: int

    @property
    def total(self) -> int:
        return self.html + self.css + self.js + self.images


def weigh(client: FlaskClient, path: str) -> Weight:
    """Load a page and what it names, as a browser with an empty cache does."""
    sizes: Counter[str] = Counter()
    page = client.get(path, headers=GZIP)
    assert page.status_code == 200, f"{path}: {page.status_code}"
    assert page.headers["Content-Encoding"] == "gzip"
    markup = Markup(client.get(path).text)
    assert not markup.forbidden, f"{path}: {markup.forbidden}"
    loads = sorted(set(markup.loads))
    for address in loads:
        assert address.startswith("/static/"), f"{path} loads {address}"
        part = client.get(address, headers=GZIP)
        assert part.status_code == 200
        assert "immutable" in part.headers["Cache-Control"], f"{address} is asked for again at the next visit"
        kind = {"css": "css", "js": "js"}.get(address.rpartition(".")[2], "images")
        sizes[kind] += len(part.data)
    return Weight(len(page.data), sizes["css"], sizes["js"], sizes["images"], 1 + len(loads))


def check_budget(name: str, weight: Weight, total: int, requests: int, **parts: int) -> None:
    """Compare with the budget in KB; `parts` limits html, css or js on their own."""
    assert weight.total <= total * KB, f"{name} weighs {weight.total / KB:.1f} KB: {weight}"
    assert weight.requests <= requests, f"{name} needs {weight.requests} requests"
    for part, limit in parts.items():
        assert getattr(weight, part) <= limit * KB, f"{part} of {name} weighs {getattr(weight, part) / KB:.1f} KB, not {limit}"


def certified(app: Flask, learner: Visitor) -> int:
    """Pass the exam; the attempt's id."""
    attempt_id = learner.start_exam()
    fill_paper(app, attempt_id)
    assert "You passed" in learner.post(f"/attempts/{attempt_id}/submit").text
    return attempt_id


def test_every_lesson(app: Flask, learner: Visitor, library: Library) -> None:
    course = library.catalog.courses["evaluating-responses"]
    for lesson in course.lessons:
        for visitor in (learner, Visitor(app)):
            weight = weigh(visitor.client, f"{COURSE}/lessons/{lesson.key}")
            check_budget(lesson.key, weight, 50, 6, html=25, css=8, js=5)


def test_the_kilobytes_on_the_course_page_are_honest(learner: Visitor, library: Library) -> None:
    for lesson in library.catalog.courses["evaluating-responses"].lessons:
        weight = weigh(learner.client, f"{COURSE}/lessons/{lesson.key}")
        assert weight.html / KB == pytest.approx(lesson.kilobytes, abs=3), f"{lesson.key}: {weight.html / KB:.1f} KB"


def test_every_item_of_an_exam_paper(app: Flask, learner: Visitor) -> None:
    attempt_id = learner.start_exam()
    for position in range(1, paper_length(app, attempt_id) + 1):
        weight = weigh(learner.client, f"/attempts/{attempt_id}/items/{position}")
        check_budget(f"item {position}", weight, 30, 5, html=10, css=8, js=8)
    check_budget("the overview", weigh(learner.client, f"/attempts/{attempt_id}/review"), 30, 5)


def right_answer(item: SomeItem) -> dict[str, Any]:
    """The fields of a practice form that agree with the key, in the order of the file."""
    presentation: dict[str, Any] = {"swapped": False} if isinstance(item, PairwiseItem) else {}
    hidden = {"swapped": "0"}
    if isinstance(item, ChoiceItem):
        presentation, hidden = {"order": list(item.options)}, {"order": "".join(item.options)}
    values = item.form_values(item.perfect(), presentation)
    return hidden | {name: str(value) if isinstance(value, int) else value for name, value in values.items()}


def test_every_practice_item_and_its_feedback(app: Flask, learner: Visitor) -> None:
    with app.app_context():
        store = get(ItemStore)
    expected = [item.id for item in store.banks["evaluating-practice"].items.values() if item.status == "active"]
    seen = []
    for _ in expected:
        page = learner.get(f"{COURSE}/practice/all")
        item = store.items[Markup(page.text).action.rpartition("/")[2]]
        seen.append(item.id)
        check_budget(item.id, weigh(learner.client, f"{COURSE}/practice/all"), 30, 5, html=10, css=8, js=8)
        reply = learner.post(f"/practice/items/{item.id}", {**right_answer(item), "skill": "all"}, follow=False)
        check_budget(f"feedback of {item.id}", weigh(learner.client, reply.headers["Location"]), 30, 5, css=8)
    assert sorted(seen) == sorted(expected)


def test_result_and_certificate(app: Flask, learner: Visitor) -> None:
    result = f"/attempts/{certified(app, learner)}"
    check_budget("the result", weigh(learner.client, result), 30, 4, html=12, css=8, js=3)
    [certificate] = {link for link in Markup(learner.get(result).text).links if "/credentials/" in link}
    check_budget("the certificate", weigh(Visitor(app).client, certificate), 30, 4, html=12, css=8, js=3)


def test_a_failed_result_with_many_items_to_look_at(app: Flask, learner: Visitor) -> None:
    attempt_id = learner.start_exam()
    learner.post(f"/attempts/{attempt_id}/submit")
    check_budget("the failed result", weigh(learner.client, f"/attempts/{attempt_id}"), 30, 4, css=8, js=3)


def test_a_repeat_visit_loads_only_the_page(learner: Visitor) -> None:
    first, second = (Markup(learner.get(f"{COURSE}/lessons/01-reading-a-guideline").text).loads for _ in range(2))
    assert first == second, "the same addresses, which the browser keeps for a year"
    assert {urlsplit(address).query for address in first} == {""}


def add_specialists(app: Flask, number: int) -> None:
    """Listed people with certificates from real attempts, and a client who looks for them."""
    with app.app_context(), get(Database).writing() as session:
        make = demo.Builder(session, get(Library), get(Services), utc_now() - timedelta(days=1))
        for place in range(number):
            user_id = make.person(f"person{place}@example.org", f"Specialist {place}")
            make.sit_exam(user_id, 1.0, place)
            values = ProfileValues(
                alias=f"Evaluator-{place:02}",
                country="KE",
                time_zone="Africa/Nairobi",
                languages=("sw", "en", "fr"),
                domains=("law", "health", "code"),
                rate_floor=1000 + place * 37,
                hours_per_week=20,
                about="Compares answers. " * 20,
            )
            save_profile(session, user_id, values, make.now)
            set_listed(session, user_id, True, make.now)
        buyer = make.person("buyer@example.org", "Bea Buyer", "seven green boats")
        people.add_membership(session, buyer, make.organization("client", "Client"), "buyer", None, make.now)
        session.commit()


def test_the_pool_with_a_full_page(app: Flask) -> None:
    add_specialists(app, 26)
    client = Visitor(app)
    client.sign_in("buyer@example.org")
    assert client.get("/pool").text.count('<li class="sheet card">') == 25
    check_budget("the pool", weigh(client.client, "/pool"), 40, 5, html=20, css=8, js=6)


class Crawl:
    """Follows every link from some pages, up to three addresses for a route."""

    def __init__(self, app: Flask, visitor: Visitor) -> None:
        self.adapter, self.visitor = app.url_map.bind("localhost"), visitor
        self.seen: set[str] = set()
        self.routes: Counter[str] = Counter()
        self.faults: list[str] = []

    def visit(self, address: str) -> None:
        parts = urlsplit(address)
        if parts.netloc not in ("", "localhost") or parts.scheme not in ("", "http") or address in self.seen or not parts.path:
            return
        self.seen.add(address)
        try:
            endpoint, _ = self.adapter.match(parts.path)
        except HTTPException:
            self.faults.append(f"{address} leads nowhere")
            return
        self.routes[endpoint] += 1
        if self.routes[endpoint] <= 3:
            self.read(address)

    def read(self, address: str) -> None:
        page = self.visitor.get(address)
        if page.status_code != 200:
            self.faults.append(f"{address}: {page.status_code}")
        if not (page.content_type or "").startswith("text/html"):
            return
        markup = Markup(page.text)
        self.faults += [f"{address}: {forbidden}" for forbidden in markup.forbidden]
        policy = page.headers["Content-Security-Policy"]
        if "default-src 'none'" not in policy or "unsafe" in policy:
            self.faults.append(f"{address}: weak policy")
        for link in markup.links:
            self.visit(link.partition("#")[0])


def test_no_inline_script_or_style_on_any_page(app: Flask, config: Config, library: Library, clock: TestClock) -> None:
    with app.app_context():
        accounts = demo.create_demo(get(Database), config, library, get(Services), clock())
    routes: set[str] = set()
    for account in [None, *accounts]:
        visitor = Visitor(app)
        if account:
            visitor.sign_in(account.login, account.password)
        crawl = Crawl(app, visitor)
        starts = {"client": ["/", "/organization/webhook"]}.get(account.role, ["/"]) if account else ["/", "/sign-up"]
        for start in starts:
            crawl.visit(start)
        assert not crawl.faults, f"{account.role if account else 'anonymous'}: {crawl.faults}"
        routes |= set(crawl.routes)
    wanted = {"courses.lesson", "vendors.roster", "pool.specialist", "operate.health", "bank.preview", "results.result"}
    assert wanted <= routes
    assert len(routes) >= 30, sorted(routes)


def test_the_reader_sees_what_is_forbidden() -> None:
    markup = Markup('<p style="x"><b onclick="y"><style></style><script>1</script><a href="javascript:z">')
    assert markup.forbidden == ["p style", "b onclick", "<style>", "<script>", "a href=javascript:z"]
