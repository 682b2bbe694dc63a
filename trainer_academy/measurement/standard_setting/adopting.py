"""Adopting a cut: who signs for it, with which reason. Running attempts keep the cut they started with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from trainer_academy.accounts.audit import record
from trainer_academy.assessments.exams.models import Cut
from trainer_academy.core.errors import Refusal
from trainer_academy.measurement.standard_setting import rules as study_rules
from trainer_academy.measurement.standard_setting.models import Study
from trainer_academy.measurement.standard_setting.results import RoundResult


@dataclass(frozen=True)
class Adoption:
    """What the operator wrote: the cut as a share, the reason, why it is another one, and the typed name."""

    score: float
    reason: str
    why_other: str
    signature: str


def adopt(
    session: Session, study: Study, result: RoundResult | None, wish: Adoption, adopted_by: int, name: str, now: datetime
) -> Cut | Refusal:
    """Adopt the cut of a finished study for new attempts. `name` is the account's name, which the signature repeats.

    Refused with a reason in words: the study is open, the panel too small, the value impossible or not explained.
    """
    if result is None or result.number != 2:
        return Refusal("cut.open")
    recommended = round(result.paper.cut, 4)
    refusal = study_rules.adoption_refusal(study.status, result.judges, wish.score, recommended, wish.why_other)
    if refusal is not None:
        return refusal
    if not same_name(wish.signature, name):
        return Refusal("cut.signature", name=name)
    reason = (
        wish.reason if abs(wish.score - recommended) <= study_rules.EQUAL else f"{wish.reason} Another value: {wish.why_other}"
    )
    cut = Cut(
        exam_key=study.exam_key,
        study_id=study.id,
        score=wish.score,
        recommended=recommended,
        error=round(result.paper.error, 6),
        judges=result.judges,
        items=len(study.items),
        reason=reason[:1000],
        signature=wish.signature,
        adopted_by=adopted_by,
        adopted_at=now,
    )
    session.add(cut)
    session.flush()
    detail = f"{study.exam_key}: {wish.score} (recommended {recommended}) of study {study.id}; {reason}"
    record(session, adopted_by, "cut_adopted", "cut", cut.id, now, detail)
    return cut


def same_name(one: str, other: str) -> bool:
    """Alike but for case and spaces."""
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def cuts_of(session: Session, exam_key: str) -> list[Cut]:
    """Every cut that was ever adopted for an exam, the newest first."""
    return list(session.exec(select(Cut).where(Cut.exam_key == exam_key).order_by(col(Cut.id).desc())).all())
