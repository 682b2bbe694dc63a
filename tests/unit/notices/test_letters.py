"""Mails are templates: each kind has both files and says everything through gettext, in the language of the person."""

from __future__ import annotations

import ast
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from tests.house import PACKAGE, ROOT
from tests.pseudo import LANGUAGE, make_catalogue, unmarked
from trainer_academy.core import languages
from trainer_academy.notices.letters import FOLDER, write_letter

A_DAY = datetime(2026, 11, 3, 14, 5, tzinfo=UTC)
NAMES = {
    name: f"<{name}>" for name in ("name", "title", "vendor", "client", "item", "exam", "reason", "answer", "code", "rate")
}
VALUES = NAMES | {
    "address": "https://a.example/1",
    "courses": "https://a.example/courses",
    "certificates": ["https://a.example/c/1", "https://a.example/c/2"],
    "issued_at": A_DAY,
    "valid_until": A_DAY,
    "expires_at": A_DAY,
    "created_at": A_DAY,
    "answer_by": A_DAY,
    "due_on": date(2026, 12, 24),
    "starts_on": "2026-12-01",
    "is_passed": True,
    "is_time_over": True,
    "is_accepted": True,
    "change": "key",
    "effect": "kept",
    "before": 0.5,
    "after": 0.65,
    "hours": 20,
    "items": 42,
    "years": 2,
    "note": "",
}
KINDS = sorted(file.name.removesuffix(".body.txt") for file in FOLDER.glob("*.body.txt"))
OTHERS = [
    ("exam_result", {"is_passed": False, "is_time_over": False, "certificates": []}),
    ("exam_result", {"note": "<reason>"}),
    ("exam_rescored", {"item": ""}),
    ("exam_rescored", {"before": None}),
    *(("exam_rescored", {"effect": effect, "change": "counts"}) for effect in ("to_pass", "to_fail", "")),
    ("contest_rescored", {"change": "suspended"}),
    ("contest_answered", {"is_accepted": False}),
    ("course_assigned", {"due_on": None}),
    ("invitation", {"name": ""}),
]
EVERY_FORM = [*((kind, {}) for kind in KINDS), *OTHERS]


@pytest.fixture(scope="module")
def catalogues(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("translations")
    make_catalogue(folder)
    return folder


@pytest.fixture
def pseudo(catalogues: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(languages, "FOLDER", catalogues)
    return LANGUAGE


def test_every_mail_that_is_written_has_a_template_and_every_template_is_used() -> None:
    written = set()
    for file in (ROOT / PACKAGE).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("add_mail", "_tell"):
                written |= {n.value for n in node.args[2:3] if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    assert written | {"invitation", "offer_accepted", "offer_declined"} == set(KINDS)
    assert {file.name.removesuffix(".subject.txt") for file in FOLDER.glob("*.subject.txt")} == set(KINDS)


@pytest.mark.parametrize(("kind", "change"), EVERY_FORM)
def test_a_mail_is_all_in_the_language_of_the_person(kind: str, change: dict[str, object], pseudo: str) -> None:
    found = write_letter(kind, VALUES | change, pseudo)
    for text in (found.subject, found.body):
        plain = re.sub(r"<\w+>|https://\S+", "", unmarked(text))
        assert not re.search(r"[A-Za-z]", plain), plain
    assert found.subject and found.body


@pytest.mark.parametrize(("kind", "change"), EVERY_FORM)
def test_in_english_no_line_is_lost_or_doubled(kind: str, change: dict[str, object]) -> None:
    found = write_letter(kind, VALUES | change, "")
    assert "\n\n\n" not in found.body and "\n" not in found.subject
    assert not [line for line in found.body.splitlines() if line != line.strip()]


ENGLISH = [
    (
        "exam_result",
        {},
        "Result: <title>",
        "Time was over. The answers that you had saved were counted.\n\n<title>: passed.\n\n"
        "Your result: https://a.example/1\n\nYour certificate: https://a.example/c/1\n\nYour certificate: https://a.example/c/2",
    ),
    (
        "credential_revoked",
        {},
        "Revoked: <name>",
        'Your certificate "<name>" from 03 November 2026 was revoked.\n\nReason: <reason>\n\nIts public page now says so, with '
        "the date and the reason. The file that you may have saved is not valid any more.\nhttps://a.example/1\n\nIf you think "
        "that this is wrong, answer this message or write to the academy. You may be able to sit the exam again.",
    ),
    (
        "course_assigned",
        {},
        "A course for you: <title>",
        "<vendor> asks you to take the course “<title>” with its exam. Please finish by 24 December 2026.\n\n"
        "Start here: https://a.example/1",
    ),
    (
        "exam_rescored",
        {},
        "Your result has changed: <title>",
        "The right answer to the item <item> was corrected. Two authors agreed on it.\n\n"
        "Your score was 50 of 100. It is now 65 of 100.\n\n"
        "The new score is below the pass mark. The mistake was ours: you keep your pass and your certificate.\n\n"
        "The old score stays stored beside the new one. You did not have to do anything, and your answers were not changed.\n\n"
        "Your result: https://a.example/1\n\n"
        "Your certificate: https://a.example/c/1\n\nYour certificate: https://a.example/c/2",
    ),
    (
        "contest_answered",
        {},
        "Answer to your message on an item",
        "On 03 November 2026 you told us that something is wrong with an item. You were right, and we act on it.\n\n"
        "<answer>\n\nAll your messages on items: https://a.example/1",
    ),
    (
        "offer",
        {},
        "Offer from <client>",
        "<client> offers you work: <title>\n\nYou get $<rate> an hour for 20 hours.\nStart: 2026-12-01\n"
        "Answer by: 2026-11-03 14:05 UTC\n\nRead it and accept or decline: https://a.example/1\n"
        "You need no reason to decline, and it changes nothing else.",
    ),
]


@pytest.mark.parametrize(("kind", "change", "subject", "body"), ENGLISH)
def test_the_english_mail_word_for_word(kind: str, change: dict[str, object], subject: str, body: str) -> None:
    found = write_letter(kind, VALUES | change, "en")
    assert (found.subject, found.body) == (subject, body)


def test_a_value_that_is_missing_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        write_letter("offer_accepted", {"title": "T"}, "en")


def test_a_language_without_a_catalogue_is_english() -> None:
    assert write_letter("study_closed", {}, "sw").subject == "The second round is closed"
