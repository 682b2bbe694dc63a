"""Human rating, the whole way: blind raters, a third one, the decision, an appeal; locks, freezing, conflicts of interest."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, render_template_string
from sqlmodel import Session, col, select

from tests.functional.conftest import TestClock
from tests.page import page_of, rows
from tests.stage import count, give_role, id_of, write
from tests.visitor import Visitor
from tests.written_content import (
    BEST,
    EXAM,
    MIDDLE,
    WORST,
    make_content,
    make_rater,
    rate_next,
    rating_form,
    submit_work,
    take,
)
from trainer_academy.accounts import people as accounts
from trainer_academy.accounts.models import AuditEvent
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.contests.models import Contest
from trainer_academy.assessments.exams.attempts import items_today
from trainer_academy.assessments.exams.models import Attempt, Decision, Score
from trainer_academy.assessments.rating.appeals import rated_work
from trainer_academy.assessments.rating.models import Qualification, Rating, RatingTask
from trainer_academy.assessments.rating.right import is_qualified
from trainer_academy.core.db import Database
from trainer_academy.credentials.life.models import Credential
from trainer_academy.library import Library, load_library
from trainer_academy.notices.models import Notice
from trainer_academy.web.context import get

Make = Callable[[str], Visitor]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return load_library(make_content(tmp_path_factory.mktemp("written")))


@pytest.fixture
def raters(app: Flask, clock: TestClock, people: Make) -> list[Visitor]:
    """Four people with the right to rate."""
    found = []
    for number in range(1, 5):
        login = f"rater{number}@example.org"
        found.append(people(login))
        make_rater(app, clock, found[-1], login)
    return found


@pytest.fixture
def attempt_id(app: Flask, clock: TestClock, learner: Visitor) -> int:
    """An attempt that waits for its raters."""
    return submit_work(app, clock, learner)


def attempt_of(app: Flask, attempt_id: int) -> Attempt:
    def step(session: Session) -> Attempt:
        found = session.get(Attempt, attempt_id)
        assert found is not None
        return found

    return write(app, step)  # type: ignore[no-any-return]


def rate_all(visitors: list[Visitor], levels: dict[str, int], texts: int = 2) -> None:
    for visitor in visitors:
        for _ in range(texts):
            rate_next(visitor, levels)


def test_two_blind_ratings_decide_and_certify(app: Flask, learner: Visitor, raters: list[Visitor], attempt_id: int) -> None:
    assert attempt_of(app, attempt_id).status == "awaiting"
    assert count(app, RatingTask) == 2
    assert "People are reading your work" in learner.get(f"/attempts/{attempt_id}").text
    rate_all(raters[:1], BEST)
    rate_next(raters[1], BEST)
    assert attempt_of(app, attempt_id).status == "awaiting"
    assert count(app, Credential) == 0
    rate_next(raters[1], BEST)
    decided = attempt_of(app, attempt_id)
    assert (decided.status, decided.is_passed, decided.score) == ("decided", True, 1.0)
    assert count(app, Credential) == 1
    assert count(app, Decision, Decision.attempt_id == attempt_id) == 1
    assert count(app, Notice, Notice.kind == "exam_result") == 1
    assert take(raters[2]) == ""
    assert count(app, Rating, col(Rating.seconds) >= 0) == 4


def test_low_levels_give_no_certificate_and_the_mean_counts(app: Flask, raters: list[Visitor], attempt_id: int) -> None:
    rate_all(raters[:1], {"names": 0, "shows": 1})
    rate_all(raters[1:2], {"names": 1, "shows": 0})
    decided = attempt_of(app, attempt_id)
    assert (decided.status, decided.is_passed) == ("decided", False)
    # Two right choices, and twice 0.2 for the check and 0.8 times the mean of 0.5 / 2 and 0.5 / 3.
    assert decided.score == pytest.approx((2 + 2 * (0.2 + 0.8 * (0.25 + 1 / 6) / 2)) / 4, abs=1e-6)
    settled = write(app, lambda session: [task.settled for task in session.exec(select(RatingTask)).all()])
    assert settled == [{"names": 0.5, "shows": 0.5}] * 2
    assert count(app, Credential) == 0


def test_a_large_difference_is_read_by_a_third_one(app: Flask, raters: list[Visitor], attempt_id: int) -> None:
    rate_all(raters[:1], BEST)
    rate_all(raters[1:2], WORST)
    assert write(app, lambda session: {task.status for task in session.exec(select(RatingTask)).all()}) == {"round_2"}
    assert take(raters[0]) == take(raters[1]) == ""  # both have read both texts
    address = take(raters[2])
    page = raters[2].get(address).text
    assert "A comment for the writer." not in page
    raters[2].post(address, rating_form(MIDDLE, "Third."), follow=False)
    assert attempt_of(app, attempt_id).status == "awaiting"
    rate_next(raters[2], MIDDLE)
    settled = write(app, lambda session: [task.settled for task in session.exec(select(RatingTask)).all()])
    assert settled == [{"names": 1.0, "shows": 2.5}] * 2  # names: 0, 1, 2 ties to the middle; shows: 2 and 3 are closest
    assert attempt_of(app, attempt_id).status == "decided"


def test_the_screen_names_nobody_and_shows_no_other_rating(app: Flask, clock: TestClock, raters: list[Visitor]) -> None:
    writer = Visitor(app)
    writer.sign_up("secret.login@example.org", "Wanda Writerly")
    attempt_id = submit_work(app, clock, writer, ("An answer <b>with marks</b>\nand a second line.",))
    rate_next(raters[0], MIDDLE, "WORDS-OF-THE-FIRST")
    rate_next(raters[0], MIDDLE, "WORDS-OF-THE-FIRST")
    page = raters[1].get(take(raters[1])).text
    assert "&lt;b&gt;with marks&lt;/b&gt;\nand a second line." in page
    assert "Test task number" in page
    assert "quoted words" in page  # an anchor, beside its control
    assert "What the program checked" in page
    for secret in ("Wanda", "secret.login", "WORDS-OF", "EXAMPLE-", f"/attempts/{attempt_id}", "Raters look for"):
        assert secret not in page, secret
    assert page.count('" checked') == 0


def test_work_that_ran_out_goes_to_somebody_else_and_nothing_typed_is_lost(
    app: Flask, clock: TestClock, raters: list[Visitor], attempt_id: int
) -> None:
    first, second = take(raters[0]), take(raters[1])
    assert first != second or raters[0].get(first).status_code == 200
    assert take(raters[0]) == first  # the own open work comes again
    clock.forward(minutes=31)
    texts = write(app, lambda session: session.exec(select(Rating)).all())
    assert len(texts) == 2
    others = {take(raters[2]), take(raters[3])} | {take_after(raters[2], BEST), take_after(raters[3], BEST)}
    assert first in others
    late = raters[0].post(first, rating_form(MIDDLE, "What I had typed."), follow=False)
    assert late.status_code == 409
    assert "another rater has taken it" in late.text
    assert "What I had typed." in late.text
    owner = write(app, lambda session: session.get(Rating, int(first.rpartition("/")[2])).rater_id)
    assert owner != write(app, lambda session: id_of(session, "rater1@example.org"))
    assert raters[0].get(first).status_code == 409


def take_after(person: Visitor, levels: dict[str, int]) -> str:
    """Rate what is open, and take the next text."""
    rate_next(person, levels)
    return take(person)


def test_a_late_rating_counts_while_nobody_took_the_work(
    app: Flask, clock: TestClock, raters: list[Visitor], attempt_id: int
) -> None:
    address = take(raters[0])
    clock.forward(minutes=90)
    assert raters[0].post(address, rating_form(BEST), follow=False).status_code == 302
    assert count(app, Rating, col(Rating.submitted_at).is_not(None)) == 1
    other = take(raters[0])
    clock.forward(minutes=90)
    assert take(raters[0]) == other
    assert write(app, lambda session: session.get(Rating, int(other.rpartition("/")[2])).opened_at) > clock() - timedelta(
        minutes=1
    )


def test_round_one_may_be_changed_until_it_is_complete(
    app: Flask, clock: TestClock, raters: list[Visitor], attempt_id: int
) -> None:
    address = rate_next(raters[0], WORST)
    assert "Change your rating" in raters[0].get(address).text
    assert raters[0].post(address, rating_form(BEST), follow=False).status_code == 302
    seconds = write(app, lambda session: session.exec(select(Rating)).one().seconds)
    clock.forward(minutes=5)
    assert raters[0].post(address, rating_form(BEST), follow=False).status_code == 302  # the same again: nothing
    assert write(app, lambda session: session.exec(select(Rating)).one().seconds) == seconds
    for _ in range(2):
        rate_next(raters[1], BEST)
    frozen = raters[0].post(address, rating_form(WORST, "I think again."), follow=False)
    assert frozen.status_code == 409
    assert "cannot be changed any more" in frozen.text
    assert "I think again." in frozen.text
    assert raters[0].get(address).status_code == 409
    task = write(app, lambda session: session.exec(select(RatingTask).where(RatingTask.status == "settled")).one())
    assert task.settled == {"names": 2.0, "shows": 3.0}


def test_opening_round_two_freezes_round_one(app: Flask, raters: list[Visitor], attempt_id: int) -> None:
    mine = [rate_next(raters[0], BEST) for _ in range(2)]
    for _ in range(2):
        rate_next(raters[1], WORST)
    for address in mine:
        assert raters[0].post(address, rating_form(WORST), follow=False).status_code == 409
    levels = write(app, lambda session: [row.levels for row in session.exec(select(Rating).where(Rating.slot == 1)).all()])
    assert levels == [BEST, BEST]


def test_every_criterion_needs_a_level_and_the_lowest_a_comment(app: Flask, raters: list[Visitor], attempt_id: int) -> None:
    address = take(raters[0])
    part = raters[0].post(address, {"level-names": "1", "comment": "Half of it."}, follow=False)
    assert part.status_code == 400
    assert "Choose a level for every criterion" in part.text
    assert "Half of it." in part.text
    assert len(page_of(part.text).findall(".//input[@checked]")) == 1
    bare = raters[0].post(address, rating_form(WORST, ""), follow=False)
    assert bare.status_code == 400
    assert "Say in a sentence why" in bare.text
    assert len(page_of(bare.text).findall(".//input[@checked]")) == 2
    assert raters[0].post(address, rating_form({"names": 7, "shows": 0}), follow=False).status_code == 400
    assert raters[0].post(address, rating_form(BEST, "x" * 2001), follow=False).status_code == 400
    assert count(app, Rating, col(Rating.submitted_at).is_not(None)) == 0
    assert raters[0].post(address, rating_form(BEST, ""), follow=False).status_code == 302


def test_nobody_rates_their_own_work_or_that_of_their_vendor(
    app: Flask, clock: TestClock, people: Make, raters: list[Visitor]
) -> None:
    own = people("own@example.org")
    submit_work(app, clock, own)
    make_rater(app, clock, own, "own@example.org")  # who rates sits no exam any more
    assert take(own) == ""
    colleague = people("colleague@example.org")
    submit_work(app, clock, colleague)

    def join(session: Session) -> None:
        vendor = accounts.create_organization(session, "vendor", "One Vendor", clock())
        client = accounts.create_organization(session, "client", "One Client", clock())
        assert vendor.id is not None
        assert client.id is not None
        for login, role in (("rater2@example.org", "manager"), ("colleague@example.org", "staff")):
            accounts.add_membership(session, id_of(session, login), vendor.id, role, None, clock())
        for login in ("rater3@example.org", "colleague@example.org"):
            accounts.add_membership(session, id_of(session, login), client.id, "buyer", None, clock())

    write(app, join)
    rate_all(raters[1:2], BEST)  # the two texts of that rater
    assert take(raters[1]) == ""
    assert "0 texts wait for you" in raters[1].get("/rating").text
    rate_all(raters[2:3], BEST, 4)
    assert count(app, Rating, col(Rating.submitted_at).is_not(None)) == 6


def test_work_that_was_given_back_goes_to_others(app: Flask, raters: list[Visitor], attempt_id: int) -> None:
    """Also when another rater has the second place of the text, it does not come back."""
    address = take(raters[0])
    raters[0].post(f"{address}/give-back")
    assert rate_next(raters[0], BEST) != address
    assert take(raters[0]) == ""
    rate_all(raters[1:2], BEST)
    assert take(raters[0]) == ""
    assert "0 texts wait" in raters[0].get("/rating").text
    assert rate_next(raters[2], BEST) == address
    assert attempt_of(app, attempt_id).status == "decided"
    assert raters[2].post(f"{address}/give-back", follow=False).status_code == 302
    assert count(app, Rating, col(Rating.submitted_at).is_not(None)) == 4


def test_the_right_is_needed(app: Flask, clock: TestClock, people: Make, raters: list[Visitor], attempt_id: int) -> None:
    novice = people("novice@example.org")
    make_rater(app, clock, novice, "novice@example.org", is_qualified=False)
    assert novice.post(f"/rating/{EXAM}/next", follow=False).status_code == 409
    assert "No right to rate yet" in novice.get("/rating").text
    address = take(raters[0])
    assert novice.get(address).status_code == 409
    assert novice.post(address, rating_form(BEST), follow=False).status_code == 409
    assert people("plain@example.org").get("/rating").status_code == 403
    assert count(app, Rating, col(Rating.submitted_at).is_not(None)) == 0


def settled_levels_of(app: Flask, address: str) -> tuple[dict[str, int], str]:
    """The settled levels of the example behind an address, and its letter."""
    with app.app_context(), get(Database).reader() as session:
        rating = session.get(Rating, int(address.rpartition("/")[2]))
        assert rating is not None
        item: Any = get(ItemStore).items[rating.item_id]
        return dict(item.examples[rating.example or ""].levels), (rating.example or "").upper()


def take_test(app: Flask, person: Visitor, levels_of: Callable[[dict[str, int], int], dict[str, int]]) -> list[str]:
    """Rate the six examples of a test; their addresses."""
    addresses = []
    for number in range(6):
        reply = person.post(f"/rating/{EXAM}/examples", follow=False)
        address = str(reply.headers["Location"])
        settled, letter = settled_levels_of(app, address)
        page = person.get(address).text
        assert f"EXAMPLE-TEXT-{letter}" in page
        assert "EXAMPLE-WHY" not in page
        assert page.count('" checked') == 0
        assert person.get(address.replace("/work/", "/examples/")).status_code == 404
        after = person.post(address, rating_form(levels_of(settled, number)))
        assert f"EXAMPLE-WHY-{letter}" in after.text
        addresses.append(address)
    return addresses


def test_the_right_is_earned_by_examples(app: Flask, clock: TestClock, people: Make) -> None:
    person = people("novice@example.org")
    rater_id = make_rater(app, clock, person, "novice@example.org", is_qualified=False)
    addresses = take_test(app, person, lambda settled, number: settled)
    assert len(set(addresses)) == 6
    decision = write(app, lambda session: session.exec(select(Qualification)).one())
    assert (decision.is_qualified, decision.agreement, decision.ratings) == (True, 1.0, 6)
    page = person.get(f"/rating/{EXAM}/examples").text
    assert "Your agreement with the settled levels was 1.00 on 6 examples" in page and "provisional" in page
    assert person.post(f"/rating/{EXAM}/examples", follow=False).status_code == 409
    again = person.post(addresses[0], rating_form(WORST), follow=False)  # a second submit changes nothing
    assert again.status_code == 302
    assert count(app, Qualification) == 1
    assert write(app, lambda session: is_qualified(session, rater_id, EXAM)) is True


def test_a_test_that_was_not_passed_is_followed_only_by_examples_that_are_new(
    app: Flask, clock: TestClock, people: Make
) -> None:
    """The exam has eight examples: after six of them the levels of these are known, and two decide nothing."""
    person = people("novice@example.org")
    make_rater(app, clock, person, "novice@example.org", is_qualified=False)

    def upside_down(settled: dict[str, int], _number: int) -> dict[str, int]:
        return {"names": 2 - settled["names"], "shows": 3 - settled["shows"]}

    take_test(app, person, upside_down)
    decision = write(app, lambda session: session.exec(select(Qualification)).one())
    assert decision.is_qualified is False
    assert decision.agreement < 0
    assert decision.agreement_low <= decision.agreement <= decision.agreement_high
    assert "Not passed" in person.get(f"/rating/{EXAM}/examples").text
    assert person.post(f"/rating/{EXAM}/examples", follow=False).status_code == 409
    clock.forward(hours=25)
    page = person.get(f"/rating/{EXAM}/examples").text
    assert "Too few examples are new to you" in page and "They do not come again" in page
    assert person.post(f"/rating/{EXAM}/examples", follow=False).status_code == 409
    assert count(app, Qualification) == 1


def test_the_lower_end_of_the_range_decides(app: Flask, clock: TestClock, people: Make) -> None:
    """One bad slip in six examples: the agreement lies above .6, its lower end below."""
    person = people("novice@example.org")
    make_rater(app, clock, person, "novice@example.org", is_qualified=False)

    def with_slips(settled: dict[str, int], number: int) -> dict[str, int]:
        return settled if number != 1 else settled | {"shows": 3 - settled["shows"]}

    take_test(app, person, with_slips)
    decision = write(app, lambda session: session.exec(select(Qualification)).one())
    assert decision.agreement >= 0.6 > decision.agreement_low and decision.is_qualified is False


def test_an_operator_withdraws_the_right_with_a_reason(
    app: Flask, clock: TestClock, people: Make, raters: list[Visitor], attempt_id: int
) -> None:
    operator = people("operator@example.org")
    give_role(app, clock, "operator@example.org", "academy", "operator")
    rater_id = write(app, lambda session: id_of(session, "rater1@example.org"))
    address = take(raters[0])
    path = f"/operate/rating/{EXAM}/{rater_id}/withdraw"
    assert operator.post(path, {"reason": "short"}, follow=False).status_code == 400
    assert operator.post(path, {"reason": "Copied the comments of others."}, follow=False).status_code == 302
    assert operator.post(path, {"reason": "Copied the comments of others."}, follow=False).status_code == 409
    assert raters[0].post(address, rating_form(BEST), follow=False).status_code == 409
    assert raters[0].get(address).status_code == 409
    event = write(
        app, lambda session: session.exec(select(AuditEvent).where(AuditEvent.kind == "rating_right_withdrawn")).one()
    )
    assert "Copied the comments" in event.detail
    assert "Copied the comments" in raters[0].get("/messages").text
    taken = [rate_next(visitor, BEST) for visitor in raters[1:3] for _ in range(2)]
    assert address in taken
    assert "withdrew your right" in raters[0].get(f"/rating/{EXAM}/examples").text


def test_an_appeal_is_read_by_somebody_new(
    app: Flask, clock: TestClock, learner: Visitor, people: Make, raters: list[Visitor], attempt_id: int
) -> None:
    rate_all(raters[:2], WORST)
    assert attempt_of(app, attempt_id).is_passed is False
    task_id = write(app, lambda session: session.exec(select(RatingTask.id).order_by(col(RatingTask.id))).first())
    path = f"/attempts/{attempt_id}/work/{task_id}/appeal"
    assert people("other@example.org").post(path, {"text": "It is not my text, but I try."}).status_code == 404
    short = learner.post(path, {"text": "Too short."}, follow=False)
    assert short.status_code == 400
    assert "Too short." in short.text
    form = {"text": "The first sentence names the difference. APPEAL-TEXT"}
    assert learner.post(path, form, follow=False).status_code == 302
    assert learner.post(path, form, follow=False).status_code == 409
    assert attempt_of(app, attempt_id).status == "decided"
    assert take(raters[0]) == take(raters[1]) == ""
    address = take(raters[2])
    page = raters[2].get(address).text
    assert "APPEAL" not in page
    assert "ppeal" not in page
    raters[2].post(address, rating_form(BEST, "It is all there."), follow=False)
    decided = attempt_of(app, attempt_id)
    # Two right choices, one text at 1, the other one at 0.2 for its check.
    assert (decided.score, decided.is_passed) == (pytest.approx(3.2 / 4), True)
    assert count(app, Credential) == 1
    contest = write(app, lambda session: session.exec(select(Contest)).one())
    assert (contest.status, contest.kind, contest.answered_by) == ("accepted", "rating", None)
    assert "Names the difference: 0 before, 2 now." in contest.answer
    assert write(app, lambda session: [row.reason for row in session.exec(select(Decision)).all()]) == ["rated", "appeal"]
    assert count(app, Notice, Notice.kind == "appeal_answered") == 1
    assert count(app, Score) > 4  # the first scores are still there
    task = write(app, lambda session: session.get(RatingTask, task_id))
    assert (task.first_settled, task.settled) == ({"names": 0.0, "shows": 0.0}, {"names": 2.0, "shows": 3.0})
    assert learner.post(path, form, follow=False).status_code == 409


def test_an_appeal_that_changes_nothing_is_rejected_and_late_ones_are_refused(
    app: Flask, clock: TestClock, learner: Visitor, raters: list[Visitor], attempt_id: int
) -> None:
    rate_all(raters[:2], MIDDLE)
    first, second = write(app, lambda session: session.exec(select(RatingTask.id).order_by(col(RatingTask.id))).all())
    form = {"text": "Please read my second sentence once more."}
    learner.post(f"/attempts/{attempt_id}/work/{first}/appeal", form)
    rate_next(raters[3], MIDDLE)
    contest = write(app, lambda session: session.exec(select(Contest)).one())
    assert contest.status == "rejected"
    assert "not higher than before" in contest.answer
    clock.forward(days=31)
    learner.sign_in("learner@example.org")
    assert learner.post(f"/attempts/{attempt_id}/work/{second}/appeal", form, follow=False).status_code == 409
    assert count(app, Contest) == 1


def test_a_pass_is_not_lost_by_an_appeal(app: Flask, learner: Visitor, raters: list[Visitor], attempt_id: int) -> None:
    rate_all(raters[:2], BEST)
    for task_id in write(app, lambda session: session.exec(select(RatingTask.id)).all()):
        learner.post(f"/attempts/{attempt_id}/work/{task_id}/appeal", {"text": "I would like to know what a third one says."})
    rate_all(raters[2:3], WORST)
    decided = attempt_of(app, attempt_id)
    assert (decided.is_passed, decided.is_kept, decided.score) == (True, True, pytest.approx(2.4 / 4))
    assert count(app, Credential, col(Credential.revoked_at).is_(None)) == 1


def test_the_writer_sees_levels_and_comments_without_names(
    app: Flask, clock: TestClock, learner: Visitor, raters: list[Visitor], attempt_id: int
) -> None:
    rate_next(raters[0], MIDDLE, "First comment.")
    rate_next(raters[0], MIDDLE, "First comment.")
    rate_all(raters[1:2], BEST)

    def step(session: Session) -> Any:
        attempt = session.get(Attempt, attempt_id)
        assert attempt is not None
        return rated_work(session, attempt, items_today(session, get(ItemStore), attempt), clock())

    works = write(app, step)
    assert len(works) == 2
    for work in works:
        assert [(row.level, row.top, len(row.anchors)) for row in work.levels] == [(1.5, 2, 2), (2.5, 3, 2)]
        assert set(work.comments) == {"First comment.", "A comment for the writer."}
        assert (work.readers, work.may_appeal, work.appeal) == (2, True, None)
    page = learner.get(f"/attempts/{attempt_id}/work/{works[0].task_id}/appeal")
    assert "Send the appeal" in page.text
    shown = render_rated(app, works, attempt_of(app, attempt_id))
    assert "2 people rated this text." in shown
    assert "1.5 / 2" in shown
    assert "Between “a place” and “quoted words”" in shown
    assert f"/attempts/{attempt_id}/work/{works[0].task_id}/appeal" in shown
    assert "First comment." in shown
    learner.post(f"/attempts/{attempt_id}/work/{works[0].task_id}/appeal", {"text": "Please read it once more, all of it."})
    assert "Appeal open" in render_rated(app, write(app, step), attempt_of(app, attempt_id))
    rate_next(raters[2], WORST)
    assert "Appeal rejected" in render_rated(app, write(app, step), attempt_of(app, attempt_id))


def render_rated(app: Flask, works: Any, attempt: Attempt) -> str:
    """The part of the result page, as the result page puts it in."""
    source = '{% from "assessments/_rated.html" import rated_section %}{{ rated_section(works, attempt) }}'
    with app.test_request_context():
        return render_template_string(source, works=works, attempt=attempt)


def test_reports_for_the_rater_and_for_operators(
    app: Flask, clock: TestClock, people: Make, raters: list[Visitor], attempt_id: int
) -> None:
    operator = people("operator@example.org")
    give_role(app, clock, "operator@example.org", "academy", "operator")
    assert "Nothing is overdue." in operator.get("/operate/rating").text
    clock.forward(days=8)
    operator.sign_in("operator@example.org")
    page = operator.get("/operate/rating").text
    assert page.count("waits for two raters") == 2
    assert "learner@example.org" not in page
    assert "Lea Learner" not in page
    for visitor, number in ((raters[0], 1), (raters[1], 2)):
        visitor.sign_in(f"rater{number}@example.org")
    rate_next(raters[0], BEST)
    clock.forward(seconds=40)
    rate_next(raters[0], WORST)
    rate_all(raters[1:2], BEST)
    page = operator.get("/operate/rating").text
    assert "waits for a third rater" in page
    assert len(re.findall(r"1 of 2", page)) == 2  # for both raters a third one was needed once
    panel = [row for row in rows(page) if len(row) == 6 and row[2] == "2"]
    assert len(panel) == 2, "two criteria, two texts that two people rated"
    assert all(row[3:] == ["–", "–", "not enough data"] for row in panel)
    own = raters[0].get("/rating").text
    assert "Your numbers" in own
    assert "1 of 2" in own
    assert "Texts rated" not in raters[3].get("/rating").text
