"""Operations: the outbox, the newest certificates, disk and open exams."""

from __future__ import annotations

import shutil

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from trainer_academy.core.schedule import is_late
from trainer_academy.credentials.criteria import Achievements
from trainer_academy.operate.queries import look_at_health
from trainer_academy.operate.words import DUTIES
from trainer_academy.web.access import OPERATOR, allow
from trainer_academy.web.context import config, db, get, now

bp = Blueprint("operate", __name__)


@bp.get("/operate")
@allow(OPERATOR)
def health() -> ResponseReturnValue:
    free_mb = shutil.disk_usage(config().instance).free // 1024 // 1024
    return render_template(
        "operate/health.html",
        health=look_at_health(db()),
        free_mb=free_mb,
        achievements=get(Achievements),
        names=DUTIES,
        is_late=lambda duty: is_late(duty, now()),
    )
