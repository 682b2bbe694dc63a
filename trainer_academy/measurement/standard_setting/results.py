"""What a study found: the cut of each round, each judge and each item. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from trainer_academy.assessments.bank.schema import ExamSpec
from trainer_academy.assessments.exams.models import Attempt, AttemptStatus, Response, Score
from trainer_academy.core.db import id_of
from trainer_academy.measurement.standard_setting import rules as study_rules
from trainer_academy.measurement.standard_setting.models import Study, StudyJudge
from trainer_academy.measurement.standard_setting.rules import PaperCut, Stratum
from trainer_academy.measurement.standard_setting.steps import active, judges_of, newest_ratings
from trainer_academy.psychometrics.angoff import Change, Ratings, Round, change_between, judge_round

LEAST_ANSWERS = 30  # first attempts with an answer, before an item's facility is shown
WIDEST = 10


@dataclass(frozen=True)
class RoundResult:
    """One round: `plain` over all rated items alike, `paper` as the specification draws them (the recommendation).

    Judges are named by their number. `without` is the paper's cut without each judge; `missing` are the judges who had not
    rated every item when the round was closed and are left out.
    """

    number: int
    plain: Round
    paper: PaperCut
    without: Mapping[str, float]
    missing: tuple[int, ...]
    reason: str

    @property
    def judges(self) -> int:
        return len(self.plain.judges)

    @property
    def widest(self) -> list[tuple[str, float, float]]:
        """(item, mean, standard deviation) of the items on which judges differ most."""
        rows = sorted(self.plain.items, key=lambda item: (-item.spread, item.name))
        return [(item.name, item.mean, item.spread) for item in rows[:WIDEST]]


@dataclass(frozen=True)
class StudyResult:
    """Both rounds as far as they are closed, and what changed between them for judges who took part in both."""

    rounds: tuple[RoundResult, ...]
    change: Change | None
    facility: Mapping[str, float]

    @property
    def last(self) -> RoundResult | None:
        return self.rounds[-1] if self.rounds else None


@dataclass(frozen=True)
class PanelRow:
    """An item between the rounds, as one judge sees it. Shares; `facility` None: fewer than 30 people have answered."""

    item_id: str
    own: float | None
    mean: float
    spread: float
    low: float
    high: float
    facility: float | None


def closed_rounds(study: Study) -> list[int]:
    """The rounds that are closed."""
    return [number for number in (1, 2) if str(number) in study.notes_on_rounds]


def counted_ratings(session: Session, study: Study, number: int, judges: Sequence[StudyJudge]) -> dict[str, dict[str, float]]:
    """Judge number (as text) to item to rating: judges who have not left and rated every item."""
    stored = newest_ratings(session, id_of(study), number)
    own = {str(judge.number): stored.get(id_of(judge), {}) for judge in active(judges)}
    return {name: own[name] for name in study_rules.complete_judges(own, [entry["id"] for entry in study.items])}


def study_result(session: Session, study: Study, spec: ExamSpec) -> StudyResult:
    """Everything that a study found. A round with fewer than two complete judges has no result."""
    judges = judges_of(session, id_of(study))
    facility = facilities(session, study.exam_key, [entry["id"] for entry in study.items])
    tables = {number: counted_ratings(session, study, number, judges) for number in closed_rounds(study)}
    rounds = [_round(study, spec, number, table, facility) for number, table in tables.items() if len(table) >= 2]
    return StudyResult(tuple(rounds), _change(tables), facility)


def strata_of(study: Study) -> dict[str, Stratum]:
    """Item to skill and kind, as they were when the study started."""
    return {entry["id"]: (entry["skill"], entry["kind"]) for entry in study.items}


def _round(study: Study, spec: ExamSpec, number: int, table: Ratings, facility: Mapping[str, float]) -> RoundResult:
    strata, weights = strata_of(study), study_rules.paper_weights(spec)
    without = {name: study_rules.paper_cut_without(table, strata, weights, name) for name in table} if len(table) > 2 else {}
    note = study.notes_on_rounds[str(number)]
    paper = study_rules.paper_cut(table, strata, weights)
    return RoundResult(number, judge_round(table, facility), paper, without, tuple(note["missing"]), note["reason"])


def _change(tables: Mapping[int, Ratings]) -> Change | None:
    if set(tables) != {1, 2}:
        return None
    both = [name for name in tables[1] if name in tables[2]]
    if len(both) < 2:
        return None
    first, second = (judge_round({name: tables[number][name] for name in both}) for number in (1, 2))
    return change_between(first, second)


def panel_rows(session: Session, study: Study, judge: StudyJudge) -> list[PanelRow]:
    """The first round beside the judge's own ratings, item by item; the others have no names."""
    judges = judges_of(session, id_of(study))
    table = counted_ratings(session, study, 1, judges)
    facility = facilities(session, study.exam_key, [entry["id"] for entry in study.items])
    stored = newest_ratings(session, id_of(study), 1, judge.id).get(id_of(judge), {})
    rows = []
    for item in judge_round(table).items if len(table) >= 2 else ():
        values = [own[item.name] for own in table.values()]
        ends = min(values), max(values)
        rows.append(PanelRow(item.name, stored.get(item.name), item.mean, item.spread, *ends, facility.get(item.name)))
    return rows


def facilities(session: Session, exam_key: str, item_ids: Sequence[str], least: int = LEAST_ANSWERS) -> dict[str, float]:
    """Mean credit of each item among people who answered it in their first attempt; items with fewer answers are left out.

    The first showing of an item counts, with its newest answer and its newest score. An item without an answer is not among
    them, so a facility here is a little above that of everybody who was shown the item.
    """
    first = (
        select(col(Response.attempt_id), func.min(Response.position).label("place"))
        .where(col(Response.item_id).in_(item_ids), col(Response.attempt_id).is_not(None))
        .group_by(col(Response.attempt_id), col(Response.item_id))
        .subquery()
    )
    last = (
        select(col(Response.attempt_id), col(Response.position), func.max(Response.sequence).label("top"))
        .join(Attempt, col(Attempt.id) == col(Response.attempt_id))
        .join(first, (first.c.attempt_id == col(Response.attempt_id)) & (first.c.place == col(Response.position)))
        .where(
            Attempt.exam_key == exam_key,
            Attempt.number == 1,
            Attempt.status == AttemptStatus.DECIDED,
            col(Response.item_id).in_(item_ids),
        )
        .group_by(col(Response.attempt_id), col(Response.position))
        .subquery()
    )
    same = (
        (col(Response.attempt_id) == last.c.attempt_id)
        & (col(Response.position) == last.c.position)
        & (col(Response.sequence) == last.c.top)
    )
    newest = (
        select(col(Response.item_id).label("item"), func.max(Score.id).label("score"))
        .join(last, same)
        .join(Score, col(Score.response_id) == col(Response.id))
        .group_by(col(Response.id), col(Response.item_id))
        .subquery()
    )
    means = select(newest.c.item, func.avg(Score.value)).join(Score, col(Score.id) == newest.c.score)
    rows = session.execute(means.group_by(newest.c.item).having(func.count() >= least)).all()
    return {row[0]: float(row[1]) for row in rows}
