"""Pages for authors: calibrations of an exam, one of them, two side by side, the job that makes one, and files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trainer_academy.assessments.bank.lookup import find_exam
from trainer_academy.assessments.bank.schema import ExamSpec
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.exams.attempts import terms_today
from trainer_academy.assessments.exams.basis import adopted_calibration, cut_in_force, load_calibration
from trainer_academy.assessments.exams.decision_model import LEAST_ANSWERS, LEAST_ITEMS, ability_at, curve_of, usable_items
from trainer_academy.assessments.exams.models import StoredCalibration, StoredItem
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.core.db import Database, id_of
from trainer_academy.core.errors import BadInput, NotFound, Refusal
from trainer_academy.measurement.calibrations import jobs as measuring_jobs
from trainer_academy.measurement.calibrations import stored as calibrations
from trainer_academy.measurement.calibrations.exchange import calibration_as_csv, calibration_as_json
from trainer_academy.measurement.calibrations.first_answers import keys_of_today, sheet_rows
from trainer_academy.measurement.calibrations.forms import AdoptForm
from trainer_academy.measurement.calibrations.models import JobStatus
from trainer_academy.measurement.calibrations.response_files import LAYOUTS, Layout, responses_as_csv
from trainer_academy.measurement.calibrations.scatter import Scatter, scatter
from trainer_academy.measurement.calibrations.transfer import as_file
from trainer_academy.psychometrics.drift import Comparison
from trainer_academy.psychometrics.response_model import ItemParameters, information
from trainer_academy.web.access import AUTHOR, allow
from trainer_academy.web.context import config, db, get, me, now
from trainer_academy.web.words import say

bp = Blueprint("calibrations", __name__, url_prefix="/measure/<exam_key>/calibrations")
JOBS_SHOWN = 5


@bp.get("")
@allow(AUTHOR)
def index(exam_key: str) -> ResponseReturnValue:
    return _index(exam_key, None)


def _index(exam_key: str, form: AdoptForm | None) -> ResponseReturnValue:
    store = get(ItemStore)
    spec = find_exam(store, exam_key)
    rows = calibrations.list_calibrations(db(), exam_key)
    terms = terms_today(db(), exam_key, spec, store.items_for(spec))
    shown, known = form or AdoptForm(formdata=None), terms.known
    items = calibrations.bank_items(db(), store, exam_key).values()
    _offer(shown, rows, known.number if known else None)
    page = render_template(
        "measurement/calibrations.html",
        key=exam_key,
        spec=spec,
        rows=rows,
        counts=calibrations.item_counts(db(), exam_key),
        drifts=calibrations.drift_counts(db(), exam_key),
        adoptions=calibrations.adoptions_of(db(), exam_key),
        terms=terms,
        ready=len(usable_items(spec, items, known)) if known else 0,
        form=shown,
        least_items=LEAST_ITEMS,
        least_answers=LEAST_ANSWERS,
        jobs=measuring_jobs.newest_jobs(db(), exam_key, JOBS_SHOWN),
        sittings=calibrations.count_sittings(db(), exam_key),
    )
    return page, 400 if shown.errors else 200


def _offer(form: AdoptForm, rows: Sequence[StoredCalibration], in_force: int | None) -> None:
    """What can be adopted: every calibration but the one in force, and taking that one back."""
    choices = [(str(row.number), _("calibration %(n)s", n=row.number)) for row in rows if row.number != in_force]
    if in_force is not None:
        choices.append(("none", _("none: take calibration %(n)s back", n=in_force)))
    form.number.choices = choices


@bp.post("")
@allow(AUTHOR)
def start(exam_key: str) -> ResponseReturnValue:
    """Queue a calibration; asked twice, the one that waits or runs."""
    find_exam(get(ItemStore), exam_key)
    job = measuring_jobs.ask_for(db(), "calibration", exam_key, me().id, now())
    db().commit()
    return redirect(url_for("calibrations.job", exam_key=exam_key, job_id=job.id))


@bp.get("/jobs/<int:job_id>")
@allow(AUTHOR)
def job(exam_key: str, job_id: int) -> ResponseReturnValue:
    spec = find_exam(get(ItemStore), exam_key)
    found = measuring_jobs.get_job(db(), exam_key, job_id)
    rows = calibrations.list_calibrations(db(), exam_key) if found.result_id else []
    made = next((row for row in rows if row.id == found.result_id), None)
    is_silent = found.status == JobStatus.RUNNING and found.seen_at is not None and now() - found.seen_at > measuring_jobs.STALE
    return render_template("measurement/job.html", key=exam_key, spec=spec, job=found, made=made, is_silent=is_silent)


@bp.post("/adopt")
@allow(AUTHOR)
def adopt(exam_key: str) -> ResponseReturnValue:
    find_exam(get(ItemStore), exam_key)
    form = AdoptForm()
    known = adopted_calibration(db(), exam_key)
    _offer(form, calibrations.list_calibrations(db(), exam_key), known.number if known else None)
    if not form.validate_on_submit():
        return _index(exam_key, form)
    number = None if form.number.data == "none" else int(form.number.data)
    outcome = calibrations.adopt(db(), exam_key, number, form.reason.data or "", me().id, now())
    if isinstance(outcome, Refusal):
        flash(say(outcome))
    elif number is None:
        flash(_("The calibration is taken back. Attempts that start from now on are decided by the share of points."))
    else:
        flash(_("Calibration %(n)s is in force for attempts that start from now on. Running attempts keep theirs.", n=number))
    db().commit()
    return redirect(url_for("calibrations.index", exam_key=exam_key))


@dataclass(frozen=True)
class ItemLine:
    """An item as the page shows it; `at_cut` is its information at the cut in 1/logit^2."""

    row: StoredItem
    title: str
    at_cut: float | None
    is_old_key: bool
    steps: Sequence[tuple[float, float | None]]


@bp.get("/<int:number>")
@allow(AUTHOR)
def one(exam_key: str, number: int) -> ResponseReturnValue:
    spec = find_exam(get(ItemStore), exam_key)
    row = calibrations.get_calibration(db(), exam_key, number)
    stored = calibrations.items_of(db(), id_of(row))
    share = cut_in_force(db(), exam_key, spec)
    items = calibrations.bank_items(db(), get(ItemStore), exam_key).values()
    cut = _cut_on_scale(spec, items, id_of(row), share.score)
    titles = {item.id: item.title for item in get(ItemStore).items.values()}
    keys = {item.id: item.key_version for item in items}
    known = adopted_calibration(db(), exam_key)
    return render_template(
        "measurement/calibration.html",
        key=exam_key,
        spec=spec,
        row=row,
        cut=cut,
        share=share,
        titles=titles,
        lines=[_item_line(item, titles, keys, cut) for item in stored],
        left_out=calibrations.left_out_of(db(), id_of(row)),
        in_force=known.number if known else None,
        drift=calibrations.drift_counts(db(), exam_key).get(id_of(row)),
        others=[other.number for other in calibrations.list_calibrations(db(), exam_key) if other.number != number],
    )


def _cut_on_scale(spec: ExamSpec, items: Iterable[SomeItem], calibration_id: int, share: float) -> float | None:
    """The cut in logits, on the items that a sequential exam would use; on all of them while these are too few."""
    known = load_calibration(db(), calibration_id)
    if known is None or not known.items:
        return None
    usable = list(usable_items(spec, items, known).values())
    every = [item.parameters for item in known.items.values()]
    try:
        return ability_at(curve_of(usable if len(usable) >= LEAST_ITEMS else every), share)
    except ValueError:  # the curve does not reach the cut
        return None


def _item_line(item: StoredItem, titles: dict[str, str], keys: dict[str, str], cut: float | None) -> ItemLine:
    errors = item.step_errors or [None] * len(item.steps)
    at_cut = None if cut is None else information(ItemParameters(item.slope, tuple(item.steps)), cut)
    is_old = keys.get(item.item_id) != item.key_version
    return ItemLine(item, titles.get(item.item_id, ""), at_cut, is_old, list(zip(item.steps, errors, strict=True)))


@bp.get("/compare")
@allow(AUTHOR)
def compare(exam_key: str) -> ResponseReturnValue:
    """Two calibrations, `old` and `new` by number: linking, flagged items first, and a picture."""
    spec = find_exam(get(ItemStore), exam_key)
    old, new = (calibrations.get_calibration(db(), exam_key, _number(name)) for name in ("old", "new"))
    found = calibrations.compare_stored(db(), old, new)
    if isinstance(found, Refusal):
        flash(say(found))
        return redirect(url_for("calibrations.index", exam_key=exam_key))
    locations = {item.item_id: sum(item.steps) / len(item.steps) for item in calibrations.items_of(db(), id_of(new))}
    moves = sorted(found.moves, key=lambda move: (not move.is_flagged, -abs(move.robust_z)))
    return render_template(
        "measurement/comparison.html",
        key=exam_key,
        spec=spec,
        old=old,
        new=new,
        found=found,
        moves=moves,
        locations=locations,
        picture=_picture(found, locations),
        titles={item.id: item.title for item in get(ItemStore).items.values()},
    )


def _number(name: str) -> int:
    """A number of a calibration from the address."""
    value = request.args.get(name, type=int)
    if value is None:
        raise BadInput("calibration.choose_two")
    return value


def _picture(found: Comparison, locations: dict[str, float]) -> Scatter:
    """The old location on the new scale is the new one without the move."""
    points = [(m.name, locations[m.name] - m.location, locations[m.name], m.is_flagged) for m in found.moves]
    return scatter(points)


@bp.get("/<int:number>/calibration.<ending>")
@allow(AUTHOR)
def download(exam_key: str, number: int, ending: str) -> ResponseReturnValue:
    """The calibration as CSV or JSON."""
    find_exam(get(ItemStore), exam_key)
    row = calibrations.get_calibration(db(), exam_key, number)
    if ending not in ("csv", "json"):
        raise NotFound("calibration.file_kind")
    file = as_file(db(), row)
    text = calibration_as_csv(file) if ending == "csv" else calibration_as_json(file)
    return _attachment([text], f"{exam_key}-calibration-{number}.{ending}", ending)


@bp.get("/responses-<layout>.csv")
@allow(AUTHOR)
def responses(exam_key: str, layout: str) -> ResponseReturnValue:
    """The answers of first attempts, persons under a code; sent as they are read."""
    find_exam(get(ItemStore), exam_key)
    if layout not in LAYOUTS:
        raise NotFound("responses.file_kind")
    chosen: Layout = "long" if layout == "long" else "wide"
    lines = _response_lines(get(Database), get(ItemStore), exam_key, chosen, config().secret_key)
    return _attachment(lines, f"{exam_key}-responses-{layout}.csv", "csv")


def _response_lines(database: Database, store: ItemStore, exam_key: str, layout: Layout, secret: str) -> Iterable[str]:
    """A session of its own: the page's session ends before the last line is sent."""
    with database.reader() as session:
        keys = keys_of_today(session, store, exam_key)
        yield from responses_as_csv(sheet_rows(session, store, exam_key, keys, secret), layout, sorted(keys))


def _attachment(parts: Iterable[str], name: str, ending: str) -> Response:
    kind = "text/csv; charset=utf-8" if ending == "csv" else "application/json"
    return Response(parts, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
