"""The facts of an exam's technical report, gathered in one step. Reads only; the words are in `report_text`.

No fact is about a group of fewer than ten people: counts of people below that are None.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import case, func
from sqlmodel import Session, col, select

from trainer_academy.accounts.models import User
from trainer_academy.assessments.access import load_exposure
from trainer_academy.assessments.assembly import MIN_PAPERS, fits
from trainer_academy.assessments.attempts import terms_today
from trainer_academy.assessments.bank import ItemStore
from trainer_academy.assessments.contest_models import Contest, Correction, Rescoring
from trainer_academy.assessments.kinds import SomeItem
from trainer_academy.assessments.measurement_models import CalibrationAdoption, Cut, StoredCalibration
from trainer_academy.assessments.models import Attempt, LogSeal
from trainer_academy.assessments.rating_models import RatingTask
from trainer_academy.assessments.schema import ExamSpec
from trainer_academy.assessments.scoring import wilson_interval
from trainer_academy.assessments.standing import newest_quality
from trainer_academy.measurement.adopting import cuts_of
from trainer_academy.measurement.analysis_models import ItemAnalysis
from trainer_academy.measurement.item_statistics import GroupDifference, ItemStatistics
from trainer_academy.measurement.report_models import StoredReport
from trainer_academy.measurement.study_models import Study
from trainer_academy.measurement.study_results import RoundResult, study_result
from trainer_academy.measurement.study_rules import paper_weights

LEAST_GROUP = 10  # people; nothing is published about fewer
LEAST_COMPARED = 30  # people, before groups are compared and before reliability is said
NEWEST_PAPERS = 2000


class Facts(BaseModel):
    """Base of the facts: immutable; a stored report of an older version may hold names that are not known any more."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Line(Facts):
    """A line of the specification: how many items are asked for, and how many active ones fit."""

    skill: str
    kind: str
    difficulty: tuple[int, int] = (1, 5)
    trap: str = ""
    asked: int
    in_bank: int


class Papers(Facts):
    """Papers of whole exams that were looked at, and how many hold exactly what the specification asks for."""

    seen: int | None
    fitting: int | None


class Review(Facts):
    """Rows of the stored reviews that are about items of the bank; `current`: of the version that is in use now."""

    rows: int = 0
    items: int = 0
    current: int = 0
    as_they_were: int = 0
    reviewers: tuple[str, ...] = ()


class CutFact(Facts):
    """An adopted cut, without names."""

    score: float
    recommended: float
    error: float
    judges: int
    items: int
    reason: str
    adopted_at: datetime


class RoundFact(Facts):
    """One round of the panel. Shares."""

    number: int
    judges: int
    missing: int
    cut: float
    error: float
    low: float
    high: float
    error_with_items: float
    reliability: float | None
    lowest: float
    highest: float


class Panel(Facts):
    """The newest study that is not abandoned."""

    status: str
    definition: str
    items: int
    started_at: datetime | None
    ended_at: datetime | None
    rounds: tuple[RoundFact, ...]


class Quality(Facts):
    """What was last found about the decisions (`ExamQuality`)."""

    n: int
    mean: float | None = None
    sd: float | None = None
    alpha: float | None = None
    sem: float | None = None
    accuracy: float | None = None
    consistency: float | None = None
    kappa: float | None = None
    computed_at: datetime | None = None


class Rate(Facts):
    """A pass rate with its 95 % interval; None where the group is too small to be shown."""

    name: str
    n: int | None
    share: float | None = None
    low: float | None = None
    high: float | None = None


class Corrections(Facts):
    """Contested items, appeals and corrected keys of the bank."""

    reports: int | None
    accepted: int | None
    rejected: int | None
    waiting: int | None
    appeals: int | None
    median_days: float | None
    keys: int
    suspended: int
    to_pass: int | None
    to_fail: int | None
    kept: int | None


class ExposureFact(Facts):
    """How often items were shown; None below twenty papers."""

    papers: int | None
    used: int | None
    mean: float | None
    highest: float | None


class Change(Facts):
    """Something that changed: `what` is version, cut, calibration, calibration_ended, key, suspend."""

    at: datetime
    what: str
    detail: str


class GroupComparison(Facts):
    """Items compared between two groups of equally able people (Mantel-Haenszel): how many, and how many differ.

    `moderate` and `large` are the ETS classes B and C; `reference_n` and `focal_n` the most people that an item had.
    """

    kind: str
    reference: str
    focal: str
    items: int
    moderate: int
    large: int
    reference_n: int
    focal_n: int


class Report(Facts):
    """Everything in a technical report."""

    exam_key: str
    exam_version: str
    made_at: datetime
    bank: int
    counts: dict[str, dict[str, int]]
    lines: tuple[Line, ...]
    papers: Papers
    review: Review
    cut: float
    is_provisional: bool
    cuts: tuple[CutFact, ...]
    panel: Panel | None
    calibration: int | None
    is_sequential: bool = False
    quality: Quality | None
    rates: tuple[Rate, ...]
    people: int | None
    languages: tuple[Rate, ...]
    comparisons: tuple[GroupComparison, ...] = ()
    corrections: Corrections
    exposure: ExposureFact
    seals: int
    changes: tuple[Change, ...]


def gather(session: Session, store: ItemStore, exam_key: str, content: Path, now: datetime) -> Report:
    """All facts about an exam in its version of today. Raises KeyError for an exam that does not exist."""
    spec = store.exams[exam_key]
    items = store.items_for(spec)
    active = [item for item in items if item.status == "active" and any(fits(draw, item) for draw in spec.draw)]
    terms, cuts = terms_today(session, exam_key, spec, items), cuts_of(session, exam_key)
    adoptions = _adoptions(session, exam_key)
    quality = newest_quality(session, exam_key, spec.version)
    return Report(
        exam_key=exam_key, exam_version=spec.version, made_at=now, bank=len(active), counts=_counts(active),
        lines=tuple(
            Line(
                skill=d.skill, kind=d.kind, difficulty=d.difficulty, trap=d.trap, asked=d.count,
                in_bank=sum(fits(d, item) for item in active),
            ) for d in spec.draw
        ),
        papers=_papers(session, store, exam_key, spec), review=read_reviews(content / "review", active), cut=terms.cut.score,
        is_provisional=terms.cut.is_provisional, cuts=tuple(_cut_fact(one) for one in cuts),
        panel=_panel(session, exam_key, spec), is_sequential=terms.choice.is_sequential,
        calibration=None if terms.known is None else terms.known.number,
        quality=None if quality is None else Quality.model_validate(quality.model_dump()),
        rates=_rates(session, exam_key, spec.version), people=shown(_people(session, exam_key)),
        languages=_languages(session, exam_key, spec.version), comparisons=_comparisons(session, exam_key),
        corrections=_corrections(session, exam_key, items),
        exposure=_exposure(session, exam_key, active), seals=session.scalar(select(func.count()).select_from(LogSeal)) or 0,
        changes=_changes(session, exam_key, items, cuts, adoptions),
    )  # fmt: skip


def store_report(session: Session, report: Report) -> StoredReport:
    """Keep a report with its date."""
    row = StoredReport(
        exam_key=report.exam_key, exam_version=report.exam_version, facts=report.model_dump(mode="json"), made_at=report.made_at
    )
    session.add(row)
    session.flush()
    return row


def stored_reports(session: Session, exam_key: str, limit: int = 50) -> list[StoredReport]:
    """The reports that were kept, the newest first."""
    kept = select(StoredReport).where(StoredReport.exam_key == exam_key).order_by(col(StoredReport.id).desc()).limit(limit)
    return list(session.exec(kept).all())


def shown(count: int) -> int | None:
    """A number of people as it may be published: None from one to nine."""
    return None if 0 < count < LEAST_GROUP else count


def rate(name: str, n: int, passed: int, least: int = LEAST_GROUP) -> Rate:
    """A pass rate, or only that there is not enough."""
    if n < least:
        return Rate(name=name, n=shown(n))
    interval = wilson_interval(passed / n, n)
    return Rate(name=name, n=n, share=passed / n, low=interval.low, high=interval.high)


def _counts(active: Iterable[SomeItem]) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {"skill": Counter(), "kind": Counter(), "difficulty": Counter(), "basis": Counter()}
    for item in active:
        for name, value in (("skill", item.skill), ("kind", item.kind), ("basis", item.basis)):
            found[name][value] += 1
        found["difficulty"][str(item.difficulty)] += 1
    return {name: dict(sorted(counter.items())) for name, counter in found.items()}


def _papers(session: Session, store: ItemStore, exam_key: str, spec: ExamSpec) -> Papers:
    """The newest papers of whole exams (a sequential exam may end before its plan) against the specification."""
    same = (Attempt.exam_key == exam_key, Attempt.exam_version == spec.version, Attempt.model == "classical")
    rows = session.execute(select(col(Attempt.paper)).where(*same).order_by(col(Attempt.id).desc()).limit(NEWEST_PAPERS)).all()
    weights = paper_weights(spec)
    fitting = sum(_strata(row[0], store.items) == weights for row in rows)
    return Papers(seen=shown(len(rows)), fitting=fitting if shown(len(rows)) is not None else None)


def _strata(paper: list[dict[str, Any]], items: Mapping[str, SomeItem]) -> dict[tuple[str, str], int]:
    once = [entry for entry in paper if not (entry.get("is_repeat") or entry.get("is_pilot"))]
    kinds = (items[entry["item_id"]].kind if entry["item_id"] in items else "" for entry in once)
    return dict(Counter((entry["skill"], kind) for entry, kind in zip(once, kinds, strict=True)))


def read_reviews(folder: Path, active: Iterable[SomeItem]) -> Review:
    """The rows of `review/*.csv` (item, version, reviewer, answer, score, outcome) that are about these items."""
    versions = {item.id: item.version for item in active}
    rows = []
    for file in sorted(folder.glob("*.csv")):
        with file.open(encoding="utf-8-sig", newline="") as source:
            rows += [row for row in csv.DictReader(source) if row["item"] in versions]
    return Review(
        rows=len(rows), items=len({row["item"] for row in rows}),
        current=len({row["item"] for row in rows if versions[row["item"]] == row["version"]}),
        as_they_were=sum(row["outcome"].strip() == "agreed" for row in rows),
        reviewers=tuple(sorted({row["reviewer"] for row in rows})),
    )  # fmt: skip


def _cut_fact(cut: Cut) -> CutFact:
    return CutFact.model_validate(cut.model_dump())


def _panel(session: Session, exam_key: str, spec: ExamSpec) -> Panel | None:
    newest = select(Study).where(Study.exam_key == exam_key, Study.status != "abandoned").order_by(col(Study.id).desc())
    study = session.exec(newest.limit(1)).first()
    if study is None:
        return None
    rounds = study_result(session, study, spec).rounds if study.status == "closed" else ()
    return Panel(
        status=study.status, definition=study.definition, items=len(study.items), started_at=study.started_at,
        ended_at=study.ended_at, rounds=tuple(_round_fact(one) for one in rounds),
    )  # fmt: skip


def _round_fact(one: RoundResult) -> RoundFact:
    cuts = [judge.cut for judge in one.plain.judges]
    return RoundFact(
        number=one.number, judges=one.judges, missing=len(one.missing), cut=one.paper.cut, error=one.paper.error,
        low=one.paper.low, high=one.paper.high, error_with_items=one.plain.error_with_items,
        reliability=one.plain.reliability, lowest=min(cuts), highest=max(cuts),
    )  # fmt: skip


def _decided(exam_key: str, version: str) -> tuple[Any, ...]:
    return Attempt.exam_key == exam_key, Attempt.exam_version == version, Attempt.status == "decided"


_PASSED = func.sum(case((col(Attempt.is_passed).is_(True), 1), else_=0))


def _rates(session: Session, exam_key: str, version: str) -> tuple[Rate, ...]:
    """Pass rates by the number of the attempt, each with everybody who made it."""
    columns = select(col(Attempt.number), func.count(), _PASSED).where(*_decided(exam_key, version))
    rows = session.execute(columns.group_by(col(Attempt.number)).order_by(col(Attempt.number))).all()
    return tuple(rate(str(row[0]), row[1], row[2]) for row in rows)


def _people(session: Session, exam_key: str) -> int:
    return session.scalar(select(func.count(func.distinct(Attempt.user_id))).where(Attempt.exam_key == exam_key)) or 0


def _languages(session: Session, exam_key: str, version: str) -> tuple[Rate, ...]:
    """First attempts by the language that the person uses the pages in."""
    columns = select(col(User.locale), func.count(), _PASSED).join(User, col(User.id) == col(Attempt.user_id))
    rows = session.execute(columns.where(*_decided(exam_key, version), Attempt.number == 1).group_by(col(User.locale))).all()
    return tuple(rate(row[0], row[1], row[2], LEAST_COMPARED) for row in sorted(rows, key=lambda row: str(row[0])))


def _comparisons(session: Session, exam_key: str) -> tuple[GroupComparison, ...]:
    """What item analysis stored, summed over items. Only groups that were large enough to be compared are there."""
    statement = select(ItemAnalysis.numbers).where(ItemAnalysis.exam_key == exam_key)
    found: dict[tuple[str, str, str], list[GroupDifference]] = {}
    for numbers in session.scalars(statement):
        for one in ItemStatistics.model_validate(numbers).differences:
            found.setdefault((one.kind, one.reference, one.focal), []).append(one)
    return tuple(
        GroupComparison(
            kind=kind, reference=reference, focal=focal, items=len(rows), moderate=sum(row.size == "B" for row in rows),
            large=sum(row.size == "C" for row in rows), reference_n=max(row.reference_n for row in rows),
            focal_n=max(row.focal_n for row in rows),
        )
        for (kind, reference, focal), rows in sorted(found.items())
    )  # fmt: skip


def _corrections(session: Session, exam_key: str, items: Iterable[SomeItem]) -> Corrections:
    ids = [item.id for item in items]
    columns = select(col(Contest.status), col(Contest.created_at), col(Contest.answered_at))
    rows = session.execute(columns.where(col(Contest.item_id).in_(ids), Contest.kind != "rating")).all()
    by_status = Counter(row[0] for row in rows)
    days = [(row[2] - row[1]).total_seconds() / 86400 for row in rows if row[2] is not None]
    appeals = (
        select(func.count()).select_from(Contest).join(RatingTask, col(RatingTask.response_id) == col(Contest.response_id))
    )
    counted = session.scalar(appeals.where(Contest.kind == "rating", RatingTask.exam_key == exam_key)) or 0
    applied = select(col(Correction.kind), func.count()).where(col(Correction.item_id).in_(ids), Correction.status == "applied")
    kinds = {row[0]: row[1] for row in session.execute(applied.group_by(col(Correction.kind))).all()}
    sums = select(func.sum(Rescoring.to_pass), func.sum(Rescoring.to_fail), func.sum(Rescoring.kept))
    changed = session.execute(
        sums.join(Correction, col(Correction.id) == col(Rescoring.correction_id)).where(col(Correction.item_id).in_(ids))
    ).one()
    return Corrections(
        reports=shown(len(rows)), accepted=shown(by_status["accepted"]), rejected=shown(by_status["rejected"]),
        waiting=shown(by_status["open"]), appeals=shown(counted),
        median_days=median(days) if len(days) >= LEAST_GROUP else None, keys=kinds.get("key", 0),
        suspended=kinds.get("suspend", 0), to_pass=shown(changed[0] or 0), to_fail=shown(changed[1] or 0),
        kept=shown(changed[2] or 0),
    )  # fmt: skip


def _exposure(session: Session, exam_key: str, active: list[SomeItem]) -> ExposureFact:
    found = load_exposure(session, exam_key)
    if found.papers < MIN_PAPERS or not active:
        return ExposureFact(papers=None, used=None, mean=None, highest=None)
    shares = [found.share(item.id) for item in active]
    return ExposureFact(
        papers=found.papers, used=sum(share > 0 for share in shares), mean=sum(shares) / len(shares), highest=max(shares)
    )


def _adoptions(session: Session, exam_key: str) -> list[tuple[datetime, int | None]]:
    """When a calibration was adopted, and its number; None: the exam went back to none."""
    columns = select(col(CalibrationAdoption.adopted_at), col(StoredCalibration.number))
    joined = columns.outerjoin(StoredCalibration, col(StoredCalibration.id) == col(CalibrationAdoption.calibration_id))
    rows = session.execute(joined.where(CalibrationAdoption.exam_key == exam_key).order_by(col(CalibrationAdoption.id))).all()
    return [(row[0], row[1]) for row in rows]


def _changes(
    session: Session,
    exam_key: str,
    items: Iterable[SomeItem],
    cuts: Iterable[Cut],
    adoptions: Iterable[tuple[datetime, int | None]],
) -> tuple[Change, ...]:
    firsts = select(col(Attempt.exam_version), func.min(Attempt.started_at), func.count()).where(Attempt.exam_key == exam_key)
    versions = session.execute(firsts.group_by(col(Attempt.exam_version))).all()
    applied = select(Correction).where(col(Correction.item_id).in_([item.id for item in items]), Correction.status == "applied")
    found = [Change(at=row[1], what="version", detail=row[0]) for row in versions if row[2] >= LEAST_GROUP]
    found += [Change(at=cut.adopted_at, what="cut", detail=f"{cut.score * 100:.1f}") for cut in cuts]
    for at, number in adoptions:
        found.append(Change(at=at, what="calibration" if number else "calibration_ended", detail=str(number or "")))
    for correction in session.exec(applied).all():
        found.append(Change(at=correction.decided_at or correction.proposed_at, what=correction.kind, detail=""))
    return tuple(sorted(found, key=lambda change: change.at, reverse=True))
