"""Comparing the answers of sittings that belong together, and what operators read of it. A sign to look, never a verdict."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete
from sqlmodel import Session, col, select

from trainer_academy.accounts.models import Membership, Organization, User
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.exams.basis import adopted_calibration
from trainer_academy.assessments.exams.log import digest
from trainer_academy.assessments.exams.models import Attempt, AttemptStatus
from trainer_academy.assessments.items.kinds import answer_label
from trainer_academy.core.db import id_of
from trainer_academy.measurement.analysis.models import AnswerLikeness, ComparedGroup, ExamAnalysis, ExamSums
from trainer_academy.measurement.answers import PlainSitting, plain_sittings

if TYPE_CHECKING:
    from trainer_academy.measurement.analysis.likenesses import Alike, Group

SHOWN_PAIRS = 200


@dataclass(frozen=True)
class Compared:
    """A group with the pairs that stand out, worked out and not stored yet."""

    group: Group
    pairs: int
    alike: Sequence[Alike]
    calibration: int | None
    digest: str


def stale_groups(session: Session, exam_key: str) -> tuple[list[tuple[Group, str]], list[str]]:
    """The groups that are new or have changed since they were compared, with their digests; and the names of those there are.

    Empty until the exam has an analysis, because the chances of answers come from it.
    """
    from trainer_academy.measurement.analysis.likenesses import Begun, groups_of

    stored_facts = select(col(ExamAnalysis.key_digest), col(ExamAnalysis.facts)).where(ExamAnalysis.exam_key == exam_key)
    analysis = session.execute(stored_facts).first()
    if analysis is None:
        return [], []
    basis = [analysis[0], analysis[1]["calibration"]]
    columns = select(col(Attempt.id), col(Attempt.user_id), col(Attempt.started_at)).where(Attempt.exam_key == exam_key)
    rows = session.execute(columns.where(Attempt.number == 1, Attempt.status == AttemptStatus.DECIDED)).all()
    groups = groups_of([Begun(row[0], row[1], row[2]) for row in rows], _organizations(session))
    stored = select(col(ComparedGroup.name), col(ComparedGroup.digest)).where(ComparedGroup.exam_key == exam_key)
    known = {row[0]: row[1] for row in session.execute(stored)}
    found = [(group, digest([*basis, [one.attempt_id for one in group.sittings]])) for group in groups]
    return [(group, own) for group, own in found if known.get(group.name) != own], [group.name for group in groups]


def _organizations(session: Session) -> dict[int, list[int]]:
    """User id to the vendors and clients that the person belongs to."""
    statement = select(col(Membership.user_id), col(Membership.organization_id)).join(
        Organization, col(Organization.id) == col(Membership.organization_id)
    )
    found: dict[int, list[int]] = {}
    for user_id, organization_id in session.execute(statement.where(Organization.kind != "academy").distinct()):
        found.setdefault(user_id, []).append(organization_id)
    return found


def compare_groups(session: Session, store: ItemStore, exam_key: str, groups: Iterable[tuple[Group, str]]) -> list[Compared]:
    """Compare all pairs within each group. Reads only; takes up to some seconds for a group of 400."""
    from trainer_academy.measurement.analysis.likenesses import compare_group, option_models
    from trainer_academy.measurement.analysis.sums import ItemSums

    content = session.scalar(select(ExamSums.content).where(ExamSums.exam_key == exam_key))
    if content is None:
        return []
    bank = adopted_calibration(session, exam_key)
    parameters = {} if bank is None else {item_id: item.parameters for item_id, item in bank.items.items()}
    models, found = option_models(ItemSums.from_bytes(content), parameters), []
    for group, own_digest in groups:
        ids = sorted(one.attempt_id for one in group.sittings)
        chosen = {s.attempt_id: _labels(s) for chunk in plain_sittings(session, store, ids) for s in chunk}
        alike, pairs = compare_group([chosen.get(one.attempt_id, {}) for one in group.sittings], models)
        found.append(Compared(group, pairs, alike, None if bank is None else bank.number, own_digest))
    return found


def _labels(sitting: PlainSitting) -> dict[str, str]:
    return {answer[0]: answer_label(json.loads(answer[4])) for answer in sitting.answers}


def store_compared(session: Session, exam_key: str, compared: Sequence[Compared], names: Sequence[str], now: datetime) -> None:
    """Replace what was found of these groups, and forget groups that are not there any more (`names` are all there are)."""
    old = select(col(ComparedGroup.id), col(ComparedGroup.name)).where(ComparedGroup.exam_key == exam_key)
    changed = {own.group.name for own in compared}
    gone = [row[0] for row in session.execute(old) if row[1] in changed or row[1] not in set(names)]
    if gone:
        session.execute(delete(AnswerLikeness).where(col(AnswerLikeness.group_id).in_(gone)))
        session.execute(delete(ComparedGroup).where(col(ComparedGroup.id).in_(gone)))
    for own in compared:
        _store_group(session, exam_key, own, now)
    session.flush()


def _store_group(session: Session, exam_key: str, own: Compared, now: datetime) -> None:
    sittings = own.group.sittings
    row = ComparedGroup(
        exam_key=exam_key,
        name=own.group.name,
        kind="start" if own.group.organization_id is None else "organization",
        organization_id=own.group.organization_id,
        sittings=len(sittings),
        pairs=own.pairs,
        starts_at=sittings[0].started_at,
        ends_at=sittings[-1].started_at,
        calibration=own.calibration,
        digest=own.digest,
        compared_at=now,
    )
    session.add(row)
    session.flush()
    for pair in own.alike:
        told = pair.likeness
        session.add(
            AnswerLikeness(
                group_id=id_of(row),
                one_id=sittings[pair.one].attempt_id,
                other_id=sittings[pair.other].attempt_id,
                items=told.items,
                matches=told.matches,
                expected=told.expected,
                z=told.z,
                p=told.p,
                omega_one=pair.omega_one.omega,
                omega_other=pair.omega_other.omega,
                is_flagged=pair.is_flagged,
            )
        )


@dataclass(frozen=True)
class PairRow:
    """A pair as operators see it, with the names of the two persons."""

    pair: AnswerLikeness
    group: ComparedGroup
    one_name: str
    other_name: str


def compared_groups(session: Session, exam_key: str) -> list[ComparedGroup]:
    """Every group that was compared, the newest first."""
    statement = select(ComparedGroup).where(ComparedGroup.exam_key == exam_key)
    return list(session.exec(statement.order_by(col(ComparedGroup.starts_at).desc(), col(ComparedGroup.id))).all())


def group_names(session: Session, groups: Iterable[ComparedGroup]) -> Mapping[int, str]:
    """Names of the organizations of these groups; one statement."""
    ids = {group.organization_id for group in groups if group.organization_id is not None}
    if not ids:
        return {}
    rows = session.execute(select(col(Organization.id), col(Organization.name)).where(col(Organization.id).in_(ids)))
    return {row[0]: row[1] for row in rows}


def alike_pairs(session: Session, exam_key: str, limit: int = SHOWN_PAIRS) -> list[PairRow]:
    """The pairs that stand out most, flagged ones first; two statements."""
    statement = (
        select(AnswerLikeness, ComparedGroup)
        .join(ComparedGroup, col(ComparedGroup.id) == col(AnswerLikeness.group_id))
        .where(ComparedGroup.exam_key == exam_key)
        .order_by(col(AnswerLikeness.is_flagged).desc(), col(AnswerLikeness.p), col(AnswerLikeness.id))
    )
    rows = session.exec(statement.limit(limit)).all()
    ids = {number for pair, _ in rows for number in (pair.one_id, pair.other_id)}
    people = select(col(Attempt.id), col(User.name)).join(User, col(User.id) == col(Attempt.user_id))
    names = {row[0]: row[1] for row in session.execute(people.where(col(Attempt.id).in_(ids)))} if ids else {}
    return [PairRow(pair, group, names.get(pair.one_id, ""), names.get(pair.other_id, "")) for pair, group in rows]
