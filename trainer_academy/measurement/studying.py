"""The steps of a standard-setting study, from the plan to the end of the second round. Steps flush; the edge commits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from trainer_academy.accounts.audit import record
from trainer_academy.accounts.models import Membership, Organization, User
from trainer_academy.assessments.kinds import SomeItem
from trainer_academy.assessments.measurement_models import ExamBar
from trainer_academy.assessments.models import Attempt
from trainer_academy.assessments.schema import ExamSpec
from trainer_academy.assessments.versions import load_corrections
from trainer_academy.core.errors import NotFound, Refusal
from trainer_academy.measurement import study_rules
from trainer_academy.measurement.study_models import Study, StudyJudge, StudyNote, StudyRating
from trainer_academy.notices.outbox import add_mail

ROUNDS = {"round_1": 1, "round_2": 2}
APPOINTING = ("planned", "round_1")


def get_study(session: Session, study_id: int, is_to_change: bool = False) -> Study:
    """A study; `is_to_change` makes others who change it wait. Raises NotFound."""
    study = session.get(Study, study_id, with_for_update=True if is_to_change else None)
    if study is None:
        raise NotFound("There is no such study.")
    return study


def get_judge(session: Session, study_id: int, user_id: int) -> StudyJudge:
    """This person as a judge of the study. Raises NotFound for everybody else and for one who has left."""
    statement = select(StudyJudge).where(StudyJudge.study_id == study_id, StudyJudge.user_id == user_id)
    judge = session.exec(statement).first()
    if judge is None or judge.left_at is not None:
        raise NotFound("You are not a judge of this study, or not any more.")
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
    session: Session, exam_key: str, spec: ExamSpec, items: Sequence[SomeItem], definition: str, size: int | None, seed: int,
    made_by: int, now: datetime,
) -> Study | Refusal:  # fmt: skip
    """Plan a study; `size` None: the whole bank. Refused while another one is open, or when the sample cannot be drawn."""
    try:
        chosen = study_rules.drawable(spec, items) if size is None else study_rules.choose_items(spec, items, size, seed)
    except ValueError as error:
        return Refusal(f"The sample cannot be drawn: {error}. Nothing was saved.")
    if len(chosen) < study_rules.LEAST_ITEMS:
        return Refusal(f"A study needs at least {study_rules.LEAST_ITEMS} items; there are {len(chosen)}. Nothing was saved.")
    plan: dict[str, object] = {"scope": "bank"} if size is None else {"scope": "sample", "size": size, "seed": seed}
    study = Study(
        exam_key=exam_key, exam_version=spec.version, definition=definition, plan=plan, items=[], notes_on_rounds={},
        made_by=made_by, made_at=now,
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(study)
            session.flush()
    except IntegrityError:
        return Refusal("This exam has a study that is not finished. Finish or abandon it first. Nothing was saved.")
    record(session, made_by, "study_planned", "study", study.id, now, exam_key)
    return study


def appoint(
    session: Session, study: Study, exam_keys: Sequence[str], user: User, appointed_by: int, link: str,
    now: datetime,
) -> StudyJudge | Refusal:  # fmt: skip
    """Appoint a judge and tell the person. `exam_keys` are the exams of the same bank, where conflicts are looked for."""
    if study.status not in APPOINTING:
        return Refusal("Judges are appointed before the study or in its first round. Nothing was changed.")
    assert study.id is not None and user.id is not None
    number = (session.scalar(select(func.max(StudyJudge.number)).where(StudyJudge.study_id == study.id)) or 0) + 1
    found = find_conflicts(session, user.id, exam_keys)
    judge = StudyJudge(
        study_id=study.id, user_id=user.id, number=number, found=found, appointed_by=appointed_by, appointed_at=now,
        done_rounds=[],
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(judge)
            session.flush()
    except IntegrityError:
        return Refusal("This person is or was a judge of the study already. Nothing was changed.")
    record(session, appointed_by, "judge_appointed", "study", study.id, now, f"user {user.id}, judge {number}; found: {found}")
    body = (
        "You are asked to be a judge: to say, item by item, how many just competent people would get it right. "
        "From that comes the pass mark of an exam.\n\n"
        "Before you see an item you write why you are qualified and what interests you have, and sign that you keep the items "
        f"to yourself. From then on you cannot sit an exam with these items for {study_rules.BAR_DAYS // 365} years.\n\n{link}"
    )
    add_mail(session, user.id, "judge_appointed", "You are asked to judge the items of an exam", body, now)
    return judge


def find_conflicts(session: Session, user_id: int, exam_keys: Sequence[str]) -> list[str]:
    """What the product itself knows: sat (an exam of this bank), vendor (a team with people in it), author (of items)."""
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
    session: Session, study: Study, judge: StudyJudge, bank: str, exam_keys: Sequence[str], qualification: str, interests: str,
    signature: str, now: datetime,
) -> Refusal | None:  # fmt: skip
    """The judge's statements and signature; from now on the person sits no exam of this bank for two years.

    Refused while an exam of the person is running: it could be one of these items.
    """
    if judge.signed_at is not None:
        return Refusal("You have signed already. Nothing was changed.")
    if session.execute(
        select(col(Attempt.id)).where(Attempt.user_id == judge.user_id, Attempt.status == "in_progress")
    ).first():
        return Refusal("You have an exam open. Finish it first; then sign here. Nothing was saved.")
    judge.qualification, judge.interests, judge.signature, judge.signed_at = qualification, interests, signature, now
    judge.found = sorted({*judge.found, *find_conflicts(session, judge.user_id, exam_keys)})
    session.add(ExamBar(user_id=judge.user_id, bank=bank, starts_at=now, ends_at=now + timedelta(days=study_rules.BAR_DAYS)))
    record(session, judge.user_id, "judge_signed", "study", study.id, now, f"judge {judge.number}")
    session.flush()
    return None


def leave(session: Session, study: Study, judge: StudyJudge, actor_id: int, reason: str, now: datetime) -> Refusal | None:
    """A judge steps down or is taken out. The ratings stay stored and do not count; the bar stays."""
    if study.status in ("closed", "abandoned") or judge.left_at is not None:
        return Refusal("The study has ended, or this judge has left already. Nothing was changed.")
    judge.left_at, judge.left_reason = now, reason
    record(session, actor_id, "judge_left", "study", study.id, now, f"judge {judge.number}: {reason}")
    session.flush()
    close_if_all_done(session, study, now)
    return None


def start(
    session: Session, study: Study, spec: ExamSpec, items: Sequence[SomeItem], actor_id: int, link: str, now: datetime
) -> Refusal | None:
    """Freeze the items with their key versions and open the first round."""
    if study.status != "planned":
        return Refusal("This study has started already. Nothing was changed.")
    if len(judges := active(judges_of(session, study.id or 0))) < 2:
        return Refusal("Appoint at least two judges first. Nothing was changed.")
    corrections = load_corrections(session)
    today = [corrections.apply(item) for item in items]
    try:
        size = study.plan.get("size")
        chosen = study_rules.choose_items(spec, today, size, study.plan["seed"]) if size else study_rules.drawable(spec, today)
    except ValueError as error:
        return Refusal(f"The sample cannot be drawn any more: {error}. Nothing was changed.")
    study.items = [
        {"id": i.id, "version": i.version, "key_version": i.key_version, "skill": i.skill, "kind": i.kind} for i in chosen
    ]
    study.status, study.started_at, study.exam_version = "round_1", now, spec.version
    record(session, actor_id, "study_started", "study", study.id, now, f"{len(chosen)} items, {len(judges)} judges")
    _tell(session, judges, "The first round of ratings is open", f"Please rate {len(chosen)} items: {link}", now)
    session.flush()
    return None


def active(judges: Sequence[StudyJudge]) -> list[StudyJudge]:
    """Those who have not left."""
    return [judge for judge in judges if judge.left_at is None]


def rate(session: Session, study: Study, judge: StudyJudge, item_id: str, value: float, now: datetime) -> Refusal | None:
    """Append a rating in the open round. The same value again adds nothing. Raises NotFound for an item of another study."""
    if item_id not in {entry["id"] for entry in study.items}:
        raise NotFound("This item is not in the study.")
    if (refusal := _may_rate(session, study, judge)) is not None:
        return refusal
    assert study.id is not None and judge.id is not None
    now_open = ROUNDS[study.status]
    if newest_ratings(session, study.id, now_open, judge.id).get(judge.id, {}).get(item_id) != value:
        rating = StudyRating(study_id=study.id, round=now_open, judge_id=judge.id, item_id=item_id, value=value, rated_at=now)
        session.add(rating)
        session.flush()
    return None


def _may_rate(session: Session, study: Study, judge: StudyJudge) -> Refusal | None:
    if study.status not in ROUNDS:
        return Refusal("No round is open, so nothing was saved. What you rated before is kept.")
    if judge.signed_at is None:
        return Refusal("Write your statements and sign first. Nothing was saved.")
    if ROUNDS[study.status] in judge.done_rounds:
        return Refusal("You said that you are done with this round. Nothing was changed.")
    if study.status == "round_2" and judge.number in study.notes_on_rounds["1"]["missing"]:
        return Refusal("You had not rated every item in the first round, so you do not take part in the second one.")
    return None


def keep_rest(session: Session, study: Study, judge: StudyJudge, now: datetime) -> int | Refusal:
    """In the second round: rate every item that is still open as in the first round; returns how many there were."""
    if (refusal := _may_rate(session, study, judge)) is not None:
        return refusal
    if study.status != "round_2":
        return Refusal("That is possible in the second round only. Nothing was saved.")
    assert study.id is not None and judge.id is not None
    before = newest_ratings(session, study.id, 1, judge.id).get(judge.id, {})
    done = newest_ratings(session, study.id, 2, judge.id).get(judge.id, {})
    left = [item_id for item_id in before if item_id not in done]
    for item_id in left:
        kept = StudyRating(study_id=study.id, round=2, judge_id=judge.id, item_id=item_id, value=before[item_id], rated_at=now)
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
    assert study.id is not None and judge.id is not None
    number = ROUNDS[study.status]
    own = newest_ratings(session, study.id, number, judge.id).get(judge.id, {})
    if left := len(study.items) - len(own):
        return Refusal(f"{left} items have no rating yet. Nothing was changed.")
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
    taking_part = [judge for judge in active(judges_of(session, study.id or 0)) if judge.number not in left_out]
    if len(taking_part) >= 2 and all(number in judge.done_rounds for judge in taking_part):
        close_round(session, study, None, "All judges were done.", now)


def close_round(session: Session, study: Study, actor_id: int | None, reason: str, now: datetime) -> Refusal | None:
    """Close the open round. Judges who have not rated every item are named in the note and left out of its result.

    `actor_id` None: all judges were done. Refused below two complete judges: there would be no result.
    """
    if study.status not in ROUNDS:
        return Refusal("No round is open. Nothing was changed.")
    assert study.id is not None
    number = ROUNDS[study.status]
    judges = active(judges_of(session, study.id))
    ratings = newest_ratings(session, study.id, number)
    missing = [judge.number for judge in judges if len(ratings.get(judge.id or 0, {})) < len(study.items)]
    if len(judges) - len(missing) < 2:
        return Refusal("Fewer than two judges have rated every item, so there would be no result. Nothing was changed.")
    study.notes_on_rounds = {**study.notes_on_rounds, str(number): {"reason": reason, "missing": missing}}
    if number == 1:
        study.status, study.discussed_at = "discussion", now
        text = "Everybody's first ratings are in. You can see yours beside those of the panel, and write to the others."
        _tell(session, judges, "The first round of ratings is closed", text, now)
    else:
        study.status, study.ended_at = "closed", now
        _tell(session, judges, "The second round is closed", "The study is finished. Thank you for your judgement.", now)
    record(session, actor_id, "study_round_closed", "study", study.id, now, f"round {number}; missing {missing}; {reason}")
    session.flush()
    return None


def open_second(session: Session, study: Study, actor_id: int, link: str, now: datetime) -> Refusal | None:
    """End the discussion and open the second round."""
    if study.status != "discussion":
        return Refusal("The second round follows the discussion. Nothing was changed.")
    study.status, study.resumed_at = "round_2", now
    record(session, actor_id, "study_second_round", "study", study.id, now)
    left_out = study.notes_on_rounds["1"]["missing"]
    judges = [judge for judge in active(judges_of(session, study.id or 0)) if judge.number not in left_out]
    text = f"Please look at each item once more, and keep or change your rating. The second round counts: {link}"
    _tell(session, judges, "The second round of ratings is open", text, now)
    session.flush()
    return None


def abandon(session: Session, study: Study, actor_id: int, reason: str, now: datetime) -> Refusal | None:
    """End a study without a result. What was rated stays stored."""
    if study.status in ("closed", "abandoned"):
        return Refusal("This study has ended already. Nothing was changed.")
    study.status, study.ended_at = "abandoned", now
    study.notes_on_rounds = {**study.notes_on_rounds, "abandoned": {"reason": reason, "missing": []}}
    record(session, actor_id, "study_abandoned", "study", study.id, now, reason)
    judges = active(judges_of(session, study.id or 0))
    _tell(session, judges, "A study was ended without a result", f"The reason: {reason}", now)
    session.flush()
    return None


def add_note(
    session: Session, study: Study, judge: StudyJudge | None, user_id: int, words: str, now: datetime
) -> Refusal | None:
    """Write to the discussion, which is open between the rounds. `judge` None: the operator writes."""
    if study.status != "discussion":
        return Refusal("The discussion is open between the two rounds only. Nothing was saved.")
    assert study.id is not None
    judge_id = judge.id if judge is not None else None
    session.add(StudyNote(study_id=study.id, judge_id=judge_id, written_by=user_id, text=words, written_at=now))
    session.flush()
    return None


def notes_of(session: Session, study_id: int) -> list[StudyNote]:
    """The discussion in its order."""
    return list(session.exec(select(StudyNote).where(StudyNote.study_id == study_id).order_by(col(StudyNote.id))).all())


def all_ratings(session: Session, study_id: int) -> list[StudyRating]:
    """Every rating that was ever given, also those that were changed later, in their order."""
    return list(session.exec(select(StudyRating).where(StudyRating.study_id == study_id).order_by(col(StudyRating.id))).all())


def _tell(session: Session, judges: Sequence[StudyJudge], subject: str, body: str, now: datetime) -> None:
    for judge in judges:
        add_mail(session, judge.user_id, "study", subject, body, now)
