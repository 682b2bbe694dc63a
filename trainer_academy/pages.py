"""Pages that span slices: home, how it works, health, operations. An edge."""

from __future__ import annotations

import shutil

from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import text
from sqlmodel import Session, col, func, select

from trainer_academy.assessments.attempts import open_attempt
from trainer_academy.assessments.bank import ItemStore
from trainer_academy.assessments.models import Attempt
from trainer_academy.assessments.standing import cut_in_force
from trainer_academy.courses.catalog import Catalog
from trainer_academy.courses.enrollment import progress_of
from trainer_academy.credentials.criteria import Achievements
from trainer_academy.credentials.models import Credential
from trainer_academy.credentials.queries import credentials_of
from trainer_academy.notices.models import Notice
from trainer_academy.pool.models import Offer
from trainer_academy.web.access import EVERYONE, OPERATOR, allow
from trainer_academy.web.context import config, db, get, has_room, me, now

home_bp = Blueprint("home", __name__)
operate_bp = Blueprint("operate", __name__)


@home_bp.get("/")
@allow(EVERYONE)
def home() -> ResponseReturnValue:
    courses = get(Catalog).ordered()
    if not current_user.is_authenticated:
        facts = [fact for achievement in get(Achievements).by_key.values() for fact in achievement.pay]
        return render_template("home/welcome.html", courses=courses, exams=get(ItemStore).exams, facts=facts)
    progress = progress_of(db(), me().id)
    started = sorted(
        (p for p in progress.values() if p.course_key in get(Catalog).courses and p.active_at),
        key=lambda p: p.active_at or now(), reverse=True,
    )  # fmt: skip
    steps = [
        (course, p, course.next_lesson(p.done, p.last_lesson))
        for p in started
        for course in [get(Catalog).courses[p.course_key]]
    ]
    return render_template(
        "home/home.html", steps=steps, courses=[course for course in courses if course.key not in progress],
        running=open_attempt(db(), me().id), credentials=credentials_of(db(), me().id)[:3], achievements=get(Achievements),
        waiting=count_waiting_offers(db(), me().id), exams=get(ItemStore).exams,
    )  # fmt: skip


def count_waiting_offers(session: Session, user_id: int) -> int:
    """Offers that wait for this person's answer."""
    return session.scalar(select(func.count()).where(Offer.specialist_id == user_id, Offer.status == "sent")) or 0


@home_bp.get("/how-it-works")
@allow(EVERYONE)
def about() -> ResponseReturnValue:
    exams = get(ItemStore).counting_exams
    cuts = {key: cut_in_force(db(), key, spec) for key, spec in exams.items()}
    return render_template("home/about.html", exams=exams, cuts=cuts, achievements=get(Achievements).by_key)


@home_bp.get("/healthz")
@allow(EVERYONE)
def healthz() -> ResponseReturnValue:
    """200 when the database answers and the disk has room; else 503 with what is wrong."""
    db().execute(text("SELECT 1"))
    free = shutil.disk_usage(config().instance).free
    is_well = has_room()
    return jsonify(status="ok" if is_well else "low disk", database="ok", free_mb=free // 1024 // 1024), 200 if is_well else 503


@operate_bp.get("/operate")
@allow(OPERATOR)
def health() -> ResponseReturnValue:
    notices = db().execute(
        select(col(Notice.channel), col(Notice.status), func.count()).group_by(col(Notice.channel), col(Notice.status))
    )
    dead = db().exec(select(Notice).where(Notice.status == "dead").order_by(col(Notice.created_at).desc()).limit(20)).all()
    recent = db().exec(select(Credential).order_by(col(Credential.issued_at).desc()).limit(20)).all()
    open_count = db().scalar(select(func.count()).where(Attempt.status == "in_progress")) or 0
    return render_template(
        "operate/health.html", notices=notices.all(), dead=dead, recent=recent, open_count=open_count,
        free_mb=shutil.disk_usage(config().instance).free // 1024 // 1024, achievements=get(Achievements),
    )  # fmt: skip
