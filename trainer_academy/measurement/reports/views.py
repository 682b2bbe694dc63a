"""Public pages about an exam: technical report, candidate handbook; and the table of requirements."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trainer_academy.assessments.bank.lookup import find_counting_exam
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.exams.assembly import count_pilots
from trainer_academy.assessments.exams.attempts import terms_today
from trainer_academy.config import Config
from trainer_academy.core.errors import NotFound
from trainer_academy.courses.catalog import Catalog
from trainer_academy.credentials.criteria import Achievements
from trainer_academy.library import Library
from trainer_academy.measurement.reports.facts import gather, store_report, stored_reports
from trainer_academy.measurement.reports.handbook_text import handbook_document
from trainer_academy.measurement.reports.page_document import Document, as_markdown
from trainer_academy.measurement.reports.report_text import report_document
from trainer_academy.measurement.reports.schema import Place
from trainer_academy.measurement.reports.shapes import Report
from trainer_academy.measurement.simulations.steps import worth_today
from trainer_academy.web.access import EVERYONE, OPERATOR, allow
from trainer_academy.web.context import db, get, now
from trainer_academy.web.forms import PlainForm

bp = Blueprint("reports", __name__)


def word_report(found: Report) -> Document:
    """A report in words."""
    spec = get(ItemStore).exams[found.exam_key]
    skills = get(Catalog).courses[spec.course].skills
    return report_document(found, get(Library).schemes.get(found.exam_key), spec, skills)


def word_handbook(exam_key: str) -> Document:
    """The handbook of an exam in words. NotFound while the exam has no scheme."""
    spec, scheme = find_counting_exam(get(ItemStore), exam_key), get(Library).schemes.get(exam_key)
    if scheme is None:
        raise NotFound("handbook.none")
    links = {
        "report": (_("Technical report"), url_for("reports.report", exam_key=exam_key)),
        "verify": (_("Check a certificate"), url_for("verification.verify")),
    }
    months = [item.validity_months for _key, item in get(Achievements).earned_by(exam_key)]
    skills = get(Catalog).courses[spec.course].skills
    items = get(ItemStore).items_for(spec)
    terms, shown = terms_today(db(), exam_key, spec, items), spec.item_count + count_pilots(spec, items)
    worth = worth_today(db(), get(ItemStore), exam_key, terms)
    return handbook_document(spec, scheme, terms.cut, terms.choice.is_sequential, shown, skills, months, links, worth)


@bp.get("/exams/<exam_key>/report")
@allow(EVERYONE)
def report(exam_key: str) -> ResponseReturnValue:
    """The newest stored report; while none is stored, one that is made now. `?made=ID` shows an older one."""
    spec = find_counting_exam(get(ItemStore), exam_key)
    kept = stored_reports(db(), exam_key)
    wanted = request.args.get("made", "")
    chosen = next((row for row in kept if str(row.id) == wanted), None) if wanted else kept[0] if kept else None
    if wanted and chosen is None:
        raise NotFound("report.unknown")
    facts = (
        Report.model_validate(chosen.facts) if chosen else gather(db(), get(ItemStore), exam_key, get(Config).content, now())
    )
    document = word_report(facts)
    if request.args.get("format") == "md":
        return Response(as_markdown(document), content_type="text/markdown; charset=utf-8")
    return render_template(
        "measurement/document.html",
        document=document,
        key=exam_key,
        spec=spec,
        kept=kept,
        chosen=chosen,
        what="report",
        button=PlainForm(formdata=None),
    )


@bp.post("/exams/<exam_key>/report")
@allow(OPERATOR)
def make_report(exam_key: str) -> ResponseReturnValue:
    find_counting_exam(get(ItemStore), exam_key)
    store_report(db(), gather(db(), get(ItemStore), exam_key, get(Config).content, now()))
    db().commit()
    flash(_("A new report is kept; older ones stay."))
    return redirect(url_for("reports.report", exam_key=exam_key))


@bp.get("/exams/<exam_key>/handbook")
@allow(EVERYONE)
def handbook(exam_key: str) -> ResponseReturnValue:
    document = word_handbook(exam_key)
    return render_template(
        "measurement/document.html",
        document=document,
        key=exam_key,
        kept=[],
        chosen=None,
        spec=find_counting_exam(get(ItemStore), exam_key),
        what="handbook",
        button=PlainForm(formdata=None),
    )


def address_of(place: Place) -> str | None:
    """Where a requirement's place leads; None for a document of the project."""
    if place.endpoint is None:
        return None
    return url_for(place.endpoint, exam_key=place.exam) if place.exam else url_for(place.endpoint)


@bp.get("/requirements")
@allow(EVERYONE)
def requirements() -> ResponseReturnValue:
    found = get(Library).requirements
    if found is None:
        raise NotFound("requirements.none")
    states = [row.state for row in found.requirements]
    return render_template(
        "measurement/requirements.html",
        file=found,
        address_of=address_of,
        counts={state: states.count(state) for state in ("met", "in part", "not met")},
    )
