"""Pages of item analysis: exams, items, one item; and for operators the pairs of sittings that are much alike."""

from __future__ import annotations

import csv
import io
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.measurement.analysis import comparing, queries
from trainer_academy.measurement.analysis.charts import curve_lines, points_of
from trainer_academy.measurement.analysis.statistics import FLAGS, LEAST, LEAST_DRIFT, LEAST_FLAG, ItemStatistics
from trainer_academy.psychometrics.dif import LEAST as LEAST_GROUP
from trainer_academy.web.access import AUTHOR, OPERATOR, allow
from trainer_academy.web.context import db, get

bp = Blueprint("analysis", __name__, url_prefix="/measure")
LIMITS = {"least": LEAST, "least_flag": LEAST_FLAG, "least_drift": LEAST_DRIFT, "least_group": LEAST_GROUP}
COLUMNS = (
    "item_id",
    "kind",
    "n",
    "pilots",
    "exposure",
    "facility",
    "facility_low",
    "facility_high",
    "item_rest",
    "rest_low",
    "rest_high",
    "alpha_without",
    "information",
    "rival",
    "first_week",
    "last_week",
)
TIME_COLUMNS = ("n", "low", "median", "high", "threshold", "rapid")


@bp.get("")
@allow(AUTHOR)
def index() -> ResponseReturnValue:
    """Each exam that counts, with what is known of it as a whole."""
    found = queries.analyses(db())
    exams = [(key, spec, found.get(key)) for key, spec in get(ItemStore).counting_exams.items()]
    return render_template("measurement/exams.html", exams=exams, **LIMITS)


@bp.get("/<exam_key>/items")
@allow(AUTHOR)
def items(exam_key: str) -> ResponseReturnValue:
    """All items, sorted and filtered by the address."""
    store = get(ItemStore)
    analysis = queries.analysis_of(db(), store, exam_key)
    every = queries.item_lines(db(), store, exam_key)
    sort, flag = request.args.get("sort", "worst"), request.args.get("flag", "")
    lines = queries.arrange(every, sort, flag)
    counts = {name: sum(name in line.item.flags for line in every) for name in FLAGS}
    return render_template(
        "measurement/items.html",
        key=exam_key,
        spec=store.exams[exam_key],
        analysis=analysis,
        lines=lines,
        total=len(every),
        sort=sort,
        flag=flag,
        counts=counts | {"reported": sum(line.complaints > 0 for line in every)},
        sorts=queries.SORTS,
        points=points_of([line.item for line in lines]),
        **LIMITS,
    )


@bp.get("/<exam_key>/items.csv")
@allow(AUTHOR)
def items_csv(exam_key: str) -> ResponseReturnValue:
    """One line an item, for a spreadsheet."""
    queries.analysis_of(db(), get(ItemStore), exam_key)
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([*COLUMNS, *(f"seconds_{name}" for name in TIME_COLUMNS), "open_reports", "flags"])
    for line in queries.item_lines(db(), get(ItemStore), exam_key):
        writer.writerow([*_cells(line.item), line.complaints, " ".join(line.item.flags)])
    name = f"{exam_key}-items.csv"
    return Response(file.getvalue(), mimetype="text/csv", headers={"Content-Disposition": f"attachment; filename={name}"})


def _cells(item: ItemStatistics) -> list[Any]:
    """Empty where a number is not known, or where too few people answered to show it."""
    shown = ("item_id", "kind", "n", "pilots", "exposure", "first_week", "last_week")
    own = [getattr(item, name) if item.is_shown or name in shown else "" for name in COLUMNS]
    times = [getattr(item.times, name, "") if item.is_shown else "" for name in TIME_COLUMNS]
    return ["" if value is None else value for value in [*own, *times]]


@bp.get("/<exam_key>/items.json")
@allow(AUTHOR)
def items_json(exam_key: str) -> ResponseReturnValue:
    """Everything that is stored: the exam as a whole, and each item with its tables."""
    store = get(ItemStore)
    analysis = queries.analysis_of(db(), store, exam_key)
    lines = queries.item_lines(db(), store, exam_key)
    return jsonify(
        exam=exam_key,
        computed_at=analysis.computed_at.isoformat() if analysis else None,
        facts=analysis.facts.model_dump(mode="json") if analysis else None,
        items=[line.item.model_dump(mode="json") | {"open_reports": line.complaints} for line in lines],
    )


@bp.get("/<exam_key>/items/<item_id>")
@allow(AUTHOR)
def item(exam_key: str, item_id: str) -> ResponseReturnValue:
    """Everything that is known of one item."""
    store = get(ItemStore)
    analysis = queries.analysis_of(db(), store, exam_key)
    line = queries.item_line(db(), store, exam_key, item_id)
    return render_template(
        "measurement/item.html",
        key=exam_key,
        spec=store.exams[exam_key],
        analysis=analysis,
        line=line,
        item=line.item,
        curves=curve_lines(line.item),
        is_current=item_id in store.items,
        **LIMITS,
    )


@bp.get("/<exam_key>/copying")
@allow(OPERATOR)
def copying(exam_key: str) -> ResponseReturnValue:
    """Pairs of sittings whose answers are more alike than chance; signs, no verdicts."""
    store = get(ItemStore)
    analysis = queries.analysis_of(db(), store, exam_key)
    groups = comparing.compared_groups(db(), exam_key)
    return render_template(
        "measurement/copying.html",
        key=exam_key,
        spec=store.exams[exam_key],
        analysis=analysis,
        groups=groups,
        names=comparing.group_names(db(), groups),
        rows=comparing.alike_pairs(db(), exam_key),
        limit=comparing.SHOWN_PAIRS,
    )
