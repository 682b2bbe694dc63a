"""The data of a measurement: people, attempts through the real steps, 20,000 synthetic specialists, recorded pages."""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask import session as browser
from flask_wtf.csrf import generate_csrf
from sqlalchemy import event, insert
from sqlmodel import Session

from tests.perf.bare import Statement
from trainer_academy.accounts import people
from trainer_academy.accounts.models import User
from trainer_academy.accounts.sign_in import open_session
from trainer_academy.app import create_app
from trainer_academy.assessments.bank.versions import store_versions
from trainer_academy.assessments.exams.attempts import save_response, start_attempt
from trainer_academy.assessments.exams.models import Attempt
from trainer_academy.config import Config
from trainer_academy.core.clock import utc_now
from trainer_academy.core.db import Database
from trainer_academy.courses.enrollment import enroll
from trainer_academy.credentials.criteria import Measurement, valid_until
from trainer_academy.credentials.documents.credential import Holder, StatusEntry, credential_document
from trainer_academy.credentials.life import status
from trainer_academy.credentials.life.models import Credential
from trainer_academy.library import Library
from trainer_academy.migrate import migrate
from trainer_academy.pool.models import ProfileDomain, ProfileLanguage, SpecialistProfile
from trainer_academy.pool.vocabulary import DOMAINS
from trainer_academy.web.context import get
from trainer_academy.workflows.certification import Services

COURSE = EXAM = "evaluating-responses"
ACHIEVEMENT, OTHER = "response-evaluator-1", "synthetic-rubrics-1"
NAME = "Benchmark Person"
SPECIALISTS = 20_000
# Share of specialists by country, main language and time zone; English comes on top for two of three.
PLACES = (
    ("IN", "hi", "Asia/Kolkata", 24),
    ("PH", "fil", "Asia/Manila", 16),
    ("KE", "sw", "Africa/Nairobi", 14),
    ("BR", "pt", "America/Sao_Paulo", 10),
    ("NG", "yo", "Africa/Lagos", 10),
    ("MX", "es", "America/Mexico_City", 9),
    ("EG", "ar", "Africa/Cairo", 8),
    ("VN", "vi", "Asia/Ho_Chi_Minh", 6),
    ("UA", "uk", "Europe/Kyiv", 3),
)
CHUNK = 5_000


@dataclass
class Person:
    """A signed-in browser: its cookie and its CSRF token."""

    id: int
    cookie: str
    csrf: str


@dataclass
class Prepared:
    """What was made. `open_attempts` are (person, attempt, position of a pairwise item)."""

    learner: Person
    client: Person
    open_attempts: list[tuple[Person, int, int]] = field(default_factory=list)
    failing: list[tuple[Person, int]] = field(default_factory=list)
    passing: list[tuple[Person, int]] = field(default_factory=list)


class Preparation:
    """Fills one database through the application's own steps."""

    def __init__(self, config: Config, library: Library, specialists: int = SPECIALISTS) -> None:
        self.specialists = specialists
        migrate(config.database_url)
        self.config, self.library = config, library
        self.app = create_app(config, utc_now, library)
        with self.app.app_context():
            self.database, self.services = get(Database), get(Services)

    def fill(self, savers: int, failing: int, passing: int) -> Prepared:
        """People, attempts and specialists; one transaction."""
        with self.database.writing() as session:
            store_versions(session, self.library.store, utc_now())
            made = Prepared(self.person(session, "learner"), self.person(session, "client"))
            enroll(session, made.learner.id, COURSE, utc_now())
            client = people.create_organization(session, "client", "Benchmark Client", utc_now())
            people.add_membership(session, made.client.id, client.id or 0, "buyer", None, utc_now())
            made.open_attempts = [self.open_attempt(session, number) for number in range(savers)]
            made.failing = [self.filled(session, f"fails{number}", 20) for number in range(failing)]
            made.passing = [self.filled(session, f"passes{number}", 100) for number in range(passing)]
            self.add_specialists(session)
            session.commit()
        return made

    def person(self, session: Session, login: str) -> Person:
        user = people.create_user(session, f"{login}@bench.example", NAME, "!", utc_now())
        token = open_session(session, user, "bench", utc_now())
        with self.app.test_request_context():
            browser["_user_id"], browser["_fresh"] = token, True
            csrf = generate_csrf()
            signer = self.app.session_interface.get_signing_serializer(self.app)  # type: ignore[attr-defined]
            return Person(user.id or 0, f"{self.app.config['SESSION_COOKIE_NAME']}={signer.dumps(dict(browser))}", csrf)

    def attempt(self, session: Session, person: Person) -> Attempt:
        store = self.library.store
        spec = store.exams[EXAM]
        items = list(store.banks[spec.bank].items.values())
        made = start_attempt(session, person.id, EXAM, spec, items, secrets.randbelow(2**31), utc_now())
        assert isinstance(made, Attempt)
        return made

    def open_attempt(self, session: Session, number: int) -> tuple[Person, int, int]:
        person = self.person(session, f"saver{number}")
        made = self.attempt(session, person)
        kinds = [self.library.store.items[entry.item_id].kind for entry in made.paper]
        return person, made.id or 0, kinds.index("pairwise") + 1

    def filled(self, session: Session, login: str, count: int) -> tuple[Person, int]:
        """An open attempt with `count` right answers."""
        person = self.person(session, login)
        made = self.attempt(session, person)
        for position, entry in enumerate(made.paper[:count], 1):
            save_response(session, made, position, self.library.store.items[entry.item_id].perfect(), False, 1, utc_now())
        return person, made.id or 0

    def add_specialists(self, session: Session) -> None:
        """Bulk rows. Their certificates carry a placeholder instead of a signed document: the search never reads it."""
        first = self.person(session, "specialist-ids").id + 1
        listed = status.open_list(session, self.services.issuer.signer, utc_now())
        rows = Rows(first, self.specialists, listed.id or 0, random.Random(20_000), utc_now())
        listed.used += len(rows.credentials)
        session.flush()
        for model, values in (
            (User, rows.users),
            (SpecialistProfile, rows.profiles),
            (ProfileLanguage, rows.languages),
            (ProfileDomain, rows.domains),
            (Credential, rows.credentials),
        ):
            for start in range(0, len(values), CHUNK):
                session.execute(insert(model), values[start : start + CHUNK])

    def document(self) -> dict[str, Any]:
        """An unsigned credential as the product makes it, for the bare signer."""
        issuer, now = self.services.issuer, utc_now().replace(microsecond=0)
        achievement = issuer.achievements.by_key[ACHIEVEMENT]
        return credential_document(
            issuer.party,
            Holder("a@bench.example", NAME, "00"),
            ACHIEVEMENT,
            achievement,
            measurement(),
            "00000000-0000-4000-8000-000000000000",
            StatusEntry(1, 1),
            now,
            valid_until(now, achievement.validity_months),
        )

    def record_page(self, person: Person, address: str) -> tuple[str, list[Statement]]:
        """The HTML of a page and the statements behind it, without the one that checks the session."""
        with recording(self.database) as statements:
            response = self.app.test_client(use_cookies=False).get(address, headers={"Cookie": person.cookie})
        assert response.status_code == 200, f"{address}: {response.status_code}"
        return response.text, statements[1:]


class Rows:
    """Synthetic specialists: one or two certificates, nine countries, one to three languages, pay from 8 to 60 dollars."""

    def __init__(self, first: int, count: int, list_id: int, rng: random.Random, now: datetime) -> None:
        self.rng, self.now, self.list_id = rng, now, list_id
        self.users: list[dict[str, Any]] = []
        self.profiles: list[dict[str, Any]] = []
        self.languages: list[dict[str, Any]] = []
        self.domains: list[dict[str, Any]] = []
        self.credentials: list[dict[str, Any]] = []
        for user_id in range(first, first + count):
            self.add(user_id)

    def add(self, user_id: int) -> None:
        rng, now = self.rng, self.now
        country, language, zone, _ = rng.choices(PLACES, [place[3] for place in PLACES])[0]
        self.users.append(
            {
                "id": user_id,
                "login": f"s{user_id}@bench.example",
                "name": f"Synthetic {user_id}",
                "password_hash": "!",
                "locale": "en",
                "theme": "auto",
                "is_active": rng.random() > 0.02,
                "is_demo": False,
                "created_at": now,
                "password_changed_at": now,
            }
        )
        self.profiles.append(
            {
                "user_id": user_id,
                "alias": f"Synthetic-{user_id}",
                "country": country,
                "time_zone": zone,
                "rate_floor": int(800 + 5_200 * rng.betavariate(1.5, 5)),
                "hours_per_week": rng.choice((5, 10, 15, 20, 30, 40)),
                "about": "Synthetic profile of the benchmark.",
                "is_listed": rng.random() > 0.1,
                "listed_at": now,
                "updated_at": now,
            }
        )
        spoken = {language} | ({"en"} if rng.random() < 0.67 else set()) | ({"fr"} if rng.random() < 0.08 else set())
        self.languages += [{"profile_id": user_id, "language": code} for code in sorted(spoken)]
        self.domains += [{"profile_id": user_id, "domain": code} for code in rng.sample(list(DOMAINS), rng.randint(1, 3))]
        self.certify(user_id, ACHIEVEMENT, 1)
        if rng.random() < 0.3:
            self.certify(user_id, OTHER, 2)

    def certify(self, user_id: int, key: str, level: int) -> None:
        number, score = len(self.credentials), 0.75 + 0.24 * self.rng.random()
        issued = self.now - timedelta(days=self.rng.randint(1, 500))
        self.credentials.append(
            {
                "id": f"00000000-0000-4000-9000-{number:012}",
                "code": f"B{number}",
                "holder_id": user_id,
                "attempt_id": None,
                "achievement_key": key,
                "achievement_version": "1",
                "level": level,
                "holder_name": "Synthetic",
                "score": score,
                "score_low": score - 0.1,
                "score_high": min(1.0, score + 0.05),
                "item_count": 42,
                "status_list_id": self.list_id,
                "status_index": number,
                "document": "{}",
                "issued_at": issued,
                "valid_until": issued + timedelta(days=365),
                "revoked_at": None,
                "revoke_reason": "",
                "expiry_noticed_at": None,
            }
        )


def measurement() -> Measurement:
    return Measurement(0.9, 0.8, 0.95, 0.7, 42, "Evaluating responses", "1")


@contextmanager
def recording(database: Database) -> Iterator[list[Statement]]:
    """The statements that the application sends meanwhile, as the driver gets them."""
    found: list[Statement] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement not in ("BEGIN", "BEGIN IMMEDIATE"):
            found.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
