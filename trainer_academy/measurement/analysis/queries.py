"""What pages and downloads read of item analysis: stored numbers only, so that no page counts anything. Queries; no numpy."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from trainer_academy.assessments.bank.lookup import find_exam
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.contests.models import Contest, ContestStatus
from trainer_academy.core.errors import BadInput, NotFound
from trainer_academy.measurement.analysis.models import ExamAnalysis, ItemAnalysis
from trainer_academy.measurement.analysis.statistics import FLAGS, LEAST_FLAG, ExamFacts, ItemStatistics

SORTS = ("worst", "id", "n", "facility", "rest", "time", "exposure")


@dataclass(frozen=True)
class Analysis:
    """The exam as a whole, and when its numbers were worked out."""

    facts: ExamFacts
    computed_at: datetime


def analyses(session: Session) -> dict[str, Analysis]:
    """Exam key to what was found; one statement."""
    rows = session.execute(select(col(ExamAnalysis.exam_key), col(ExamAnalysis.facts), col(ExamAnalysis.computed_at)))
    return {row[0]: Analysis(ExamFacts.model_validate(row[1]), row[2]) for row in rows}


def analysis_of(session: Session, store: ItemStore, exam_key: str) -> Analysis | None:
    """What was found of one exam; None before its first analysis. Raises NotFound for an unknown exam."""
    find_exam(store, exam_key)
    columns = select(col(ExamAnalysis.facts), col(ExamAnalysis.computed_at)).where(ExamAnalysis.exam_key == exam_key)
    row = session.execute(columns).first()
    return None if row is None else Analysis(ExamFacts.model_validate(row[0]), row[1])


@dataclass(frozen=True)
class ItemLine:
    """An item in a list: its numbers, title, and the reports of people that wait for an answer."""

    item: ItemStatistics
    title: str
    complaints: int


def item_lines(session: Session, store: ItemStore, exam_key: str) -> list[ItemLine]:
    """Every analysed item of an exam by id; two statements."""
    statement = select(ItemAnalysis.numbers).where(ItemAnalysis.exam_key == exam_key).order_by(col(ItemAnalysis.item_id))
    items = [ItemStatistics.model_validate(numbers) for numbers in session.scalars(statement)]
    waiting = open_reports(session, {item.item_id for item in items})
    return [ItemLine(item, title_of(store, item.item_id), waiting.get(item.item_id, 0)) for item in items]


def item_line(session: Session, store: ItemStore, exam_key: str, item_id: str) -> ItemLine:
    """One item. Raises NotFound when it was not analysed in this exam."""
    statement = select(ItemAnalysis.numbers).where(ItemAnalysis.exam_key == exam_key, ItemAnalysis.item_id == item_id)
    numbers = session.scalar(statement)
    if numbers is None:
        raise NotFound("analysis.no_answers")
    item = ItemStatistics.model_validate(numbers)
    return ItemLine(item, title_of(store, item_id), open_reports(session, {item_id}).get(item_id, 0))


def title_of(store: ItemStore, item_id: str) -> str:
    item = store.items.get(item_id)
    return item.title if item is not None else item_id


def open_reports(session: Session, item_ids: Collection[str]) -> dict[str, int]:
    """How many reports on each item wait for an answer."""
    if not item_ids:
        return {}
    statement = select(col(Contest.item_id), func.count()).where(
        col(Contest.item_id).in_(item_ids), Contest.status == ContestStatus.OPEN
    )
    return {row[0]: row[1] for row in session.execute(statement.group_by(col(Contest.item_id)))}


def arrange(lines: Iterable[ItemLine], sort: str, flag: str) -> list[ItemLine]:
    """The lines with a flag ("" for all, "reported" for open reports), in an order of SORTS. Raises BadInput."""
    if sort not in SORTS or flag not in ("", "reported", *FLAGS):
        raise BadInput("analysis.order")
    kept = [line for line in lines if not flag or (line.complaints if flag == "reported" else flag in line.item.flags)]
    return sorted(kept, key=lambda line: (_place(line, sort), line.item.item_id))


def _place(line: ItemLine, sort: str) -> tuple[float, ...]:
    """Smaller comes first; what is not known comes last."""
    item = line.item
    rest = 2.0 if item.item_rest is None else item.item_rest
    if sort == "worst":
        is_negative = item.n >= LEAST_FLAG and rest < 0
        return (-is_negative, -line.complaints, -len(item.flags), rest)
    time = item.times.median if item.times else 0.0
    return {"id": (0.0,), "n": (item.n,), "facility": (item.facility,), "rest": (rest,), "time": (-time,)}.get(
        sort, (-item.exposure,)
    )
