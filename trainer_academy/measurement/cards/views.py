"""The person's own evaluator card, and who else may see it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.courses.catalog import Catalog
from trainer_academy.measurement.cards.steps import decide_consent, is_shown_to_clients, load_card
from trainer_academy.web.access import SIGNED_IN, allow
from trainer_academy.web.context import db, get, me, now
from trainer_academy.web.forms import PlainForm

bp = Blueprint("cards", __name__)


@bp.get("/card")
@allow(SIGNED_IN)
def mine() -> ResponseReturnValue:
    return render_template(
        "measurement/card.html",
        card=load_card(db(), get(ItemStore), me().id),
        skills={key: name for course in get(Catalog).courses.values() for key, name in course.skills.items()},
        is_shown=is_shown_to_clients(db(), me().id),
        button=PlainForm(formdata=None),
    )


@bp.post("/card/consent")
@allow(SIGNED_IN)
def consent() -> ResponseReturnValue:
    is_shown = request.form.get("clients") == "1"
    decide_consent(db(), me().id, is_shown, now())
    db().commit()
    flash(_("Clients can see your card now.") if is_shown else _("Only you see your card now."))
    return redirect(url_for("cards.mine"))
