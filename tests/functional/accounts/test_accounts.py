"""Sign-up, sign-in, throttling, sessions, roles."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlmodel import select

from tests.functional.conftest import TestClock
from tests.visitor import PASSWORD, Visitor
from trainer_academy.accounts import people as steps
from trainer_academy.accounts.models import AuditEvent, LoginSession, User
from trainer_academy.app import create_app
from trainer_academy.config import Config
from trainer_academy.core.db import Database
from trainer_academy.library import Library
from trainer_academy.web.context import get

NO = "Login and password do not fit together"


def test_sign_up_sign_out_sign_in(visitor: Visitor) -> None:
    assert "Hello, Maya" in visitor.sign_up("maya@example.org", "Maya").text
    visitor.post("/sign-out")
    assert visitor.get("/account").status_code == 302
    assert "Hello, Maya" in visitor.sign_in("MAYA@example.org ").text


def test_a_copied_cookie_is_dead_after_sign_out(app: Flask, learner: Visitor) -> None:
    cookie = learner.client.get_cookie("ta_session")
    assert cookie is not None
    learner.post("/sign-out")
    thief = app.test_client()
    thief.set_cookie("ta_session", cookie.value)
    assert thief.get("/account").status_code == 302


def test_sign_out_everywhere_and_one_browser(app: Flask, learner: Visitor) -> None:
    phone, desk = Visitor(app), Visitor(app)
    phone.sign_in("learner@example.org")
    desk.sign_in("learner@example.org")
    page = learner.get("/account").text
    session_id = page.split("/account/sessions/")[1].split("/")[0]
    learner.post(f"/account/sessions/{session_id}/end")
    assert {phone.get("/account").status_code, desk.get("/account").status_code} == {200, 302}
    learner.post("/account/sign-out-everywhere")
    assert {v.get("/account").status_code for v in (learner, phone, desk)} == {302}


def test_a_password_change_signs_the_others_out(app: Flask, learner: Visitor) -> None:
    other = Visitor(app)
    other.sign_in("learner@example.org")
    wrong = learner.post("/account/password", {"old_password": "not this one", "new_password": "eight new lamps"})
    assert wrong.status_code == 400
    assert "This is not your password now" in wrong.text
    learner.post("/account/password", {"old_password": PASSWORD, "new_password": "eight new lamps"})
    assert learner.get("/account").status_code == 200
    assert other.get("/account").status_code == 302
    assert NO in Visitor(app).sign_in("learner@example.org").text
    assert "Hello" in Visitor(app).sign_in("learner@example.org", "eight new lamps").text


@pytest.mark.parametrize("password", ["short", "password", "12345678", "aaaaaaaaaa", "Lea Learner", "x" * 300])
def test_weak_passwords_are_refused_with_a_reason(app: Flask, password: str) -> None:
    page = Visitor(app)
    page.get("/sign-up")
    reply = page.post("/sign-up", {"name": "Lea Learner", "login": "weak@example.org", "password": password})
    assert reply.status_code == 400
    assert 'class="error"' in reply.text


@pytest.mark.parametrize("name", ["", "   ", "a\u202eb", "a\nb", "\u0007bell", "...", "x" * 200])
def test_names_that_would_break_a_certificate_are_refused(visitor: Visitor, name: str) -> None:
    visitor.get("/sign-up")
    assert visitor.post("/sign-up", {"name": name, "login": "n@example.org", "password": PASSWORD}).status_code == 400


@pytest.mark.parametrize("name", ["Zoë 🎓 Ünal", "李小龙", "محمد", 'O\'Brien "Bo" ]]>', "Nguyễn Thị Hà"])
def test_names_of_all_scripts_are_welcome(visitor: Visitor, name: str) -> None:
    assert visitor.sign_up("name@example.org", name).status_code == 200


def test_a_login_is_taken_once(app: Flask, learner: Visitor) -> None:
    reply = Visitor(app).sign_up("Learner@Example.org")
    assert reply.status_code == 400
    assert "There is an account with this login already" in reply.text


def test_throttling_survives_a_restart_and_spares_others(
    app: Flask, config: Config, library: Library, clock: TestClock, learner: Visitor, people: Callable[[str], Visitor]
) -> None:
    people("other@example.org")
    attacker = Visitor(app)
    statuses = [attacker.sign_in("learner@example.org", "wrong password").status_code for _ in range(11)]
    assert statuses[:10] == [400] * 10
    assert statuses[10] == 429
    restarted = create_app(config, clock, library)
    reply = Visitor(restarted).sign_in("learner@example.org")
    assert reply.status_code == 429
    assert int(reply.headers["Retry-After"]) > 200
    assert "Hello" in Visitor(restarted).sign_in("other@example.org").text, "another account of the same address may sign in"
    clock.forward(minutes=6)
    assert "Hello" in Visitor(restarted).sign_in("learner@example.org").text
    get_database(restarted).dispose()


def get_database(app: Flask) -> Database:
    with app.app_context():
        return get(Database)


def test_known_and_unknown_logins_get_the_same_page(app: Flask, learner: Visitor) -> None:
    known, unknown = Visitor(app), Visitor(app)
    one = known.sign_in("learner@example.org", "wrong password")
    two = unknown.sign_in("nobody00@example.org", "wrong password")
    assert one.status_code == two.status_code == 400
    assert NO in one.text
    assert NO in two.text


def test_csrf_is_needed_for_every_change(app: Flask, learner: Visitor) -> None:
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or rule.arguments or rule.endpoint.startswith("api."):
            continue  # the API refuses this learner by role first; test_api has the client without a CSRF token
        if rule.endpoint == "verification.verify_file":
            continue  # changes nothing, and works where cookies are blocked: test_without_cookies
        reply = learner.client.post(rule.rule, data={})
        assert reply.status_code == 400, rule.rule
        assert "Reload the page and send it again" in reply.text


def test_csrf_outlives_an_exam(learner: Visitor, clock: TestClock) -> None:
    learner.get("/account")
    clock.forward(hours=5)
    assert learner.post("/account/name", {"name": "Still Me"}).status_code == 200


def test_a_vendor_code_is_a_login_and_joins_the_team(app: Flask, clock: TestClock) -> None:
    with app.app_context(), get(Database).writing() as session:
        lead = steps.create_user(session, "lead@example.org", "Lead", "!", clock())
        vendor = steps.create_organization(session, "vendor", "Sunrise", clock())
        assert lead.id is not None
        assert vendor.id is not None
        code = steps.invite(session, vendor.id, "staff", lead.id, clock()).code
        session.commit()
    worker = Visitor(app)
    assert worker.sign_up(code.lower().replace("-", " "), "Worker").status_code == 200
    assert "Sunrise: team member" in worker.get("/account").text
    assert Visitor(app).sign_up(code).status_code == 400, "a code works once"
    assert Visitor(app).sign_up("AAA-AAA-AAA-A").status_code == 400
    assert "Hello" in Visitor(app).sign_in(code).text


def test_rights_end_with_the_membership(app: Flask, clock: TestClock) -> None:
    lead = Visitor(app)
    lead.sign_up("lead@example.org", "Lead")
    with app.app_context(), get(Database).writing() as session:
        user = session.exec(select(User).where(User.login == "lead@example.org")).one()
        vendor = steps.create_organization(session, "vendor", "Sunrise", clock())
        assert user.id is not None
        assert vendor.id is not None
        steps.add_membership(session, user.id, vendor.id, "manager", None, clock())
        session.commit()
        ids = user.id, vendor.id
    assert lead.get("/team").status_code == 200
    with app.app_context(), get(Database).writing() as session:
        assert steps.remove_membership(session, ids[0], ids[1], "manager", ids[0], clock())
        session.commit()
    assert lead.get("/team").status_code == 403


def test_passwords_and_tokens_are_stored_hashed(app: Flask, real_hashing: None, learner: Visitor) -> None:
    with get_database(app).reader() as session:
        user = session.exec(select(User)).one()
        assert user.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        stored = session.exec(select(LoginSession.token_hash)).one()
        cookie = learner.client.get_cookie("ta_session")
        assert cookie is not None
        assert stored not in cookie.value
        kinds = set(session.exec(select(AuditEvent.kind)))
    assert "account_created" in kinds


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\r\nX: y", "\\\\evil"]
)
def test_the_page_after_sign_in_is_on_this_site(app: Flask, learner: Visitor, target: str) -> None:
    page = Visitor(app)
    page.get("/sign-in")
    reply = page.client.post(
        "/sign-in",
        query_string={"next": target},
        data={"csrf_token": page.token, "login": "learner@example.org", "password": PASSWORD},
    )
    assert reply.status_code == 302
    assert reply.headers["Location"] == "/"


def test_production_needs_a_secret_and_refuses_demo_data(config: Config) -> None:
    from trainer_academy.app import refuse_demo_data
    from trainer_academy.core.clock import utc_now
    from trainer_academy.core.errors import ConfigError

    with pytest.raises(ConfigError, match="TA_SECRET_KEY"):
        Config.from_env({"TA_ENV": "production", "TA_INSTANCE": str(config.instance)})
    with pytest.raises(ConfigError, match="at least 32"):
        Config.from_env({"TA_ENV": "production", "TA_SECRET_KEY": "short"})
    with pytest.raises(ConfigError, match="https"):
        Config.from_env({"TA_ENV": "production", "TA_SECRET_KEY": "s" * 40, "TA_BASE_URL": "http://academy.example"})
    database = Database(config.database_url)
    refuse_demo_data(database)
    with database.writing() as session:
        steps.create_user(session, "demo@example.org", "Demo", "!", utc_now(), is_demo=True)
        session.commit()
    with pytest.raises(ConfigError, match="demo accounts"):
        refuse_demo_data(database)
    database.dispose()
