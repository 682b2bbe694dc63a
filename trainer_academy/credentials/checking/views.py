"""The public check of a certificate: by code or address (GET), by file or text (POST). No sign-in, no script."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trainer_academy.core.db import Database
from trainer_academy.core.errors import TooManyRequests
from trainer_academy.core.limits import count_failure, seconds_blocked
from trainer_academy.credentials.checking.forms import CheckFileForm, VerifyForm
from trainer_academy.credentials.checking.lookup import find_typed
from trainer_academy.credentials.checking.report import Check, Report, check_given, check_stored
from trainer_academy.credentials.life.issuer import Issuer
from trainer_academy.web.access import EVERYONE, allow
from trainer_academy.web.context import db, get, now, reading

bp = Blueprint("verification", __name__)
FILES_IN_FIVE_MINUTES = 60


@bp.get("/verify")
@allow(EVERYONE)
def verify() -> ResponseReturnValue:
    form = VerifyForm(request.args)
    is_asked = "code" in request.args and form.validate()
    report = _check_typed(form.code.data or "") if is_asked else None
    return _page(form, CheckFileForm(formdata=None), report, is_asked), 404 if is_asked and report is None else 200


@bp.post("/verify")
@allow(EVERYONE)
def verify_file() -> ResponseReturnValue:
    form = CheckFileForm()
    data = form.given() if form.validate_on_submit() else b""
    if not data:
        form.file.errors = [*form.file.errors, _("Choose a file, or paste its text.")]
        return _page(VerifyForm(formdata=None), form, None), 400
    _count_file(f"verify:{request.remote_addr}"[:60])
    report = check_given(reading(), get(Issuer), data, now())
    return _page(VerifyForm(formdata=None), CheckFileForm(formdata=None), report)


def _page(form: VerifyForm, file_form: CheckFileForm, report: Report | None, is_asked: bool = False) -> str:
    domain = urlsplit(get(Issuer).party.base_url).netloc
    return render_template(
        "credentials/verify.html", form=form, file_form=file_form, report=report, is_asked=is_asked, domain=domain
    )


def _check_typed(typed: str) -> Report | None:
    """The report about the certificate that a person means; None when there is none."""
    issuer = get(Issuer)
    if typed.lower().startswith(("http://", "https://")):
        ours = (urlsplit(issuer.party.base_url).netloc, request.host)
        if _domain(typed) not in ours:
            return Report((Check("issuer", "unknown"),), {"issuer": _domain(typed)})
    credential = find_typed(db(), typed)
    return check_stored(issuer, credential, now()) if credential else None


def _domain(address: str) -> str:
    try:
        return urlsplit(address).netloc.lower()
    except ValueError:
        return ""


def _count_file(subject: str) -> None:
    """Refuse after 60 files of one address in five minutes. The write lock is given back before the check begins."""
    limits = {subject: FILES_IN_FIVE_MINUTES}
    wait = seconds_blocked(reading(), limits, now())
    if wait:
        raise TooManyRequests("check.limit", wait)
    with get(Database).writing() as session:
        count_failure(session, limits, now())
        session.commit()
