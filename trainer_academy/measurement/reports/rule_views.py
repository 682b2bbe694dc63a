"""How an exam decides today, and what simulations say about its rule."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from trainer_academy.assessments.bank.lookup import find_exam
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.exams.attempts import terms_today
from trainer_academy.assessments.exams.decision_model import LEAST_ANSWERS, LEAST_ITEMS
from trainer_academy.assessments.exams.sequence import minima_of
from trainer_academy.courses.catalog import Catalog
from trainer_academy.measurement.simulations.steps import newest_simulations
from trainer_academy.web.access import AUTHOR, allow
from trainer_academy.web.context import db, get

bp = Blueprint("decision_rules", __name__)


@bp.get("/measure/<exam_key>/rule")
@allow(AUTHOR)
def rule(exam_key: str) -> ResponseReturnValue:
    store = get(ItemStore)
    spec = find_exam(store, exam_key)
    return render_template(
        "measurement/rule.html",
        key=exam_key,
        spec=spec,
        course=get(Catalog).courses[spec.course],
        terms=terms_today(db(), exam_key, spec, store.items_for(spec)),
        minima=minima_of(spec),
        least_items=LEAST_ITEMS,
        least_answers=LEAST_ANSWERS,
        simulations=newest_simulations(db(), exam_key),
    )
