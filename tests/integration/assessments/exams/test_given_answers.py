"""The answers of first attempts, as analysis and calibration read them."""

from __future__ import annotations

from sqlalchemy import event, update
from sqlmodel import Session, select

from tests.sittings import EXAM, THEN, Written, item_ids, make_store, plain_store, source_of, write_people, write_sittings
from trainer_academy.assessments.bank.corrected_keys import with_key
from trainer_academy.assessments.bank.models import Correction
from trainer_academy.assessments.exams.models import Response, Score
from trainer_academy.assessments.items.choice import ChoiceItem
from trainer_academy.measurement.answers import first_sittings

ALL_A = dict.fromkeys(item_ids(4), ("a", 20))


def correct(session: Session, item_id: str, item: ChoiceItem, letter: str) -> str:
    """Put another key in force without scoring anything again; the new key version."""
    key = {"basis": "judgement", "correct": [letter]}
    changed = with_key(item, key)
    [author] = write_people(session, [900])
    session.add(
        Correction(
            item_id=item_id,
            kind="key",
            from_key_version=item.key_version,
            new_key=key,
            new_key_version=changed.key_version,
            reason="test",
            status="applied",
            proposed_by=author,
            proposed_at=THEN,
        )
    )
    session.flush()
    return changed.key_version


def test_a_sitting_as_it_was_written(session: Session) -> None:
    store = plain_store(4)
    [number] = write_sittings(session, store, [Written(ALL_A | {"item-002": ("b", None), "item-003": ("", None)})])
    [found] = first_sittings(session, store, EXAM)
    assert (found.attempt_id, found.score, found.is_passed, found.exam_version) == (number, 0.5, False, "1")
    assert found.closed_at.tzinfo is not None
    assert [(a.item_id, a.credit, a.payload, a.seconds, a.position, a.is_pilot) for a in found.answers] == [
        ("item-001", 1.0, {"selected": ["a"]}, 20, 1, False),
        ("item-002", 0.0, {"selected": ["b"]}, None, 2, False),
        ("item-003", 0.0, {}, None, 3, False),
        ("item-004", 1.0, {"selected": ["a"]}, 20, 4, False),
    ]
    item = store.items["item-001"]
    assert (found.answers[0].item_version, found.answers[0].key_version) == (item.version, item.key_version)


def test_only_decided_first_attempts_of_this_exam_in_order(session: Session) -> None:
    store = plain_store(4)
    [person] = write_people(session, [500])
    ids = write_sittings(
        session,
        store,
        [
            Written(ALL_A, person=person),
            Written(ALL_A, person=person, number=2),
            Written(ALL_A, status="void"),
            Written(ALL_A, status="awaiting"),
            Written(ALL_A, exam_key="another"),
            Written(ALL_A),
            Written(ALL_A),
        ],
    )
    assert [found.attempt_id for found in first_sittings(session, store, EXAM)] == [ids[0], ids[5], ids[6]]
    assert [found.attempt_id for found in first_sittings(session, store, EXAM, after=ids[0])] == [ids[5], ids[6]]
    assert [found.attempt_id for found in first_sittings(session, store, EXAM, ids[0], 1)] == [ids[5]]
    assert first_sittings(session, store, EXAM)[0].user_id == person
    assert first_sittings(session, store, EXAM, after=ids[6]) == []


def test_a_second_showing_and_an_open_item_are_left_out_and_a_pilot_is_marked(session: Session) -> None:
    store = plain_store(5)
    marks = {"item-002": {"is_repeat": True}, "item-004": {"is_pilot": True}, "item-005": {"is_open": True}}
    write_sittings(session, store, [Written(ALL_A | {"item-005": ("", None)}, marks=marks)])
    [found] = first_sittings(session, store, EXAM)
    assert [(a.item_id, a.position, a.is_pilot) for a in found.answers] == [
        ("item-001", 1, False),
        ("item-003", 3, False),
        ("item-004", 4, True),
    ]


def test_the_last_save_counts(session: Session) -> None:
    store = plain_store(4)
    [number] = write_sittings(session, store, [Written(ALL_A)])
    old = session.exec(select(Response).where(Response.attempt_id == number, Response.position == 2)).one()
    values = old.model_dump(exclude={"id"}) | {"sequence": 3, "payload": {"selected": ["c"]}, "seconds": 33, "saved_at": THEN}
    new = Response(**values)
    session.add(new)
    session.flush()
    assert new.id is not None
    key_version = store.items["item-002"].key_version
    session.add(Score(response_id=new.id, key_version=key_version, value=0.0, parts=[], scored_at=THEN))
    session.flush()
    answer = first_sittings(session, store, EXAM)[0].answers[1]
    assert (answer.payload, answer.credit, answer.seconds) == ({"selected": ["c"]}, 0.0, 33)


def test_a_corrected_key_scores_with_the_stored_credit_until_the_run_has_come(session: Session) -> None:
    store = plain_store(4)
    write_sittings(session, store, [Written(ALL_A)])
    item = store.items["item-001"]
    assert isinstance(item, ChoiceItem)
    new = correct(session, item.id, item, "b")
    before = first_sittings(session, store, EXAM)[0].answers[0]
    assert (before.key_version, before.credit) == (new, 1.0), "the newest stored one"
    response = session.exec(select(Response).where(Response.item_id == item.id)).one()
    assert response.id is not None
    session.add(Score(response_id=response.id, key_version=new, value=0.0, parts=[], scored_at=THEN))
    session.flush()
    after = first_sittings(session, store, EXAM)[0].answers[0]
    assert (after.key_version, after.credit) == (new, 0.0)
    session.execute(update(Correction).values(status="ended"))
    back = first_sittings(session, store, EXAM)[0].answers[0]
    assert (back.key_version, back.credit) == (item.key_version, 1.0), "the key of today, not the newest score"


def test_raters_scores_belong_to_the_key_that_they_carry(session: Session) -> None:
    store = plain_store(4)
    write_sittings(session, store, [Written(ALL_A)])
    response = session.exec(select(Response).where(Response.item_id == "item-001")).one()
    key_version = store.items["item-001"].key_version
    assert response.id is not None
    for mark, value in (("-r1", 0.4), ("-r2", 0.7)):
        session.add(Score(response_id=response.id, key_version=key_version + mark, value=value, parts=[], scored_at=THEN))
        session.flush()
    assert first_sittings(session, store, EXAM)[0].answers[0].credit == 0.7


def test_an_older_text_counts_under_its_item_and_a_suspended_item_does_not(session: Session) -> None:
    sources = {item_id: source_of(item_id) for item_id in item_ids(4)}
    old = make_store(sources, 4)
    write_sittings(session, old, [Written(ALL_A)])
    store = make_store(sources | {"item-002": source_of("item-002", "c", "Another text of the same item?")}, 4)
    [author] = write_people(session, [901])
    suspended = old.items["item-003"].key_version
    session.add(
        Correction(
            item_id="item-003",
            kind="suspend",
            from_key_version=suspended,
            reason="test",
            status="applied",
            proposed_by=author,
            proposed_at=THEN,
        )
    )
    session.flush()
    answers = first_sittings(session, store, EXAM)[0].answers
    assert [answer.item_id for answer in answers] == ["item-001", "item-002", "item-004"]
    assert answers[1].item_version == old.items["item-002"].version != store.items["item-002"].version
    assert (answers[1].key_version, answers[1].credit) == (old.items["item-002"].key_version, 1.0)


def test_many_sittings_take_few_statements(session: Session) -> None:
    store = plain_store(4)
    write_sittings(session, store, [Written(ALL_A) for _ in range(1100)])
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        found.append(statement)

    event.listen(session.get_bind(), "before_cursor_execute", note)
    try:
        sittings = first_sittings(session, store, EXAM)
    finally:
        event.remove(session.get_bind(), "before_cursor_execute", note)
    assert len(sittings) == 1100 and all(len(sitting.answers) == 4 for sitting in sittings)
    # The ids, three chunks of two statements, and the corrections once.
    assert len(found) <= 8, found
    assert sittings[0].answers[0].payload is sittings[1000].answers[0].payload, "each text is parsed once"
