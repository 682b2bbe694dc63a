"""A small exam with written work, added to a copy of the shipped content, and people who write and rate."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

from flask import Flask
from sqlmodel import Session

from tests.functional.conftest import TestClock
from tests.stage import give_role, id_of, write
from tests.visitor import Visitor
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.exams.attempts import save_response
from trainer_academy.assessments.exams.models import Attempt
from trainer_academy.assessments.rating.models import Qualification
from trainer_academy.core.db import Database
from trainer_academy.web.context import get

ROOT = Path(__file__).resolve().parents[1]
EXAM = "written-test"
CRITERIA = {"names": 3, "shows": 4}
BEST, MIDDLE, WORST = {"names": 2, "shows": 3}, {"names": 1, "shows": 2}, {"names": 0, "shows": 0}

ITEM = """---
id: {id}
kind: written
task: rationale
title: Why is the second reply better ({number})
skill: rationale
difficulty: 3
domain: daily
traps: []
status: active
lesson: 07-writing-a-rationale
guideline: ["{clause}"]
key:
  basis: judgement
  check_weight: 0.2
checks:
  - {{check: length, min: 3, max: 60}}
criteria:
  - {{id: names, name: Names the difference, levels: [no difference is named, it is named in part, it is named]}}
  - {{id: shows, name: Shows evidence, levels: [none, a claim, a place, quoted words]}}
examples:
  a: {{levels: {{names: 0, shows: 0}}}}
  b: {{levels: {{names: 1, shows: 1}}}}
  c: {{levels: {{names: 1, shows: 2}}}}
  d: {{levels: {{names: 2, shows: 3}}}}
---
## Task
Test task number {number}. Write why the second reply is better, in one sentence for the writer of the first reply.

## Example a
EXAMPLE-TEXT-A {number}: both replies are fine.

## Example a why
EXAMPLE-WHY-A nothing is named and nothing is shown.

## Example b
EXAMPLE-TEXT-B {number}: the first reply is wrong.

## Example b why
EXAMPLE-WHY-B it is a claim, and the difference is only half of it.

## Example c
EXAMPLE-TEXT-C {number}: the first reply is wrong in its second line.

## Example c why
EXAMPLE-WHY-C the place is there, the difference is half of it.

## Example d
EXAMPLE-TEXT-D {number}: the first reply says "five" where the sum is four.

## Example d why
EXAMPLE-WHY-D the difference is named and the words are quoted.

## Why
Raters look for the difference that decides, and for the words in the reply that show it.
"""
SPEC = """title: Written test
version: "1"
course: evaluating-responses
bank: evaluating-exam
minutes: 45
cut_score: 0.7
cut_basis: A number for tests, it rests on nothing.
attempts: 3
window_days: 365
cooldown_hours: 0
release: skills
rating:
  min_agreement: 0.6
  examples: 6
  max_difference: 1
  lock_minutes: 30
  due_days: 7
draw:
  - {skill: rationale, kind: written, count: 2}
  - {skill: rationale, kind: choice, count: 2}
"""


def make_content(folder: Path) -> Path:
    """A copy of the shipped content with the written test exam as the only one with written work, and what it certifies."""
    content = folder / "content"
    shutil.copytree(ROOT / "content", content)
    bank = content / "items" / "evaluating-exam"
    for exam in (content / "exams").glob("*.yaml"):
        if "\nrating:" in exam.read_text():
            exam.unlink()
            (content / "schemes" / exam.name).unlink(missing_ok=True)
    for item in bank.glob("*.md"):
        if "\nkind: written\n" in item.read_text():
            item.unlink()
    clause = re.search(r"\nguideline: \[\"?([^\"\],]+)", (bank / "ev-x-001.md").read_text())
    for number in (1, 2):
        text = ITEM.format(id=f"ev-x-90{number}", number=number, clause=clause[1] if clause else "3.1")
        (bank / f"ev-x-90{number}.md").write_text(text)
    (content / "exams" / f"{EXAM}.yaml").write_text(SPEC)
    achievement = (content / "achievements" / "response-evaluator-1.yaml").read_text()
    achievement = achievement.replace("exam: evaluating-responses", f"exam: {EXAM}").replace(
        "Response Evaluator", "Test Writer"
    )
    (content / "achievements" / "test-writer-1.yaml").write_text(achievement)
    return content


def submit_work(app: Flask, clock: TestClock, person: Visitor, texts: tuple[str, ...] = ("",), right: bool = True) -> int:
    """Sit the exam, with these texts in turn as written answers; the attempt's id."""
    attempt_id = person.start_exam(EXAM)
    with app.app_context(), get(Database).writing() as session:
        attempt = session.get(Attempt, attempt_id)
        assert attempt is not None
        given = 0
        for position, entry in enumerate(attempt.paper, 1):
            item = get(ItemStore).items[entry.item_id]
            payload = item.perfect() if right else {}
            if item.is_rated:
                payload = {"text": texts[given % len(texts)] or f"A written answer, number {given + 1}."}
                given += 1
            save_response(session, attempt, position, payload, False, 1, clock())
        session.commit()
    person.post(f"/attempts/{attempt_id}/submit")
    return attempt_id


def make_rater(app: Flask, clock: TestClock, person: Visitor, login: str, is_qualified: bool = True) -> int:
    """Give a signed-up person the role and, in tests of other things, the right as if it had been earned; the person's id."""
    give_role(app, clock, login, "academy", "rater")

    def step(session: Session) -> int:
        rater_id = id_of(session, login)
        if is_qualified:
            session.add(
                Qualification(
                    rater_id=rater_id,
                    exam_key=EXAM,
                    agreement=0.9,
                    agreement_low=0.7,
                    agreement_high=1.0,
                    ratings=6,
                    is_qualified=True,
                    decided_at=clock(),
                )
            )
        return rater_id

    return int(write(app, step))


def take(person: Visitor) -> str:
    """Take the next text; its address, "" when nothing waits."""
    reply = person.post(f"/rating/{EXAM}/next", follow=False)
    location = str(reply.headers.get("Location", ""))
    return location if "/rating/work/" in location else ""


def rating_form(levels: dict[str, int], comment: str = "A comment for the writer.", **more: Any) -> dict[str, Any]:
    return {f"level-{name}": str(level) for name, level in levels.items()} | {"comment": comment} | more


def rate_next(person: Visitor, levels: dict[str, int], comment: str = "A comment for the writer.") -> str:
    """Take a text and rate it; the address of the work."""
    address = take(person)
    assert address, "nothing waits for this rater"
    reply = person.post(address, rating_form(levels, comment), follow=False)
    assert reply.status_code == 302, reply.text[:2000]
    return address
