"""Pages that span slices: home, how it works, health, operations. An edge."""

from __future__ import annotations

import shutil

from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.exams.attempts import open_attempt
from trainer_academy.assessments.exams.basis import cut_in_force
from trainer_academy.core.db import ping
from trainer_academy.courses.catalog import Catalog
from trainer_academy.courses.enrollment import progress_of
from trainer_academy.credentials.criteria import Achievements
from trainer_academy.credentials.life.queries import credentials_of
from trainer_academy.pool.offers import count_waiting
from trainer_academy.web.access import EVERYONE, allow
from trainer_academy.web.context import config, db, get, has_room, me, now

home_bp = Blueprint("home", __name__)


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
        key=lambda p: p.active_at or now(),
        reverse=True,
    )
    steps = [
        (course, p, course.next_lesson(p.done, p.last_lesson))
        for p in started
        for course in [get(Catalog).courses[p.course_key]]
    ]
    return render_template(
        "home/home.html",
        steps=steps,
        courses=[course for course in courses if course.key not in progress],
        running=open_attempt(db(), me().id),
        credentials=credentials_of(db(), me().id)[:3],
        achievements=get(Achievements),
        waiting=count_waiting(db(), me().id),
        exams=get(ItemStore).exams,
    )


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
    ping(db())
    free = shutil.disk_usage(config().instance).free
    is_well = has_room()
    return jsonify(status="ok" if is_well else "low disk", database="ok", free_mb=free // 1024 // 1024), 200 if is_well else 503
