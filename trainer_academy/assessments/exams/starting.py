"""May these people start these exams, and with how much time: all facts gathered in one place, for the one rule. Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Integer, ScalarSelect, case, cast, func, literal, null, or_, union_all
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from trainer_academy.accounts.models import AuditEvent, Membership
from trainer_academy.assessments.bank.schema import ExamSpec
from trainer_academy.assessments.exams.eligibility import GrantedWindow, PastAttempt, StartFacts, StartState, start_state
from trainer_academy.assessments.exams.models import Accommodation, Attempt, AttemptStatus, ExamBar, ExamWindow, Hold
from trainer_academy.assessments.exams.scoring import WITH_SCORE, pass_mark
from trainer_academy.assessments.exams.windows import in_force
from trainer_academy.assessments.items.scoring import SCORING

SEE_KEYS = ("author", "operator", "rater")
INSIDER_BAR = timedelta(days=365)
People = Collection[int] | SelectOfScalar[int]


@dataclass(frozen=True)
class Gathered:
    """The facts of several people: past attempts by person, windows by person and exam, bars by person and bank, extra time."""

    attempts: dict[int, list[PastAttempt]]
    windows: dict[tuple[int, str], list[GrantedWindow]]
    bars: dict[tuple[int, str], datetime]
    factors: dict[int, float]
    insiders: dict[int, datetime] = field(default_factory=dict)

    def of(self, user_id: int, exam_key: str, bank: str) -> StartFacts:
        """What the rule needs to know of one person and one exam."""
        return StartFacts(
            tuple(past for past in self.attempts.get(user_id, ()) if past.exam_key == exam_key),
            tuple(self.windows.get((user_id, exam_key), ())),
            self.bars.get((user_id, bank)),
            self.factors.get(user_id, 1.0),
            self.insiders.get(user_id),
        )

    def attempts_of(self, user_id: int) -> list[PastAttempt]:
        """All past attempts of one person, newest first."""
        return self.attempts.get(user_id, [])[::-1]


def gather(session: Session, people: People, now: datetime) -> Gathered:
    """Everything that decides about starts of these people, also as a subquery of ids; four statements, however many."""
    bars, insiders = _bars(session, people, now)
    return Gathered(_attempts(session, people), _windows(session, people), bars, _factors(session, people), insiders)


def facts_of(session: Session, user_id: int, exam_key: str, spec: ExamSpec, now: datetime) -> StartFacts:
    """The facts of one person and one exam."""
    return gather(session, [user_id], now).of(user_id, exam_key, spec.bank)


def state_of(session: Session, user_id: int, exam_key: str, spec: ExamSpec, now: datetime) -> StartState:
    """May this person start this exam now?"""
    return start_state(spec, facts_of(session, user_id, exam_key, spec, now), now)


def _attempts(session: Session, people: People) -> dict[int, list[PastAttempt]]:
    """Oldest first, without those that were voided; the papers stay in the database."""
    columns = (
        Attempt.user_id,
        Attempt.started_at,
        Attempt.closed_at,
        Attempt.is_passed,
        Attempt.exam_key,
        Attempt.number,
        case((col(Attempt.released).in_(WITH_SCORE), col(Attempt.score))),  # a team lead sees no more than the person does
        func.coalesce(col(Attempt.pass_mark), col(Attempt.cut_score)),
        Attempt.scoring,
        Attempt.is_kept,
    )
    statement = select(*columns).where(col(Attempt.user_id).in_(people))  # type: ignore[call-overload]
    found: dict[int, list[PastAttempt]] = defaultdict(list)
    for user_id, *values in session.execute(
        statement.where(col(Attempt.status) != AttemptStatus.VOID).order_by(col(Attempt.started_at), col(Attempt.id))
    ):
        found[user_id].append(PastAttempt(*values))
    return found


def _windows(session: Session, people: People) -> dict[tuple[int, str], list[GrantedWindow]]:
    """The windows set for these people, or for organizations that they belong to."""
    columns = (ExamWindow.exam_key, ExamWindow.opens_at, ExamWindow.closes_at)
    own = select(col(ExamWindow.user_id), literal(1), *columns).where(  # type: ignore[call-overload]
        col(ExamWindow.user_id).in_(people), *in_force(ExamWindow)
    )
    member = col(Membership.organization_id) == col(ExamWindow.organization_id)
    team = (
        select(col(Membership.user_id), literal(0), *columns)  # type: ignore[call-overload]
        .join(Membership, member)
        .where(col(Membership.user_id).in_(people), col(ExamWindow.ended_at).is_(None))
        .distinct()
    )
    found: dict[tuple[int, str], list[GrantedWindow]] = defaultdict(list)
    for user_id, is_personal, exam_key, opens_at, closes_at in session.execute(union_all(own, team)):
        found[user_id, exam_key].append(GrantedWindow(bool(is_personal), opens_at, closes_at))
    return found


def _bars(session: Session, people: People, now: datetime) -> tuple[dict[tuple[int, str], datetime], dict[int, datetime]]:
    """Until when somebody who saw the keys of a bank may start no exam from it; and whose role shows keys, none at all.

    The latter for a year from now, or from the day on which the role was taken.
    """
    ends_at: ScalarSelect[datetime] = func.max(ExamBar.ends_at)  # type: ignore[assignment]
    bars = select(col(ExamBar.user_id), col(ExamBar.bank), ends_at).where(
        col(ExamBar.user_id).in_(people), col(ExamBar.ends_at) > now
    )
    has = select(col(Membership.user_id), literal(""), null()).where(
        col(Membership.user_id).in_(people), col(Membership.role).in_(SEE_KEYS)
    )
    person = case((col(AuditEvent.subject_type) == "user", cast(col(AuditEvent.subject_id), Integer)))
    had = select(person, literal(""), col(AuditEvent.at)).where(
        col(AuditEvent.kind) == "role_taken",
        col(AuditEvent.at) > now - INSIDER_BAR,
        person.in_(people),
        or_(*(col(AuditEvent.detail).startswith(f"{role} in ") for role in SEE_KEYS)),
    )
    found: dict[tuple[int, str], datetime] = {}
    insiders: dict[int, datetime] = {}
    grouped = bars.group_by(col(ExamBar.user_id), col(ExamBar.bank))
    for user_id, bank, at in session.execute(union_all(grouped, had, has)):
        if bank:
            found[user_id, bank] = at
        else:
            insiders[user_id] = max((at or now) + INSIDER_BAR, insiders.get(user_id, now))
    return found, insiders


def _factors(session: Session, people: People) -> dict[int, float]:
    """Extra time that is in force: exam minutes are multiplied by it."""
    statement = select(col(Accommodation.user_id), col(Accommodation.factor)).where(
        col(Accommodation.user_id).in_(people), *in_force(Accommodation)
    )
    return {row[0]: row[1] for row in session.execute(statement)}


def may_pool(attempt: Attempt) -> bool:
    """True for a decided sitting that a person did not refuse and that was not given back."""
    return attempt.status == AttemptStatus.DECIDED and attempt.hold is not Hold.REFUSED


def pooling_ids(session: Session, attempt_ids: Collection[int]) -> list[int]:
    """Those of the attempts that may count together with the next sitting: `may_pool` in SQL."""
    counts = (col(Attempt.status) == AttemptStatus.DECIDED, col(Attempt.hold) != Hold.REFUSED)
    found = session.scalars(select(col(Attempt.id)).where(col(Attempt.id).in_(attempt_ids), *counts)).all()
    return [number for number in found if number is not None]


def in_window(attempts: Iterable[Attempt], spec: ExamSpec, now: datetime) -> list[Attempt]:
    """The sittings that count together with one that starts now, oldest first: in the window and after the last pass."""
    found: list[Attempt] = []
    for attempt in attempts:
        if attempt.is_passed:
            found = []
        elif may_pool(attempt) and attempt.started_at > now - timedelta(days=spec.window_days):
            found.append(attempt)
    return found


def to_pool(
    earlier: Sequence[Attempt], spec: ExamSpec, cut: float, now: datetime, calibration_id: int | None = None
) -> Attempt | None:
    """The sitting before, which counts together with one that starts now; None where the two cannot be compared.

    They can with the same cut, scoring rules and model, and for sequential ones on the same scale. Mock exams stand alone.
    """
    found = [] if spec.is_mock else in_window(earlier, spec, now)[-1:]
    for attempt in found:
        is_alike = attempt.cut_score == cut and attempt.scoring == SCORING and attempt.calibration_id == calibration_id
        if is_alike and attempt.sitting_items:
            return attempt
    return None


def next_mark(earlier: Sequence[Attempt], spec: ExamSpec, cut: float, now: datetime) -> tuple[Attempt | None, float]:
    """Of a sitting of fixed length that starts now: the sitting before that counts too, and the score to reach."""
    before = to_pool(earlier, spec, cut, now)
    items = spec.scored_count + ((before.sitting_items or 0) if before is not None else 0)
    return before, pass_mark(cut, items, margin_of(spec, earlier, now))


def margin_of(spec: ExamSpec, earlier: Sequence[Attempt], now: datetime) -> float:
    """How many standard errors above the cut the score of a sitting that starts now has to lie."""
    margins = spec.pass_margins
    return margins[min(len(in_window(earlier, spec, now)), len(margins) - 1)]
