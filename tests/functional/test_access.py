"""Every route declares who may enter, and keeps to it; nothing that a person can send is a crash."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlmodel import select

from tests.functional.conftest import TestClock
from tests.visitor import Visitor
from trainer_academy.accounts import people as steps
from trainer_academy.accounts.models import User
from trainer_academy.core.db import Database
from trainer_academy.web.access import allow, check_declarations, rule_of
from trainer_academy.web.context import get

ROLES = {
    "vendor manager": ("vendor", "manager"),
    "client": ("client", "buyer"),
    "rater": ("academy", "rater"),
    "author": ("academy", "author"),
    "operator": ("academy", "operator"),
}
SAMPLES = {
    "int": "999999",
    "uuid": "3f2b8c1e-5d1f-4b6a-9c0e-0123456789ab",
    "default": "nothing-like-this",
    "path": "css/nothing.css",
    "string": "nothing",
}


@pytest.fixture
def everybody(app: Flask, clock: TestClock) -> dict[str, Visitor]:
    """One visitor for each role, a plain learner, and a stranger."""
    found = {"nobody": Visitor(app), "learner": Visitor(app)}
    found["learner"].sign_up("plain@example.org")
    for role, (kind, name) in ROLES.items():
        found[role] = Visitor(app)
        login = f"{name}@example.org"
        found[role].sign_up(login)
        with app.app_context(), get(Database).writing() as session:
            user = session.exec(select(User).where(User.login == login)).one()
            organization = steps.create_organization(session, kind, f"{role} org", clock())
            assert user.id is not None
            assert organization.id is not None
            steps.add_membership(session, user.id, organization.id, name, None, clock())
            session.commit()
    return found


def address(rule: object) -> str:
    text: str = rule.rule  # type: ignore[attr-defined]
    return re.sub(r"<(?:(\w+)(?:\([^)]*\))?:)?\w+>", lambda match: SAMPLES[match[1] or "default"], text)


def test_every_route_declares_who_may_enter(app: Flask) -> None:
    check_declarations(app)
    for rule in app.url_map.iter_rules():
        found = rule_of(app, rule.endpoint)
        assert found is not None, rule.endpoint


def test_a_route_without_a_declaration_keeps_the_app_from_starting(app: Flask) -> None:
    app.view_functions["secret"] = lambda: "x"
    app.url_map.add(app.url_rule_class("/secret", endpoint="secret"))
    with pytest.raises(RuntimeError, match="secret"):
        check_declarations(app)


def test_the_matrix_of_routes_and_roles(app: Flask, everybody: dict[str, Visitor]) -> None:
    """Who is not admitted gets sign-in, 401 or 403; who is admitted never does; nobody gets a 500."""
    wrong = []
    for rule in app.url_map.iter_rules():
        declared = rule_of(app, rule.endpoint)
        assert declared is not None
        for role, visitor in everybody.items():
            kinds = ROLES.get(role)
            is_admitted = not declared.needs_sign_in or (
                role != "nobody" and (not declared.kind or (declared.kind, declared.role) == kinds)
            )
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                if rule.endpoint in ("accounts.sign_out", "accounts.sign_out_everywhere"):
                    continue
                path = address(rule)
                reply = visitor.get(path) if method == "GET" else visitor.post(path, {}, follow=False)
                refused = reply.status_code in (401, 403) or "/sign-in" in reply.headers.get("Location", "")
                if reply.status_code >= 500 or refused == is_admitted:
                    wrong.append(f"{method} {path} as {role}: {reply.status_code}")
    assert not wrong


@pytest.mark.parametrize(
    "path",
    [
        "/attempts/-1",
        "/attempts/9223372036854775808",
        "/offers/2147483648",
        "/pool/0",
        "/team/4294967296",
        "/status-lists/99999999999",
    ],
)
def test_ids_outside_the_database_are_not_found(everybody: dict[str, Visitor], path: str) -> None:
    for role in ("learner", "client", "vendor manager"):
        assert everybody[role].get(path).status_code in (403, 404)


@pytest.mark.parametrize(
    "path",
    [
        "/courses/%00",
        "/verify?code=%00",
        "/pool?language=%00&level=x&page=-1",
        "/pool?page=99999999999999",
        "/pool?max_rate=NaN",
        "/credentials/not-a-uuid",
        "/verify?code=" + "A" * 5000,
        "/courses/" + "a" * 3000,
        "/pool?level=" + "9" * 400,
    ],
)
def test_odd_addresses_are_a_4xx_that_says_what_to_do(everybody: dict[str, Visitor], path: str) -> None:
    for visitor in everybody.values():
        reply = visitor.get(path)
        assert reply.status_code < 500
        if reply.status_code >= 400:
            assert "To the home page" in reply.text


def test_too_large_a_body_is_refused(everybody: dict[str, Visitor]) -> None:
    reply = everybody["learner"].post("/account/name", {"name": "x" * 1_200_000})
    assert reply.status_code == 413
    assert "too large" in reply.text


def test_wrong_methods_and_json_errors(everybody: dict[str, Visitor]) -> None:
    assert everybody["learner"].client.delete("/courses").status_code == 405
    reply = everybody["learner"].get("/nothing-here", headers={"Accept": "application/json"})
    assert reply.status_code == 404
    assert set(reply.get_json()) == {"error", "advice"}


def test_security_headers_are_on_every_answer(everybody: dict[str, Visitor]) -> None:
    for path in ("/", "/account", "/nothing-here", "/healthz", "/.well-known/did.json", "/courses"):
        reply = everybody["learner"].get(path)
        policy = reply.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.headers["Referrer-Policy"] == "same-origin"
    assert everybody["learner"].get("/account").headers["Cache-Control"] == "no-store"
    cookie = everybody["learner"].client.get_cookie("ta_session")
    assert cookie is not None
    assert cookie.http_only
    assert cookie.same_site == "Lax"


def test_extra_fields_change_nothing(app: Flask, everybody: dict[str, Visitor]) -> None:
    everybody["learner"].post(
        "/account/name",
        {"name": "New Name", "is_active": "0", "id": "1", "role": "operator", "login": "x@example.org", "is_demo": "1"},
    )
    with app.app_context(), get(Database).reader() as session:
        user = session.exec(select(User).where(User.login == "plain@example.org")).one()
        assert (user.name, user.is_active, user.is_demo) == ("New Name", True, False)
    assert everybody["learner"].get("/operate").status_code == 403


def test_allow_marks_the_view() -> None:
    from trainer_academy.web.access import OPERATOR

    @allow(OPERATOR)
    def view() -> str:
        return ""

    assert view.access_rule is OPERATOR  # type: ignore[attr-defined]
