"""What calibration and export take from first attempts: answers that were reached, under the key of today. Steps, no numpy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlmodel import Session

from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.measurement.answers import GivenAnswer, Sitting, first_sittings
from trainer_academy.measurement.calibrations.response_files import SheetRow, person_code
from trainer_academy.measurement.calibrations.stored import bank_items

SITTINGS_AT_ONCE = 500


def reached(answers: Sequence[GivenAnswer]) -> list[GivenAnswer]:
    """The answers up to the last position that was answered: what comes after was not reached and says nothing.

    A position before it without an answer was seen and passed over; it counts as it was scored.
    """
    ordered = sorted(answers, key=lambda answer: answer.position)
    while ordered and not ordered[-1].payload:
        ordered.pop()
    return ordered


def keys_of_today(session: Session, store: ItemStore, exam_key: str) -> dict[str, str]:
    """Item id to key version, of the items of the exam's bank that count. Raises NotFound for an unknown exam."""
    return {item.id: item.key_version for item in bank_items(session, store, exam_key).values() if item.is_counted}


def usable_answers(
    session: Session, store: ItemStore, exam_key: str, keys: Mapping[str, str]
) -> Iterator[tuple[Sitting, list[GivenAnswer]]]:
    """Each first attempt in the order of ids, with the answers that were reached and are scored with these keys."""
    after = 0
    while sittings := first_sittings(session, store, exam_key, after, SITTINGS_AT_ONCE):
        for sitting in sittings:
            yield sitting, [answer for answer in reached(sitting.answers) if keys.get(answer.item_id) == answer.key_version]
        after = sittings[-1].attempt_id


def sheet_rows(session: Session, store: ItemStore, exam_key: str, keys: Mapping[str, str], secret: str) -> Iterator[SheetRow]:
    """The same as rows of a file: persons under a code. People without a usable answer are left out."""
    for sitting, answers in usable_answers(session, store, exam_key, keys):
        if answers:
            code = person_code(secret, exam_key, sitting.user_id)
            yield SheetRow(code, {answer.item_id: (answer.credit, answer.seconds) for answer in answers})
