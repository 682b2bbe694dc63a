"""What an exam measured, as it goes onto a certificate."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from sqlmodel import Session

from trainer_academy.assessments.bank.store import Bank, ItemStore
from trainer_academy.assessments.exams.deciding import Credits, newest_decision
from trainer_academy.assessments.exams.models import Attempt
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.core.db import id_of
from trainer_academy.credentials.criteria import Measurement

FULL = 0.9995  # credits are sums of weights in floating point


def measure(
    session: Session, store: ItemStore, attempt: Attempt, items: Sequence[SomeItem], credits: Credits, language: str
) -> Measurement:
    """The measurement of a decided attempt. `credits` by position; None where a position does not count."""
    assert attempt.cut_score is not None
    assert attempt.score is not None and attempt.score_low is not None and attempt.score_high is not None
    spec = store.exams[attempt.exam_key]
    counted = [(item, credit) for item, credit in zip(items, credits, strict=True) if credit is not None]
    item_count, basis = newest_decision(session, id_of(attempt))
    keyed = [credit for item, credit in counted if not item.is_rated]
    return Measurement(
        score=attempt.score,
        low=attempt.score_low,
        high=attempt.score_high,
        cut_score=attempt.cut_score,
        item_count=item_count,
        exam_title=spec.title,
        exam_version=attempt.exam_version,
        bank_size=len(store.banks[spec.bank].items),
        bank_version=hash_bank(store.banks[spec.bank]),
        language=language,
        agreement=sum(credit >= FULL for credit in keyed) / len(keyed) if keyed else None,
        rated_count=len(counted) - len(keyed),
        consistency=basis.get("consistency"),
        consistency_n=basis.get("n", 0),
        sureness=basis.get("above"),
        scoring=attempt.scoring,
    )


def hash_bank(bank: Bank) -> str:
    """Twelve hexadecimal characters over the versions of all items: another item or another key gives another one."""
    lines = sorted(f"{item.id} {item.version}\n" for item in bank.items.values())
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:12]
