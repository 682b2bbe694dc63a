"""An item is contested, corrected by two authors, and stored answers are scored again."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType

import pytest
from flask import Flask
from sqlmodel import Session, col, select

from tests.functional.assessments.corrections.corrections import (
    Authors,
    choice_on,
    decide,
    make_authors,
    other_option,
    propose,
    run_rescoring,
)
from tests.functional.assessments.exams.exam_answers import counted_length, fill_paper, place_among_counted
from tests.functional.conftest import TestClock
from tests.page import texts
from tests.stage import at_once, count, give_role, tabs, write
from tests.visitor import Visitor
from trainer_academy.accounts.models import AuditEvent
from trainer_academy.assessments.bank.models import Correction
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.contests.models import Contest
from trainer_academy.assessments.corrections.models import PanelVote, Rescoring
from trainer_academy.assessments.exams.attempts import save_response
from trainer_academy.assessments.exams.models import Attempt, Decision, Response, Score
from trainer_academy.assessments.items.choice import ChoiceItem
from trainer_academy.assessments.items.pairwise import PairwiseItem
from trainer_academy.core.db import Database
from trainer_academy.credentials.life.models import Credential
from trainer_academy.library import Library
from trainer_academy.notices.models import Notice
from trainer_academy.web.context import get, provide
from trainer_academy.workflows.certification import Services

EXAM = "evaluating-responses"
NUMBERS = ".//dd[@class='num']"
TEXT = "Option b is right as well: the text says so in its second sentence."


@pytest.fixture
def authors(app: Flask, clock: TestClock) -> Authors:
    return make_authors(app, clock)


def rows(app: Flask, statement: object) -> list[object]:
    with app.app_context(), get(Database).reader() as session:
        return list(session.exec(statement).all())  # type: ignore[call-overload]


def sit(app: Flask, learner: Visitor, clock: TestClock, right: int, wrong_at: int | None = None) -> int:
    """Sit the exam with `right` right answers from the start; `wrong_at` gets an option that the key does not have."""
    attempt_id = learner.start_exam(EXAM)
    fill_paper(app, attempt_id, right)

    def answer_otherwise(session: Session) -> None:
        attempt = session.get(Attempt, attempt_id)
        assert attempt is not None
        assert wrong_at is not None
        item = get(ItemStore).items[attempt.paper[wrong_at - 1].item_id]
        assert isinstance(item, ChoiceItem)
        save_response(session, attempt, wrong_at, {"selected": [other_option(item)]}, False, 2, clock())

    if wrong_at is not None:
        write(app, answer_otherwise)
    learner.get(f"/attempts/{attempt_id}/review")
    learner.post(f"/attempts/{attempt_id}/submit")
    return attempt_id


def attempt_of(app: Flask, attempt_id: int) -> Attempt:
    [found] = rows(app, select(Attempt).where(Attempt.id == attempt_id))
    assert isinstance(found, Attempt)
    return found


def set_rule(app: Flask, rule: str) -> None:
    """Let the exam of this test keep or revoke passes after a correction."""
    with app.app_context():
        store, services = get(ItemStore), get(Services)
        exams = dict(store.exams) | {EXAM: store.exams[EXAM].model_copy(update={"on_correction": rule})}
        changed = replace(store, exams=MappingProxyType(exams))
        provide(app, changed, replace(services, store=changed))


def report(visitor: Visitor, item_id: str) -> str:
    visitor.get(f"/items/{item_id}/contest")
    return visitor.post(f"/items/{item_id}/contest", {"kind": "key", "text": TEXT}).text


def report_on_paper(visitor: Visitor, attempt_id: int, position: int) -> str:
    path = f"/attempts/{attempt_id}/items/{position}/report"
    visitor.get(path)
    return visitor.post(path, {"kind": "key", "text": TEXT}).text


def test_the_whole_way_from_a_report_to_a_certificate(app: Flask, learner: Visitor, authors: Authors, clock: TestClock) -> None:
    learner_paper = learner.start_exam(EXAM)
    position, item = choice_on(app, learner_paper)
    # Just below the pass mark: 33 of 42, and the item in question answered with the option that will be right.
    right = 34 if place_among_counted(app, learner_paper, position) <= 34 else 33
    fill_paper(app, learner_paper, right)

    def answer_otherwise(session: Session) -> None:
        attempt = session.get(Attempt, learner_paper)
        assert attempt is not None
        save_response(session, attempt, position, {"selected": [other_option(item)]}, False, 2, clock())

    write(app, answer_otherwise)
    during = learner.get(f"/attempts/{learner_paper}/items/{position}/report").text
    assert item.title not in during, "a title could hint at the key"
    assert f"Item {position} of your exam" in during
    page = report_on_paper(learner, learner_paper, position)
    assert "Thank you." in page
    assert f"/attempts/{learner_paper}/items/{position}" in page, "the way back to the item"
    assert "You get an answer by" in page
    assert item.title not in page
    learner.get(f"/attempts/{learner_paper}/review")
    learner.post(f"/attempts/{learner_paper}/submit")
    assert attempt_of(app, learner_paper).is_passed is False
    assert count(app, Credential) == 0

    queue = authors.first.get("/banks/contests").text
    assert item.id in queue
    correction_id = propose(authors.first, item.id, {"action": "key", "choice": other_option(item)})
    assert count(app, Rescoring) == 0
    expected = authors.second.get(f"/banks/corrections/{correction_id}").text
    assert texts(expected, NUMBERS)[:5] == ["1", "1", "1", "0", "0"]
    assert "learner@example.org" not in expected
    assert "Lea Learner" not in expected
    assert attempt_of(app, learner_paper).is_passed is False, "a dry run changes nothing"
    assert "The correction is in force." in decide(authors.second, correction_id, "approve")
    answered = authors.first.post(
        "/banks/contests/1", {"outcome": "accepted", "correction": str(correction_id), "answer": "Right: we corrected the key."}
    )
    assert "The answer is saved" in answered.text
    run_rescoring(app, clock, correction_id)

    attempt = attempt_of(app, learner_paper)
    assert attempt.is_passed
    assert attempt.score == pytest.approx(34 / 42)
    decisions = rows(app, select(Decision).order_by(col(Decision.id)))
    assert [(d.reason, d.is_passed) for d in decisions] == [("submitted", False), ("rescored", True)]  # type: ignore[attr-defined]
    [response] = rows(app, select(Response).where(Response.position == position, Response.sequence == 2))
    scores = rows(app, select(Score).where(Score.response_id == response.id).order_by(col(Score.id)))  # type: ignore[attr-defined]
    assert [score.value for score in scores] == [0.0, 1.0], "the old score stays beside the new one"  # type: ignore[attr-defined]
    assert count(app, Credential) == 1
    inbox = learner.get("/messages").text
    assert "Your result has changed" in inbox
    assert "Your score was 78 of 100. It is now 80 of 100." in inbox
    assert item.title not in inbox, "the item is used again"
    assert "The item that you reported is corrected" in inbox
    mine = learner.get("/contests").text
    assert "Right: we corrected the key." in mine
    assert "accepted" in mine
    result = learner.get(f"/attempts/{learner_paper}").text
    assert "You passed" in result
    page = authors.first.get(f"/banks/corrections/{correction_id}").text
    assert "Looked at: 1 of 1" in page
    kinds = {event.kind for event in rows(app, select(AuditEvent))}  # type: ignore[attr-defined]
    assert {"correction_proposed", "correction_applied", "contest_accepted", "credential_issued"} <= kinds


def test_a_pass_is_kept_when_the_mistake_was_ours(app: Flask, learner: Visitor, authors: Authors, clock: TestClock) -> None:
    attempt_id, item = passed_at_the_mark(app, learner)
    correction_id = propose(authors.first, item.id, {"action": "key", "choice": other_option(item)})
    page = authors.second.get(f"/banks/corrections/{correction_id}").text
    assert texts(page, NUMBERS)[:5] == ["1", "1", "0", "0", "1"]
    decide(authors.second, correction_id, "approve")
    run_rescoring(app, clock, correction_id)
    attempt = attempt_of(app, attempt_id)
    assert (attempt.is_passed, attempt.is_kept) == (True, True)
    assert attempt.score == pytest.approx(33 / 42)
    assert count(app, Credential, col(Credential.revoked_at).is_(None)) == 1
    assert "you keep your pass" in learner.get("/messages").text


def test_a_pass_goes_where_the_specification_says_so(app: Flask, learner: Visitor, authors: Authors, clock: TestClock) -> None:
    set_rule(app, "revoke")
    attempt_id, item = passed_at_the_mark(app, learner)
    correction_id = propose(authors.first, item.id, {"action": "key", "choice": other_option(item)})
    page = authors.second.get(f"/banks/corrections/{correction_id}").text
    assert texts(page, NUMBERS)[:5] == ["1", "1", "0", "1", "0"]
    decide(authors.second, correction_id, "approve")
    run_rescoring(app, clock, correction_id)
    attempt = attempt_of(app, attempt_id)
    assert (attempt.is_passed, attempt.is_kept) == (False, False)
    assert count(app, Credential, col(Credential.revoked_at).is_not(None)) == 1
    assert "the exam is not passed any more" in learner.get("/messages").text
    [run] = rows(app, select(Rescoring))
    assert (run.to_fail, run.kept, run.status) == (1, 0, "done")  # type: ignore[attr-defined]


def passed_at_the_mark(app: Flask, learner: Visitor) -> tuple[int, ChoiceItem]:
    """A paper with 34 of 42 right, the item in question among them."""
    attempt_id = learner.start_exam(EXAM)
    position, item = choice_on(app, attempt_id)
    fill_paper(app, attempt_id, 34)
    if place_among_counted(app, attempt_id, position) > 34:
        pytest.fail("the first item with options is late on this paper; 34 right answers do not reach it")
    learner.get(f"/attempts/{attempt_id}/review")
    learner.post(f"/attempts/{attempt_id}/submit")
    assert attempt_of(app, attempt_id).is_passed
    return attempt_id, item


def test_an_author_cannot_approve_an_own_proposal(app: Flask, learner: Visitor, authors: Authors) -> None:
    attempt_id = learner.start_exam(EXAM)
    _, item = choice_on(app, attempt_id)
    correction_id = propose(authors.first, item.id, {"action": "key", "choice": other_option(item)})
    assert "Approve" not in authors.first.get(f"/banks/corrections/{correction_id}").text
    assert "Another author has to approve it" in decide(authors.first, correction_id, "approve")
    [found] = rows(app, select(Correction))
    assert found.status == "proposed"  # type: ignore[attr-defined]
    again = authors.second.post(f"/banks/items/{item.id}/correct", {"why": TEXT, "action": "suspend"})
    assert "waits for its second author" in again.text
    assert "is rejected" in decide(authors.first, correction_id, "reject")
    assert count(app, Rescoring) == 0
    for visitor in (learner,):
        assert visitor.get(f"/banks/corrections/{correction_id}").status_code == 403
        assert visitor.get(f"/banks/items/{item.id}/correct").status_code == 403


def test_the_same_key_or_half_a_key_is_refused(app: Flask, learner: Visitor, authors: Authors) -> None:
    _, item = choice_on(app, learner.start_exam(EXAM))
    path = f"/banks/items/{item.id}/correct"
    authors.first.get(path)
    same = authors.first.post(path, {"why": TEXT, "action": "key", "choice": item.key.correct[0]})
    assert same.status_code == 400
    assert "the key that the item has already" in same.text
    empty = authors.first.post(path, {"why": TEXT, "action": "key"})
    assert empty.status_code == 400
    assert "your answer is the new key" in empty.text
    assert authors.first.post(path, {"why": TEXT, "action": "drop"}).status_code == 400
    assert authors.first.post(path, {"why": TEXT, "action": "votes"}).status_code == 400
    assert count(app, Correction) == 0


def test_two_approvals_at_once_act_once(app: Flask, learner: Visitor, authors: Authors) -> None:
    _, item = choice_on(app, learner.start_exam(EXAM))
    correction_id = propose(authors.first, item.id, {"action": "key", "choice": other_option(item)})
    authors.second.get(f"/banks/corrections/{correction_id}")
    form = {"note": "I checked it too.", "action": "approve"}
    assert at_once(tabs(authors.second, 6), f"/banks/corrections/{correction_id}", form) == [302] * 6
    assert count(app, Rescoring) == 1
    assert count(app, AuditEvent, AuditEvent.kind == "correction_applied") == 1


def test_approve_and_reject_at_once_give_one_outcome(app: Flask, learner: Visitor, authors: Authors) -> None:
    _, item = choice_on(app, learner.start_exam(EXAM))
    correction_id = propose(authors.first, item.id, {"action": "suspend"})
    authors.second.get(f"/banks/corrections/{correction_id}")
    forms = [{"note": "I checked it too.", "action": action} for action in ("approve", "reject")]
    at_once(tabs(authors.second, 6), f"/banks/corrections/{correction_id}", *forms)
    [found] = rows(app, select(Correction))
    applied = found.status == "applied"  # type: ignore[attr-defined]
    assert count(app, Rescoring) == int(applied)
    assert count(app, AuditEvent, col(AuditEvent.kind).in_(["correction_applied", "correction_rejected"])) == 1


def test_a_suspended_item_is_neither_drawn_nor_counted_until_it_ends(
    app: Flask, learner: Visitor, authors: Authors, clock: TestClock, people: Callable[[str], Visitor]
) -> None:
    attempt_id = learner.start_exam(EXAM)
    position, item = choice_on(app, attempt_id)
    assert position <= 30, "the item is among the right answers"
    fill_paper(app, attempt_id, 30)
    learner.get(f"/attempts/{attempt_id}/review")
    learner.post(f"/attempts/{attempt_id}/submit")
    correction_id = propose(authors.first, item.id, {"action": "suspend"})
    decide(authors.second, correction_id, "approve")
    run_rescoring(app, clock, correction_id)
    assert attempt_of(app, attempt_id).score == pytest.approx(29 / 41)
    newest = rows(app, select(Decision).order_by(col(Decision.id)))[-1]
    assert newest.item_count == 41  # type: ignore[attr-defined]
    for number in range(4):
        other = people(f"other{number}@example.org")
        paper = attempt_of(app, other.start_exam(EXAM)).paper
        assert item.id not in {entry.item_id for entry in paper}
    assert "On 41 items you agreed" in " ".join(learner.get(f"/attempts/{attempt_id}").text.split())
    page = authors.first.get(f"/banks/corrections/{correction_id}").text
    assert "If the suspension ended now" in page
    assert "The item counts again." in decide(authors.first, correction_id, "end")
    run_rescoring(app, clock, correction_id)
    assert attempt_of(app, attempt_id).score == pytest.approx(30 / 42)
    assert [run.is_ending for run in rows(app, select(Rescoring).order_by(col(Rescoring.id)))] == [False, True]  # type: ignore[attr-defined]


def test_a_running_exam_is_scored_with_the_key_that_counts_at_its_end(
    app: Flask, learner: Visitor, authors: Authors, clock: TestClock
) -> None:
    attempt_id = learner.start_exam(EXAM)
    _, item = choice_on(app, attempt_id)
    correction_id = propose(authors.first, item.id, {"action": "key", "choice": other_option(item)})
    decide(authors.second, correction_id, "approve")
    run_rescoring(app, clock, correction_id)
    fill_paper(app, attempt_id)
    learner.get(f"/attempts/{attempt_id}/review")
    learner.post(f"/attempts/{attempt_id}/submit")
    assert attempt_of(app, attempt_id).score == pytest.approx((counted_length(app, attempt_id) - 1) / 42)
    assert count(app, Decision) == 1


def test_a_key_that_comes_back_brings_the_old_result_back(
    app: Flask, learner: Visitor, authors: Authors, clock: TestClock
) -> None:
    attempt_id = learner.start_exam(EXAM)
    _, item = choice_on(app, attempt_id)
    fill_paper(app, attempt_id)
    learner.get(f"/attempts/{attempt_id}/review")
    learner.post(f"/attempts/{attempt_id}/submit")
    scores = []
    for letter in (other_option(item), item.key.correct[0], other_option(item)):
        correction_id = propose(authors.first, item.id, {"action": "key", "choice": letter})
        decide(authors.second, correction_id, "approve")
        run_rescoring(app, clock, correction_id)
        scores.append(attempt_of(app, attempt_id).score)
    assert scores == [pytest.approx(41 / 42), pytest.approx(1.0), pytest.approx(41 / 42)]
    statuses = [found.status for found in rows(app, select(Correction).order_by(col(Correction.id)))]  # type: ignore[attr-defined]
    assert statuses == ["ended", "ended", "applied"]


def test_who_was_not_shown_an_item_cannot_report_it(
    app: Flask, learner: Visitor, people: Callable[[str], Visitor], library: Library
) -> None:
    attempt_id = learner.start_exam(EXAM)
    position, item = choice_on(app, attempt_id)
    other = people("other@example.org")
    paths = [f"/items/{item.id}/contest{query}" for query in ("", "?response=1", "?response=x", "?response=99999999999")]
    for path in (*paths, f"/attempts/{attempt_id}/items/{position}/report", "/attempts/999999/items/1/report"):
        assert other.get(path).status_code == 404, path
        assert other.post(path, {"kind": "key", "text": TEXT}).status_code == 404
    assert learner.get(f"/items/{item.id}/contest").status_code == 404, "an exam item has no address of its own"
    assert learner.get(f"/attempts/{attempt_id}/items/999/report").status_code == 404
    assert count(app, Contest) == 0


def practice_ids(library: Library) -> list[str]:
    return sorted(item.id for item in library.store.banks["evaluating-practice"].items.values() if item.status == "active")


def test_a_second_report_on_the_same_item_adds_nothing(app: Flask, learner: Visitor, library: Library) -> None:
    first, second = practice_ids(library)[:2]
    assert "Thank you." in report(learner, first)
    assert "nothing was added" in report(learner, first)
    report(learner, second)
    learner.get(f"/items/{practice_ids(library)[2]}/contest")
    form = {"kind": "text", "text": TEXT}
    assert at_once(tabs(learner, 6), f"/items/{practice_ids(library)[2]}/contest", form) == [302] * 6
    assert count(app, Contest) == 3


def test_reports_end_after_twenty_a_day(app: Flask, learner: Visitor, library: Library, clock: TestClock) -> None:
    ids = practice_ids(library)
    for item_id in ids[:20]:
        report(learner, item_id)
    page = report(learner, ids[20])
    assert "sent 20 of these today" in page
    assert count(app, Contest) == 20
    clock.forward(hours=25)
    learner.sign_in("learner@example.org")
    assert "Thank you." in report(learner, ids[20])


def test_bad_reports_are_refused_with_a_reason(app: Flask, learner: Visitor, library: Library) -> None:
    path = f"/items/{practice_ids(library)[0]}/contest"
    learner.get(path)
    for form in (
        {"kind": "key", "text": "short"},
        {"kind": "rating", "text": TEXT},
        {"text": ""},
        {"kind": "key", "text": "x" * 2001},
    ):
        assert learner.post(path, form).status_code == 400, form
    assert count(app, Contest) == 0


def test_an_overdue_report_is_marked_and_an_answer_is_given_once(
    app: Flask, learner: Visitor, authors: Authors, clock: TestClock, library: Library
) -> None:
    report(learner, practice_ids(library)[0])
    clock.forward(days=15)
    for visitor, login in ((learner, "learner@example.org"), (authors.first, "first@academy.example")):
        visitor.sign_in(login)
    assert "We are late" in learner.get("/contests").text
    assert "overdue since" in authors.first.get("/banks/contests").text
    form = {"outcome": "rejected", "correction": "", "answer": "We checked the source again; it says the same."}
    authors.first.get("/banks/contests/1")
    assert at_once(tabs(authors.first, 4), "/banks/contests/1", form) == [302] * 4
    assert count(app, Notice, Notice.kind == "contest_answered") == 1
    assert "it says the same" in learner.get("/contests").text
    assert "0 reports wait." in authors.first.get("/banks/contests").text


def test_nobody_answers_an_own_report_or_one_from_a_running_exam(
    app: Flask, learner: Visitor, authors: Authors, library: Library
) -> None:
    report(authors.first, practice_ids(library)[0])
    form = {"outcome": "rejected", "correction": "", "answer": "We checked the source again; it says the same."}
    assert "Somebody else has to answer it" in authors.first.post("/banks/contests/1", form).text
    attempt_id = learner.start_exam(EXAM)
    report_on_paper(learner, attempt_id, 1)
    assert "still open" in authors.first.post("/banks/contests/2", form).text
    assert count(app, Contest, Contest.status == "open") == 2


def test_practice_answers_get_a_score_under_the_new_key(
    app: Flask, learner: Visitor, authors: Authors, clock: TestClock, library: Library
) -> None:
    items = library.store.banks["evaluating-practice"].items.values()
    item = min((i for i in items if isinstance(i, ChoiceItem) and i.select == "one"), key=lambda i: i.id)
    learner.get(f"/courses/{EXAM}/practice")
    learner.post(f"/practice/items/{item.id}", {"choice": other_option(item), "order": "".join(item.options)})
    correction_id = propose(authors.first, item.id, {"action": "key", "choice": other_option(item)})
    decide(authors.second, correction_id, "approve")
    run_rescoring(app, clock, correction_id)
    scores = rows(app, select(Score).order_by(col(Score.id)))
    assert [score.value for score in scores] == [0.0, 1.0]  # type: ignore[attr-defined]
    page = learner.get("/practice/answers/1").text
    assert "Agrees with the key" in page
    assert "This key was corrected on" in page
    assert "/items/" + item.id + "/contest?response=1" in page


def test_votes_are_blind_and_become_a_key(
    app: Flask, learner: Visitor, authors: Authors, clock: TestClock, library: Library, people: Callable[[str], Visitor]
) -> None:
    bank = [item for one in library.store.banks.values() if one.file.purpose == "exam" for item in one.items.values()]
    waiting = [item for item in bank if item.takes_votes and item.status in ("active", "suspended")]
    rater = people("rater@example.org")
    assert rater.get("/votes").status_code == 403
    give_role(app, clock, "rater@example.org", "academy", "rater")
    page = rater.get("/votes").text
    found = re.search(r'action="/votes/([a-z0-9-]+)"', page)
    assert found
    item = library.store.items[found[1]]
    assert item.why[:30] not in page
    assert 'class="tag ok"' not in page
    assert f"{len(waiting)} items wait" in page
    assert rater.post(f"/votes/{item.id}", {"version": item.version}).status_code == 400
    assert rater.post(f"/votes/{item.id}", {"version": "old"}).status_code == 409
    assert rater.post("/votes/ev-p-001", {}).status_code == 404
    assert count(app, PanelVote) == 0

    pair = next(i for i in waiting if isinstance(i, PairwiseItem) and i.key.overall)
    sides = {f"dim-{name}": "a" for name in pair.key.dimensions}
    for number in range(6):
        voter = people(f"voter{number}@example.org")
        give_role(app, clock, f"voter{number}@example.org", "academy", "rater")
        voter.get("/votes")
        form = {"version": pair.version, "overall": "0", **sides}
        assert "Your vote is saved." in voter.post(f"/votes/{pair.id}", form).text
        assert "The first vote stays" in voter.post(f"/votes/{pair.id}", form | {"overall": "1"}).text
    assert count(app, PanelVote) == 6
    page = authors.first.get(f"/banks/items/{pair.id}/correct").text
    assert "6 raters have voted" in page
    assert "10 to 15 are better" in page
    correction_id = propose(authors.first, pair.id, {"action": "votes"})
    decide(authors.second, correction_id, "approve")
    [stored] = rows(app, select(Correction))
    assert stored.new_key["votes"]["overall"] == {"0": 6}  # type: ignore[attr-defined]
    assert stored.new_key["overall"] == 0  # type: ignore[attr-defined]


def test_a_link_beside_every_item(app: Flask, learner: Visitor, authors: Authors, library: Library) -> None:
    attempt_id = learner.start_exam(EXAM)
    _, item = choice_on(app, attempt_id)
    assert f"/attempts/{attempt_id}/items/1/report" in learner.get(f"/attempts/{attempt_id}/items/1").text
    assert "Something is wrong with this item" in learner.get(f"/courses/{EXAM}/practice/all").text
    assert f"/banks/items/{item.id}/correct" in authors.first.get(f"/banks/items/{item.id}").text
