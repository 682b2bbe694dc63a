"""The steps of a standard-setting study, from the plan to the end of the second round. Steps flush; the edge commits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from trainer_academy.accounts.audit import record
from trainer_academy.accounts.models import Membership, Organization, User
from trainer_academy.assessments.bank.schema import ExamSpec, drawable
from trainer_academy.assessments.bank.versions import load_corrections
from trainer_academy.assessments.exams.models import Attempt, AttemptStatus, ExamBar
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.core.db import id_of
from trainer_academy.core.errors import NotFound, Refusal
from trainer_academy.measurement.standard_setting import rules as study_rules
from trainer_academy.measurement.standard_setting.models import Study, StudyJudge, StudyNote, StudyRating, StudyStatus
from trainer_academy.notices.outbox import add_mail

ROUNDS = {"round_1": 1, "round_2": 2}
APPOINTING = ("planned", "round_1")


def get_study(session: Session, study_id: int, is_to_change: bool = False) -> Study:
    """A study; `is_to_change` makes others who change it wait. Raises NotFound."""
    study = session.get(Study, study_id, with_for_update=True if is_to_change else None)
    if study is None:
        raise NotFound("study.unknown")
    return study


def get_judge(session: Session, study_id: int, user_id: int) -> StudyJudge:
    """This person as a judge of the study. Raises NotFound for everybody else and for one who has left."""
    statement = select(StudyJudge).where(StudyJudge.study_id == study_id, StudyJudge.user_id == user_id)
    judge = session.exec(statement).first()
    if judge is None or judge.left_at is not None:
        raise NotFound("judge.unknown")
    return judge


def judges_of(session: Session, study_id: int) -> list[StudyJudge]:
    """All judges that a study ever had, by number."""
    return list(session.exec(select(StudyJudge).where(StudyJudge.study_id == study_id).order_by(col(StudyJudge.number))).all())


def studies_of(session: Session, limit: int = 200) -> list[Study]:
    """The newest studies of all exams."""
    return list(session.exec(select(Study).order_by(col(Study.id).desc()).limit(limit)).all())


def judging_of(session: Session, user_id: int) -> list[tuple[Study, StudyJudge]]:
    """The studies in which a person is a judge, newest first."""
    statement = select(Study, StudyJudge).join(StudyJudge, col(StudyJudge.study_id) == col(Study.id))
    mine = statement.where(StudyJudge.user_id == user_id, col(StudyJudge.left_at).is_(None))
    return [(row[0], row[1]) for row in session.execute(mine.order_by(col(Study.id).desc())).all()]


def plan_study(
    session: Session,
    exam_key: str,
    spec: ExamSpec,
    items: Sequence[SomeItem],
    definition: str,
    size: int | None,
    seed: int,
    made_by: int,
    now: datetime,
) -> Study | Refusal:
    """Plan a study; `size` None: the whole bank. Refused while another one is open, or when the sample cannot be drawn."""
    chosen = drawable(spec, items) if size is None else study_rules.choose_items(spec, items, size, seed)
    if isinstance(chosen, Refusal):
        return chosen
    if len(chosen) < study_rules.LEAST_ITEMS:
        return Refusal("study.too_small", least=study_rules.LEAST_ITEMS, n=len(chosen))
    plan: dict[str, object] = {"scope": "bank"} if size is None else {"scope": "sample", "size": size, "seed": seed}
    study = Study(
        exam_key=exam_key,
        exam_version=spec.version,
        definition=definition,
        plan=plan,
        items=[],
        notes_on_rounds={},
        made_by=made_by,
        made_at=now,
    )
    try:
        with session.begin_nested():
            session.add(study)
            session.flush()
    except IntegrityError:
        return Refusal("study.unfinished")
    record(session, made_by, "study_planned", "study", study.id, now, exam_key)
    return study


def appoint(
    session: Session, study: Study, exam_keys: Sequence[str], user: User, appointed_by: int, link: str, now: datetime
) -> StudyJudge | Refusal:
    """Appoint a judge and tell the person. `exam_keys` are the exams of the same bank, where conflicts are looked for."""
    if study.status not in APPOINTING:
        return Refusal("judge.too_late")
    number = (session.scalar(select(func.max(StudyJudge.number)).where(StudyJudge.study_id == id_of(study))) or 0) + 1
    found = find_conflicts(session, id_of(user), exam_keys)
    judge = StudyJudge(
        study_id=id_of(study),
        user_id=id_of(user),
        number=number,
        found=found,
        appointed_by=appointed_by,
        appointed_at=now,
        done_rounds=[],
    )
    try:
        with session.begin_nested():
            session.add(judge)
            session.flush()
    except IntegrityError:
        return Refusal("judge.appointed_already")
    record(
        session,
        appointed_by,
        "judge_appointed",
        "study",
        id_of(study),
        now,
        f"user {id_of(user)}, judge {number}; found: {found}",
    )
    values = {"years": study_rules.BAR_DAYS // 365, "address": link}
    add_mail(session, id_of(user), "judge_appointed", values, now)
    return judge


def find_conflicts(session: Session, user_id: int, exam_keys: Sequence[str]) -> list[str]:
    """What the product itself knows: `sat` (an exam of this bank), `vendor` (in a team with people who did), `staff`."""
    sat = select(col(Attempt.id)).where(col(Attempt.exam_key).in_(exam_keys))
    found = ["sat"] if session.execute(sat.where(Attempt.user_id == user_id).limit(1)).first() else []
    teams = (
        select(col(Membership.organization_id))
        .join(Organization, col(Organization.id) == col(Membership.organization_id))
        .where(Membership.user_id == user_id, Organization.kind == "vendor")
    )
    mates = select(col(Membership.user_id)).where(col(Membership.organization_id).in_(teams), Membership.user_id != user_id)
    if session.execute(sat.where(col(Attempt.user_id).in_(mates)).limit(1)).first():
        found.append("vendor")
    authors = select(col(Membership.id)).where(Membership.user_id == user_id, col(Membership.role).in_(("author", "operator")))
    return [*found, "staff"] if session.execute(authors.limit(1)).first() else found


def sign(
    session: Session,
    study: Study,
    judge: StudyJudge,
    bank: str,
    exam_keys: Sequence[str],
    qualification: str,
    interests: str,
    signature: str,
    now: datetime,
) -> Refusal | None:
    """The judge's statements and signature; from now on the person sits no exam of this bank for two years.

    Refused while an exam of the person is running: it could be one of these items.
    """
    if judge.signed_at is not None:
        return Refusal("judge.signed_already")
    if session.execute(
        select(col(Attempt.id)).where(Attempt.user_id == judge.user_id, Attempt.status == AttemptStatus.IN_PROGRESS)
    ).first():
        return Refusal("judge.exam_open")
    judge.qualification, judge.interests, judge.signature, judge.signed_at = qualification, interests, signature, now
    judge.found = sorted({*judge.found, *find_conflicts(session, judge.user_id, exam_keys)})
    session.add(ExamBar(user_id=judge.user_id, bank=bank, starts_at=now, ends_at=now + timedelta(days=study_rules.BAR_DAYS)))
    record(session, judge.user_id, "judge_signed", "study", study.id, now, f"judge {judge.number}")
    session.flush()
    return None


def leave(session: Session, study: Study, judge: StudyJudge, actor_id: int, reason: str, now: datetime) -> Refusal | None:
    """A judge steps down or is taken out. The ratings stay stored and do not count; the bar stays."""
    if study.status in (StudyStatus.CLOSED, StudyStatus.ABANDONED) or judge.left_at is not None:
        return Refusal("judge.left_already")
    judge.left_at, judge.left_reason = now, reason
    record(session, actor_id, "judge_left", "study", study.id, now, f"judge {judge.number}: {reason}")
    session.flush()
    close_if_all_done(session, study, now)
    return None


def start(
    session: Session, study: Study, spec: ExamSpec, items: Sequence[SomeItem], actor_id: int, link: str, now: datetime
) -> Refusal | None:
    """Freeze the items with their key versions and open the first round."""
    if study.status != StudyStatus.PLANNED:
        return Refusal("study.started")
    if len(judges := active(judges_of(session, id_of(study)))) < 2:
        return Refusal("study.too_few_judges")
    corrections = load_corrections(session)
    today = [corrections.apply(item) for item in items]
    size = study.plan.get("size")
    chosen = study_rules.choose_items(spec, today, size, study.plan["seed"]) if size else drawable(spec, today)
    if isinstance(chosen, Refusal):
        return chosen
    study.items = [
        {"id": i.id, "version": i.version, "key_version": i.key_version, "skill": i.skill, "kind": i.kind} for i in chosen
    ]
    study.status, study.started_at, study.exam_version = StudyStatus.ROUND_1, now, spec.version
    record(session, actor_id, "study_started", "study", study.id, now, f"{len(chosen)} items, {len(judges)} judges")
    _tell(session, judges, "study_round_1", {"items": len(chosen), "address": link}, now)
    session.flush()
    return None


def active(judges: Sequence[StudyJudge]) -> list[StudyJudge]:
    """Those who have not left."""
    return [judge for judge in judges if judge.left_at is None]


def rate(session: Session, study: Study, judge: StudyJudge, item_id: str, value: float, now: datetime) -> Refusal | None:
    """Append a rating in the open round. The same value again adds nothing. Raises NotFound for an item of another study."""
    if item_id not in {entry["id"] for entry in study.items}:
        raise NotFound("study.unknown_item")
    if (refusal := _may_rate(session, study, judge)) is not None:
        return refusal
    now_open = ROUNDS[study.status]
    if newest_ratings(session, id_of(study), now_open, id_of(judge)).get(id_of(judge), {}).get(item_id) != value:
        rating = StudyRating(
            study_id=id_of(study), round=now_open, judge_id=id_of(judge), item_id=item_id, value=value, rated_at=now
        )
        session.add(rating)
        session.flush()
    return None


def _may_rate(session: Session, study: Study, judge: StudyJudge) -> Refusal | None:
    if study.status not in ROUNDS:
        return Refusal("round.none_open_to_rate")
    if judge.signed_at is None:
        return Refusal("judge.sign_first")
    if ROUNDS[study.status] in judge.done_rounds:
        return Refusal("round.done")
    if study.status == StudyStatus.ROUND_2 and judge.number in study.notes_on_rounds["1"]["missing"]:
        return Refusal("round.not_in_second")
    return None


def keep_rest(session: Session, study: Study, judge: StudyJudge, now: datetime) -> int | Refusal:
    """In the second round: rate every item that is still open as in the first round; returns how many there were."""
    if (refusal := _may_rate(session, study, judge)) is not None:
        return refusal
    if study.status != StudyStatus.ROUND_2:
        return Refusal("round.second_only")
    before = newest_ratings(session, id_of(study), 1, id_of(judge)).get(id_of(judge), {})
    done = newest_ratings(session, id_of(study), 2, id_of(judge)).get(id_of(judge), {})
    left = [item_id for item_id in before if item_id not in done]
    for item_id in left:
        kept = StudyRating(
            study_id=id_of(study), round=2, judge_id=id_of(judge), item_id=item_id, value=before[item_id], rated_at=now
        )
        session.add(kept)
    session.flush()
    return len(left)


def newest_ratings(session: Session, study_id: int, number: int, judge_id: int | None = None) -> dict[int, dict[str, float]]:
    """Judge id to item id to the rating that counts in a round; one statement."""
    newest = select(func.max(StudyRating.id)).where(StudyRating.study_id == study_id, StudyRating.round == number)
    if judge_id is not None:
        newest = newest.where(StudyRating.judge_id == judge_id)
    newest = newest.group_by(col(StudyRating.judge_id), col(StudyRating.item_id))
    columns = select(col(StudyRating.judge_id), col(StudyRating.item_id), col(StudyRating.value))
    found: dict[int, dict[str, float]] = {}
    for row in session.execute(columns.where(col(StudyRating.id).in_(newest)).order_by(col(StudyRating.id))).all():
        found.setdefault(row[0], {})[row[1]] = row[2]
    return found


def finish(session: Session, study: Study, judge: StudyJudge, now: datetime) -> Refusal | None:
    """The judge is done with the round that is open. When all are done, the round closes by itself."""
    if (refusal := _may_rate(session, study, judge)) is not None:
        return refusal
    number = ROUNDS[study.status]
    own = newest_ratings(session, id_of(study), number, id_of(judge)).get(id_of(judge), {})
    if left := len(study.items) - len(own):
        return Refusal("round.items_left", left=left)
    judge.done_rounds = [*judge.done_rounds, number]
    session.flush()
    close_if_all_done(session, study, now)
    return None


def close_if_all_done(session: Session, study: Study, now: datetime) -> None:
    """Close the open round when every judge who takes part has said to be done."""
    if study.status not in ROUNDS:
        return
    number = ROUNDS[study.status]
    left_out = study.notes_on_rounds["1"]["missing"] if number == 2 else []
    taking_part = [judge for judge in active(judges_of(session, id_of(study))) if judge.number not in left_out]
    if len(taking_part) >= 2 and all(number in judge.done_rounds for judge in taking_part):
        close_round(session, study, None, "All judges were done.", now)


def close_round(session: Session, study: Study, actor_id: int | None, reason: str, now: datetime) -> Refusal | None:
    """Close the open round. Judges who have not rated every item are named in the note and left out of its result.

    `actor_id` None: all judges were done. Refused below two complete judges: there would be no result.
    """
    if study.status not in ROUNDS:
        return Refusal("round.none_open")
    number = ROUNDS[study.status]
    judges = active(judges_of(session, id_of(study)))
    ratings = newest_ratings(session, id_of(study), number)
    missing = [judge.number for judge in judges if len(ratings.get(id_of(judge), {})) < len(study.items)]
    if len(judges) - len(missing) < 2:
        return Refusal("round.too_few_judges")
    study.notes_on_rounds = {**study.notes_on_rounds, str(number): {"reason": reason, "missing": missing}}
    if number == 1:
        study.status, study.discussed_at = StudyStatus.DISCUSSION, now
        _tell(session, judges, "study_discussion", {}, now)
    else:
        study.status, study.ended_at = StudyStatus.CLOSED, now
        _tell(session, judges, "study_closed", {}, now)
    record(session, actor_id, "study_round_closed", "study", id_of(study), now, f"round {number}; missing {missing}; {reason}")
    session.flush()
    return None


def open_second(session: Session, study: Study, actor_id: int, link: str, now: datetime) -> Refusal | None:
    """End the discussion and open the second round."""
    if study.status != StudyStatus.DISCUSSION:
        return Refusal("round.not_yet")
    study.status, study.resumed_at = StudyStatus.ROUND_2, now
    record(session, actor_id, "study_second_round", "study", study.id, now)
    left_out = study.notes_on_rounds["1"]["missing"]
    judges = [judge for judge in active(judges_of(session, id_of(study))) if judge.number not in left_out]
    _tell(session, judges, "study_round_2", {"address": link}, now)
    session.flush()
    return None


def abandon(session: Session, study: Study, actor_id: int, reason: str, now: datetime) -> Refusal | None:
    """End a study without a result. What was rated stays stored."""
    if study.status in (StudyStatus.CLOSED, StudyStatus.ABANDONED):
        return Refusal("study.ended")
    study.status, study.ended_at = StudyStatus.ABANDONED, now
    study.notes_on_rounds = {**study.notes_on_rounds, "abandoned": {"reason": reason, "missing": []}}
    record(session, actor_id, "study_abandoned", "study", study.id, now, reason)
    judges = active(judges_of(session, id_of(study)))
    _tell(session, judges, "study_abandoned", {"reason": reason}, now)
    session.flush()
    return None


def add_note(
    session: Session, study: Study, judge: StudyJudge | None, user_id: int, words: str, now: datetime
) -> Refusal | None:
    """Write to the discussion, which is open between the rounds. `judge` None: the operator writes."""
    if study.status != StudyStatus.DISCUSSION:
        return Refusal("study.no_discussion")
    judge_id = judge.id if judge is not None else None
    session.add(StudyNote(study_id=id_of(study), judge_id=judge_id, written_by=user_id, text=words, written_at=now))
    session.flush()
    return None


def notes_of(session: Session, study_id: int) -> list[StudyNote]:
    """The discussion in its order."""
    return list(session.exec(select(StudyNote).where(StudyNote.study_id == study_id).order_by(col(StudyNote.id))).all())


def all_ratings(session: Session, study_id: int) -> list[StudyRating]:
    """Every rating that was ever given, also those that were changed later, in their order."""
    return list(session.exec(select(StudyRating).where(StudyRating.study_id == study_id).order_by(col(StudyRating.id))).all())


def _tell(session: Session, judges: Sequence[StudyJudge], kind: str, values: dict[str, object], now: datetime) -> None:
    for judge in judges:
        add_mail(session, judge.user_id, kind, values, now)
