"""What attacks and races share: people with roles, several tabs of one browser, requests at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlmodel import Session, func, select

from tests.functional.conftest import TestClock
from tests.visitor import Visitor
from trainer_academy.accounts import people as accounts
from trainer_academy.core.db import Database
from trainer_academy.web.context import get

AT_ONCE = 6
COURSE = "evaluating-responses"
PROFILE = {
    "alias": "Swift Crane",
    "country": "KE",
    "time_zone": "Africa/Nairobi",
    "rate_floor": "10",
    "hours_per_week": "20",
    "languages": ["en", "sw"],
    "domains": ["health"],
    "about": "",
}
OFFER = {"client_rate": "60", "hours": "10", "vendor_percent": "0", "days": "7", "message": "", "step": "send"}
Make = Callable[[str], Visitor]


def at_once(visitors: list[Visitor], path: str, *forms: dict[str, Any]) -> list[int]:
    """Every visitor posts at the same moment, the forms in turn; the statuses in order."""
    gate, statuses = threading.Barrier(len(visitors)), [0] * len(visitors)

    def send(place: int) -> None:
        form = forms[place % len(forms)] if forms else {}
        gate.wait()
        statuses[place] = visitors[place].post(path, form, follow=False).status_code

    threads = [threading.Thread(target=send, args=(place,)) for place in range(len(visitors))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


def tabs(visitor: Visitor, count: int = AT_ONCE) -> list[Visitor]:
    """Several tabs of one browser: the same cookie, the same form token."""
    visitor.get("/account")
    cookie = visitor.client.get_cookie("ta_session")
    assert cookie is not None
    found = [Visitor(visitor.app) for _ in range(count)]
    for tab in found:
        tab.client.set_cookie("ta_session", cookie.value)
        tab.token = visitor.token
    return found


def strangers(app: Flask, count: int = AT_ONCE) -> list[Visitor]:
    found = [Visitor(app) for _ in range(count)]
    for stranger in found:
        stranger.get("/sign-in")
    return found


def count(app: Flask, model: Any, *conditions: Any) -> int:
    with app.app_context(), get(Database).reader() as session:
        return session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0


def write(app: Flask, step: Callable[[Session], Any]) -> Any:
    with app.app_context(), get(Database).writing() as session:
        found = step(session)
        session.commit()
        return found


def id_of(session: Session, login: str) -> int:
    user = accounts.find_user(session, login)
    assert user is not None
    assert user.id is not None
    return user.id


def give_role(app: Flask, clock: TestClock, login: str, kind: str, role: str) -> int:
    """Put a person into a new organization; its id."""

    def step(session: Session) -> int:
        made = accounts.create_organization(session, kind, f"{login} Ltd", clock())
        assert made.id is not None
        accounts.add_membership(session, id_of(session, login), made.id, role, None, clock())
        return made.id

    return int(write(app, step))
