"""The facts of an exam's technical report, gathered in one step. Reads only; the words are in `report_text`.

No fact is about a group of fewer than ten people: counts of people below that are None.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import case, func
from sqlmodel import Session, col, select

from trainer_academy.accounts.models import User
from trainer_academy.assessments.bank.models import Correction, CorrectionStatus
from trainer_academy.assessments.bank.schema import ExamSpec, drawable, fits
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.contests.models import Contest
from trainer_academy.assessments.corrections.models import Rescoring
from trainer_academy.assessments.exams.assembly import MIN_PAPERS
from trainer_academy.assessments.exams.attempts import terms_today
from trainer_academy.assessments.exams.basis import newest_quality
from trainer_academy.assessments.exams.models import (
    Attempt,
    AttemptStatus,
    CalibrationAdoption,
    Cut,
    LogSeal,
    StoredCalibration,
)
from trainer_academy.assessments.exams.paper import PaperEntry
from trainer_academy.assessments.exams.windows import load_exposure
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.assessments.rating.models import RatingTask
from trainer_academy.measurement.analysis.models import ItemAnalysis
from trainer_academy.measurement.analysis.statistics import GroupDifference, ItemStatistics
from trainer_academy.measurement.reports.models import StoredReport
from trainer_academy.measurement.reports.shapes import (
    Change,
    Corrections,
    CutFact,
    ExposureFact,
    GroupComparison,
    Line,
    Panel,
    Papers,
    Quality,
    Rate,
    Report,
    Review,
    RoundFact,
)
from trainer_academy.measurement.simulations.steps import worth_today
from trainer_academy.measurement.standard_setting.adopting import cuts_of
from trainer_academy.measurement.standard_setting.models import Study, StudyStatus
from trainer_academy.measurement.standard_setting.results import RoundResult, study_result
from trainer_academy.measurement.standard_setting.rules import paper_weights
from trainer_academy.psychometrics.intervals import wilson_interval

LEAST_GROUP = 10  # people; nothing is published about fewer
LEAST_COMPARED = 30  # people, before groups are compared and before reliability is said
NEWEST_PAPERS = 2000


def gather(session: Session, store: ItemStore, exam_key: str, content: Path, now: datetime) -> Report:
    """All facts about an exam in its version of today. Raises KeyError for an exam that does not exist."""
    spec = store.exams[exam_key]
    items = store.items_for(spec)
    active = drawable(spec, items)
    terms, cuts = terms_today(session, exam_key, spec, items), cuts_of(session, exam_key)
    adoptions = _adoptions(session, exam_key)
    quality = newest_quality(session, exam_key, spec.version)
    return Report(
        exam_key=exam_key,
        exam_version=spec.version,
        made_at=now,
        bank=len(active),
        counts=_counts(active),
        lines=tuple(
            Line(
                skill=d.skill,
                kind=d.kind,
                difficulty=d.difficulty,
                trap=d.trap,
                asked=d.count,
                in_bank=sum(fits(d, item) for item in active),
            )
            for d in spec.draw
        ),
        papers=_papers(session, store, exam_key, spec),
        review=read_reviews(content / "review", active),
        cut=terms.cut.score,
        is_provisional=terms.cut.is_provisional,
        cuts=tuple(_cut_fact(one) for one in cuts),
        panel=_panel(session, exam_key, spec),
        is_sequential=terms.choice.is_sequential,
        calibration=None if terms.known is None else terms.known.number,
        quality=None if quality is None else Quality.model_validate(quality.model_dump()),
        worth=worth_today(session, store, exam_key, terms),
        rates=_rates(session, exam_key, spec.version),
        people=shown(_people(session, exam_key)),
        languages=_languages(session, exam_key, spec.version),
        comparisons=_comparisons(session, exam_key),
        corrections=_corrections(session, exam_key, items),
        exposure=_exposure(session, exam_key, active),
        seals=session.scalar(select(func.count()).select_from(LogSeal)) or 0,
        changes=_changes(session, exam_key, items, cuts, adoptions),
    )


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


def _strata(paper: Sequence[PaperEntry], items: Mapping[str, SomeItem]) -> dict[tuple[str, str], int]:
    once = [entry for entry in paper if entry.is_scored]
    kinds = (items[entry.item_id].kind if entry.item_id in items else "" for entry in once)
    return dict(Counter((entry.skill, kind) for entry, kind in zip(once, kinds, strict=True)))


def read_reviews(folder: Path, active: Iterable[SomeItem]) -> Review:
    """The rows of `review/*.csv` (item, version, reviewer, answer, score, outcome) that are about these items."""
    versions = {item.id: item.version for item in active}
    rows = []
    for file in sorted(folder.glob("*.csv")):
        with file.open(encoding="utf-8-sig", newline="") as source:
            rows += [row for row in csv.DictReader(source) if row["item"] in versions]
    return Review(
        rows=len(rows),
        items=len({row["item"] for row in rows}),
        current=len({row["item"] for row in rows if versions[row["item"]] == row["version"]}),
        as_they_were=sum(row["outcome"].strip() == "agreed" for row in rows),
        reviewers=tuple(sorted({row["reviewer"] for row in rows})),
    )


def _cut_fact(cut: Cut) -> CutFact:
    return CutFact.model_validate(cut.model_dump())


def _panel(session: Session, exam_key: str, spec: ExamSpec) -> Panel | None:
    newest = (
        select(Study).where(Study.exam_key == exam_key, Study.status != StudyStatus.ABANDONED).order_by(col(Study.id).desc())
    )
    study = session.exec(newest.limit(1)).first()
    if study is None:
        return None
    rounds = study_result(session, study, spec).rounds if study.status == StudyStatus.CLOSED else ()
    return Panel(
        status=study.status,
        definition=study.definition,
        items=len(study.items),
        started_at=study.started_at,
        ended_at=study.ended_at,
        rounds=tuple(_round_fact(one) for one in rounds),
    )


def _round_fact(one: RoundResult) -> RoundFact:
    cuts = [judge.cut for judge in one.plain.judges]
    return RoundFact(
        number=one.number,
        judges=one.judges,
        missing=len(one.missing),
        cut=one.paper.cut,
        error=one.paper.error,
        low=one.paper.low,
        high=one.paper.high,
        error_with_items=one.plain.error_with_items,
        reliability=one.plain.reliability,
        lowest=min(cuts),
        highest=max(cuts),
    )


def _decided(exam_key: str, version: str) -> tuple[Any, ...]:
    return Attempt.exam_key == exam_key, Attempt.exam_version == version, Attempt.status == AttemptStatus.DECIDED


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
            kind=kind,
            reference=reference,
            focal=focal,
            items=len(rows),
            moderate=sum(row.size == "B" for row in rows),
            large=sum(row.size == "C" for row in rows),
            reference_n=max(row.reference_n for row in rows),
            focal_n=max(row.focal_n for row in rows),
        )
        for (kind, reference, focal), rows in sorted(found.items())
    )


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
    applied = select(col(Correction.kind), func.count()).where(
        col(Correction.item_id).in_(ids), Correction.status == CorrectionStatus.APPLIED
    )
    kinds = {row[0]: row[1] for row in session.execute(applied.group_by(col(Correction.kind))).all()}
    sums = select(func.sum(Rescoring.to_pass), func.sum(Rescoring.to_fail), func.sum(Rescoring.kept))
    changed = session.execute(
        sums.join(Correction, col(Correction.id) == col(Rescoring.correction_id)).where(col(Correction.item_id).in_(ids))
    ).one()
    return Corrections(
        reports=shown(len(rows)),
        accepted=shown(by_status["accepted"]),
        rejected=shown(by_status["rejected"]),
        waiting=shown(by_status["open"]),
        appeals=shown(counted),
        median_days=median(days) if len(days) >= LEAST_GROUP else None,
        keys=kinds.get("key", 0),
        suspended=kinds.get("suspend", 0),
        to_pass=shown(changed[0] or 0),
        to_fail=shown(changed[1] or 0),
        kept=shown(changed[2] or 0),
    )


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
    applied = select(Correction).where(
        col(Correction.item_id).in_([item.id for item in items]), Correction.status == CorrectionStatus.APPLIED
    )
    found = [Change(at=row[1], what="version", detail=row[0]) for row in versions if row[2] >= LEAST_GROUP]
    found += [Change(at=cut.adopted_at, what="cut", detail=f"{cut.score * 100:.1f}") for cut in cuts]
    for at, number in adoptions:
        found.append(Change(at=at, what="calibration" if number else "calibration_ended", detail=str(number or "")))
    for correction in session.exec(applied).all():
        found.append(Change(at=correction.decided_at or correction.proposed_at, what=correction.kind, detail=""))
    return tuple(sorted(found, key=lambda change: change.at, reverse=True))
