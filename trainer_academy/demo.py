"""Demonstration data: made-up people who went through the real steps. An edge, for development only.

Certificates of demo people come from real attempts: papers are assembled, answers saved and scored, credentials signed.
"""

from __future__ import annotations

import json
import os
import random
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlmodel import Session, select

from trainer_academy.accounts import people
from trainer_academy.accounts.models import User
from trainer_academy.accounts.passwords import hash_password
from trainer_academy.assessments.bank.versions import resolve_items
from trainer_academy.assessments.exams.attempts import save_response, start_attempt
from trainer_academy.assessments.exams.models import Attempt
from trainer_academy.config import Config
from trainer_academy.core.db import Database, id_of
from trainer_academy.core.errors import ConfigError
from trainer_academy.core.tokens import ALPHABET, check_character, group_code
from trainer_academy.courses.enrollment import enroll, finish_lesson
from trainer_academy.library import Library
from trainer_academy.pool.profiles import ProfileValues, save_profile, set_listed
from trainer_academy.vendors.assignments import assign
from trainer_academy.workflows.certification import Services, submit_exam

EXAM = "evaluating-responses"
COURSE = "evaluating-responses"
WRITTEN_EXAM = "writing-rationales"
# Every second demo specialist also sits one of these.
LEVEL_2 = ("prompt-engineering", "preference-modelling", "rubrics-and-grading", "factuality")
WRITTEN_TEXT = (
    "Demo answer: this text was made up for the demonstration and belongs to no learner. Response A and Response B differ in "
    "what they do with the instruction. The one that follows it is better. The fault of the other one is major, because the "
    "person would have to ask again."
)
UNUSABLE = "!"  # no password fits this
PEOPLE = (
    ("CN", "Asia/Shanghai", ("zh", "en"), ("daily", "code"), 900),
    ("KE", "Africa/Nairobi", ("sw", "en"), ("health",), 1200),
    ("IN", "Asia/Kolkata", ("hi", "en"), ("code", "science"), 1500),
    ("PH", "Asia/Manila", ("fil", "en"), ("office", "travel"), 1000),
    ("BR", "America/Sao_Paulo", ("pt", "en"), ("law", "money"), 1800),
    ("EG", "Africa/Cairo", ("ar", "en"), ("translation",), 1400),
    ("VN", "Asia/Ho_Chi_Minh", ("vi", "en"), ("school",), 1100),
    ("NG", "Africa/Lagos", ("yo", "en"), ("work", "money"), 1300),
    ("MX", "America/Mexico_City", ("es", "en"), ("daily", "travel"), 1600),
    ("ID", "Asia/Jakarta", ("id", "en"), ("office",), 1000),
    ("UA", "Europe/Kyiv", ("uk", "en"), ("code", "law"), 2200),
    ("BD", "Asia/Dhaka", ("bn", "en"), ("science",), 950),
)


@dataclass(frozen=True)
class DemoAccount:
    """A login that is printed at the first run."""

    role: str
    login: str
    password: str


@dataclass
class Builder:
    """Makes demo people in one session."""

    session: Session
    library: Library
    services: Services
    now: datetime

    def person(self, login: str, name: str, password: str | None = None) -> int:
        password_hash = hash_password(password) if password else UNUSABLE
        user = people.create_user(self.session, login, name, password_hash, self.now, is_demo=True)
        return id_of(user)

    def organization(self, kind: str, name: str) -> int:
        made = people.create_organization(self.session, kind, name, self.now, is_demo=True)
        return id_of(made)

    def study(self, user_id: int, lessons: int) -> None:
        course = self.library.catalog.courses[COURSE]
        enroll(self.session, user_id, course.key, self.now)
        for place, lesson in enumerate(course.lessons[:lessons]):
            following = course.lessons[place + 1].key if place + 1 < len(course.lessons) else ""
            finish_lesson(self.session, user_id, course.key, lesson.key, following, self.now)

    def sit_exam(self, user_id: int, skill: float, seed: int, exam: str = EXAM) -> Attempt:
        """Sit a real exam; each answer is the key with probability `skill`, else something else."""
        spec = self.library.store.exams[exam]
        items = self.library.store.items_for(spec)
        started = start_attempt(self.session, user_id, exam, spec, items, seed, self.now)
        assert isinstance(started, Attempt)
        rng = random.Random(seed)
        paper = resolve_items(self.session, self.library.store, [entry.pair for entry in started.paper])
        for position, item in enumerate(paper, 1):
            payload = item.perfect()
            if rng.random() > skill:
                payload = item.worse(payload)
            save_response(self.session, started, position, payload, False, 1, self.now + timedelta(seconds=position))
        submit_exam(self.session, self.services, id_of(started), "submitted", self.now + timedelta(minutes=38))
        return started


def create_demo(database: Database, config: Config, library: Library, services: Services, now: datetime) -> list[DemoAccount]:
    """Fill an empty database. Raises ConfigError in production."""
    if config.is_production:
        raise ConfigError("Demo data is refused in production.")
    accounts = [DemoAccount(role, login, secrets.token_urlsafe(9)) for role, login in LOGINS.items()]
    with database.writing() as session:
        build(Builder(session, library, services, now - timedelta(days=1)), {account.role: account for account in accounts})
        session.commit()
    write_accounts(config.instance / "demo-accounts.json", accounts)
    return accounts


LOGINS = {
    "learner": "learner@demo.example",
    "certified learner": "certified@demo.example",
    "vendor manager": "vendor@demo.example",
    "client": "client@demo.example",
    "rater": "rater@demo.example",
    "second rater": "rater2@demo.example",
    "author": "author@demo.example",
    "operator": "operator@demo.example",
}


def build(make: Builder, accounts: dict[str, DemoAccount]) -> None:
    ids = {role: make.person(a.login, f"Demo {role}", a.password) for role, a in accounts.items()}
    vendor, client = make.organization("vendor", "Demo Vendor"), make.organization("client", "Demo Client")
    academy = make.organization("academy", "Trainer Academy")
    for role, organization, name in (
        ("vendor manager", vendor, "manager"),
        ("client", client, "buyer"),
        ("rater", academy, "rater"),
        ("second rater", academy, "rater"),
        ("author", academy, "author"),
        ("operator", academy, "operator"),
    ):
        people.add_membership(make.session, ids[role], organization, name, None, make.now)
    make.study(ids["learner"], 2)
    make.study(ids["certified learner"], 8)
    make.sit_exam(ids["certified learner"], 0.8, 7)
    list_in_pool(make, ids["certified learner"], 0)
    staff = [make.person(staff_code(n), f"Demo team member {n}") for n in (1, 2)]
    for user_id in staff:
        people.add_membership(make.session, user_id, vendor, "staff", ids["vendor manager"], make.now)
    assign(make.session, vendor, staff, COURSE, None, ids["vendor manager"], make.now)
    make.study(staff[0], 3)
    make.study(staff[1], 8)
    make.sit_exam(staff[1], 0.25, 11)
    for place in range(1, len(PEOPLE)):
        user_id = make.person(f"specialist{place}@demo.example", f"Demo specialist {place}")
        make.sit_exam(user_id, 0.82 + place / 80, 100 + place)
        further = [key for key in LEVEL_2 if key in make.library.store.exams]
        if place % 2 and further:
            make.sit_exam(user_id, 0.9, 200 + place, further[place // 2 % len(further)])
        list_in_pool(make, user_id, place)
    leave_work_for_raters(make)


def leave_work_for_raters(make: Builder) -> None:
    """One attempt whose written answers wait in the queue. Nobody is made a rater: the right is earned in the product."""
    spec = make.library.store.exams.get(WRITTEN_EXAM)
    if spec is None or spec.rating is None:
        return
    writer = make.person("writer@demo.example", "Demo writer")
    items = make.library.store.items_for(spec)
    started = start_attempt(make.session, writer, WRITTEN_EXAM, spec, items, 5, make.now)
    assert isinstance(started, Attempt)
    paper = resolve_items(make.session, make.library.store, [entry.pair for entry in started.paper])
    for position, item in enumerate(paper, 1):
        payload = {"text": WRITTEN_TEXT} if item.is_rated else item.perfect()
        save_response(make.session, started, position, payload, False, 1, make.now + timedelta(seconds=position))
    submit_exam(make.session, make.services, id_of(started), "submitted", make.now + timedelta(minutes=20))


def list_in_pool(make: Builder, user_id: int, place: int) -> None:
    country, zone, languages, domains, rate = PEOPLE[place]
    values = ProfileValues(
        alias=f"Demo-{place + 1:02}",
        country=country,
        time_zone=zone,
        languages=languages,
        domains=domains,
        rate_floor=rate,
        hours_per_week=10 + 5 * (place % 6),
        about="Made-up profile for the demonstration.",
    )
    save_profile(make.session, user_id, values, make.now)
    set_listed(make.session, user_id, True, make.now)


def staff_code(number: int) -> str:
    body = f"DEM0STF{number}"
    return group_code(body + check_character("".join(char for char in body if char in ALPHABET)))


def write_accounts(file: Path, accounts: list[DemoAccount]) -> None:
    """The logins as JSON, readable by the owner only."""
    rows = [{"role": a.role, "login": a.login, "password": a.password} for a in accounts]
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
        json.dump(rows, handle, indent=1)


def read_accounts(file: Path) -> list[DemoAccount]:
    """The logins that `write_accounts` wrote; empty when there are none."""
    return [DemoAccount(**row) for row in json.loads(file.read_text())] if file.exists() else []


def has_people(database: Database) -> bool:
    with database.reader() as session:
        return session.exec(select(User.id).limit(1)).first() is not None
