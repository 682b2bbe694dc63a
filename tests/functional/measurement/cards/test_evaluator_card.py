"""The evaluator card: from exam answers; clients and a certificate get it only by the person's own decision."""

from __future__ import annotations

from flask import Flask

from tests.functional.assessments.exams.exam_answers import fill_paper
from tests.functional.conftest import TestClock
from tests.page import texts
from tests.stage import count, give_role, id_of
from tests.visitor import Visitor
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.exams.attempts import save_response
from trainer_academy.assessments.exams.models import Attempt
from trainer_academy.assessments.exams.paper import PaperEntry
from trainer_academy.assessments.items.pairwise import PairwiseItem
from trainer_academy.core.clock import utc_now
from trainer_academy.core.db import Database
from trainer_academy.credentials.life.models import Credential
from trainer_academy.measurement.cards.models import CardConsent
from trainer_academy.pool.profiles import ProfileValues, save_profile, set_listed
from trainer_academy.web.context import get

PROFILE = ProfileValues(
    alias="Steady-7",
    country="TZ",
    time_zone="Africa/Dar_es_Salaam",
    languages=("en",),
    domains=(),
    rate_floor=900,
    hours_per_week=20,
    about="A made-up profile.",
)


def pass_exam(app: Flask, learner: Visitor) -> int:
    attempt_id = learner.start_exam()
    fill_paper(app, attempt_id)
    learner.get(f"/attempts/{attempt_id}/review")
    learner.post(f"/attempts/{attempt_id}/submit")
    return attempt_id


def test_the_card_fills_from_decided_exams_only(app: Flask, learner: Visitor) -> None:
    assert "There is nothing yet" in learner.get("/card").text
    attempt_id = learner.start_exam()
    fill_paper(app, attempt_id)
    assert "There is nothing yet" in learner.get("/card").text, "an open exam says nothing"
    learner.get(f"/attempts/{attempt_id}/review")
    learner.post(f"/attempts/{attempt_id}/submit")
    page = learner.get("/card").text
    assert "from 42 items of your exams" in page
    [row] = [row for row in texts(page, ".//ul/li") if row.startswith("Answers exactly as the key")]
    assert "100 %" in row and "likely 92 to 100 %, n = 42" in row
    assert "3 of 5 needed" in page, "three mirrored pairs are too few to say anything"
    assert "not enough data (0 of 30 answers" in page


def test_a_mirrored_pair_that_is_answered_otherwise_lowers_steadiness(app: Flask, learner: Visitor) -> None:
    attempt_id = learner.start_exam()
    fill_paper(app, attempt_id)
    with app.app_context(), get(Database).writing() as session:
        attempt = session.get(Attempt, attempt_id)
        assert attempt is not None
        turned = 0
        for place, entry in enumerate(attempt.paper, 1):
            item = get(ItemStore).items[entry.item_id]
            if entry.is_repeat and isinstance(item, PairwiseItem) and "swapped" in entry.presentation and not turned:
                other = item.perfect() | {"overall": -item.key.overall or 1}
                save_response(session, attempt, place, other, False, 2, utc_now())
                turned += 1
        session.commit()
    assert turned == 1
    learner.get(f"/attempts/{attempt_id}/review")
    learner.post(f"/attempts/{attempt_id}/submit")
    assert "from 42 items of your exams" in learner.get("/card").text
    assert PaperEntry("a", "v", "s", {}).as_json() == {"item_id": "a", "version": "v", "skill": "s", "presentation": {}}


def test_clients_see_it_only_with_consent(app: Flask, learner: Visitor, clock: TestClock) -> None:
    pass_exam(app, learner)
    with app.app_context(), get(Database).writing() as session:
        user_id = id_of(session, "learner@example.org")
        save_profile(session, user_id, PROFILE, clock())
        set_listed(session, user_id, True, clock())
        session.commit()
    client = Visitor(app)
    client.sign_up("buyer@example.org")
    give_role(app, clock, "buyer@example.org", "client", "buyer")
    path = f"/pool/{user_id}"
    assert "Steady-7" in client.get(path).text
    assert "Evaluator card" not in client.get(path).text
    learner.get("/card")
    assert "Clients can see your card now." in learner.post("/card/consent", {"clients": "1"}).text
    page = client.get(path).text
    assert "Evaluator card" in page and "Answers exactly as the key" in page
    assert "Lea Learner" not in page
    learner.get("/card")
    learner.post("/card/consent", {"clients": "0"})
    assert "Evaluator card" not in client.get(path).text
    assert count(app, CardConsent) == 2, "each decision is kept"


def test_the_holder_puts_the_figures_of_today_into_the_certificate_and_takes_them_out(app: Flask, learner: Visitor) -> None:
    pass_exam(app, learner)
    with app.app_context(), get(Database).reader() as session:
        credential_id = session.query(Credential).one().id
    path = f"/certificates/{credential_id}"
    page = learner.get(f"{path}/options").text
    assert "Put my card of today into the certificate" in page
    assert "Evaluator card" not in learner.get(f"/credentials/{credential_id}.json").text
    learner.post(f"{path}/card", {"card": "1"})
    document = learner.get(f"/credentials/{credential_id}.json").get_json(force=True)
    [exam, card] = document["evidence"]
    assert exam["name"].startswith("Exam:") and card["name"] == "Evaluator card"
    assert "Answers exactly as the key: 100 % (92 to 100 %, n = 42)." in card["narrative"]
    public = Visitor(app).get(f"/credentials/{credential_id}").text
    assert "Evaluator card" in public
    assert "Valid" in public
    learner.get(f"{path}/options")
    learner.post(f"{path}/card", {"card": "0"})
    document = learner.get(f"/credentials/{credential_id}.json").get_json(force=True)
    assert [one["name"] for one in document["evidence"]] == [exam["name"]]


def test_nobody_changes_the_card_of_another_certificate(app: Flask, learner: Visitor, visitor: Visitor) -> None:
    pass_exam(app, learner)
    with app.app_context(), get(Database).reader() as session:
        credential_id = session.query(Credential).one().id
    visitor.sign_up("other@example.org")
    visitor.get("/card")
    assert visitor.post(f"/certificates/{credential_id}/card", {"card": "1"}).status_code == 404
