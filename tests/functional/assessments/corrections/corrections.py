"""What tests of corrections share: two authors, an item of a paper with another key, and the run over stored answers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from flask import Flask

from tests.functional.conftest import TestClock
from tests.stage import give_role
from tests.visitor import Visitor
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.exams.models import Attempt
from trainer_academy.assessments.items.choice import ChoiceItem
from trainer_academy.core.db import Database
from trainer_academy.web.context import get
from trainer_academy.workflows.certification import Services
from trainer_academy.workflows.correcting import rescore

WHY = "The statute was changed in March, so another option is right now."


@dataclass(frozen=True)
class Authors:
    """The one who proposes, and the one who decides."""

    first: Visitor
    second: Visitor


def make_authors(app: Flask, clock: TestClock) -> Authors:
    made = []
    for name in ("first", "second"):
        author = Visitor(app)
        author.sign_up(f"{name}@academy.example", f"{name} author")
        give_role(app, clock, f"{name}@academy.example", "academy", "author")
        made.append(author)
    return Authors(*made)


def choice_on(app: Flask, attempt_id: int) -> tuple[int, ChoiceItem]:
    """The first item with one right option on a paper, and its position."""
    with app.app_context(), get(Database).reader() as session:
        attempt = session.get(Attempt, attempt_id)
        assert attempt is not None
        for position, entry in enumerate(attempt.paper, 1):
            item = get(ItemStore).items[entry.item_id]
            if isinstance(item, ChoiceItem) and item.select == "one":
                return position, item
    raise AssertionError("the paper has no item with one right option")


def other_option(item: ChoiceItem) -> str:
    return next(letter for letter in item.options if letter not in item.key.correct)


def propose(author: Visitor, item_id: str, form: dict[str, Any]) -> int:
    """Propose a correction through its page; its number."""
    author.get(f"/banks/items/{item_id}/correct")
    reply = author.post(f"/banks/items/{item_id}/correct", {"why": WHY} | form, follow=False)
    match = re.search(r"/banks/corrections/(\d+)$", reply.headers.get("Location", ""))
    assert match, f"{reply.status_code} {reply.text[:2000]}"
    return int(match[1])


def decide(author: Visitor, correction_id: int, action: str) -> str:
    """Decide through the page; the text of the page after it."""
    author.get(f"/banks/corrections/{correction_id}")
    return author.post(f"/banks/corrections/{correction_id}", {"note": "I checked it too.", "action": action}).text


def run_rescoring(app: Flask, clock: TestClock, correction_id: int) -> None:
    with app.app_context():
        assert rescore(get(Database), get(Services), correction_id, clock())
