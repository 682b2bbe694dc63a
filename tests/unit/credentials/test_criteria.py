"""What is earned, until when it is valid, and what its status is, as tables of cases."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import pytest

from tests.issuer_bench import ACHIEVEMENT, KEY, MEASUREMENT
from trainer_academy.credentials.criteria import Achievements, Measurement, status_at, valid_until

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_achievements_are_found_by_exam_and_named_by_key() -> None:
    other = ACHIEVEMENT.model_copy(update={"exam": "other", "name": "Other"})
    known = Achievements({KEY: ACHIEVEMENT, "other": other})
    assert list(known.earned_by("evaluating-responses")) == [(KEY, ACHIEVEMENT)]
    assert list(known.earned_by("none")) == []
    assert (known.name(KEY), known.name("other"), known.name("gone")) == (ACHIEVEMENT.name, "Other", "gone")


def test_a_measurement_is_read_with_what_is_stored() -> None:
    stored = asdict(MEASUREMENT)
    assert Measurement.read(stored | {"attempt_id": 7}) == MEASUREMENT
    early = {name: stored[name] for name in list(stored)[:7]}
    found = Measurement.read(early)
    assert (found.score, found.exam_version, found.bank_size, found.language, found.sureness) == (
        0.9048,
        "2026.11",
        0,
        "en",
        None,
    )


@pytest.mark.parametrize(
    ("issued", "months", "until"),
    [
        ((2026, 11, 21), 24, (2028, 11, 21)),
        ((2026, 1, 31), 1, (2026, 2, 28)),
        ((2027, 12, 31), 2, (2028, 2, 29)),
        ((2026, 12, 5), 1, (2027, 1, 5)),
        ((2026, 1, 5), 11, (2026, 12, 5)),
        ((2026, 1, 5), 12, (2027, 1, 5)),
        ((2026, 6, 30), 0, (2026, 6, 30)),
    ],
)
def test_validity_ends_on_the_same_day_of_a_later_month(
    issued: tuple[int, int, int], months: int, until: tuple[int, int, int]
) -> None:
    begin = datetime(*issued, 9, 30, tzinfo=UTC)
    assert valid_until(begin, months) == datetime(*until, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("until", "revoked", "suspended", "status"),
    [
        (NOW + SECOND, None, None, "valid"),
        (NOW, None, None, "expired"),
        (NOW + SECOND, None, NOW, "suspended"),
        (NOW, None, NOW, "expired"),
        (NOW + SECOND, NOW, NOW, "revoked"),
        (NOW - SECOND, NOW, None, "revoked"),
        (NOW + SECOND, NOW + SECOND, None, "revoked"),
    ],
)
def test_the_status_of_a_certificate(
    until: datetime, revoked: datetime | None, suspended: datetime | None, status: str
) -> None:
    assert status_at(NOW, until, revoked, suspended) == status
