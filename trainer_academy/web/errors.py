"""Errors to pages: each says what happened, what was kept and what to do."""

from __future__ import annotations

from flask import Flask, Response, jsonify, make_response, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from trainer_academy.core.errors import AcademyError, BadInput, Conflict, Forbidden, NotFound, TooManyRequests, Unavailable
from trainer_academy.web.access import wants_json
from trainer_academy.web.kept import kept_of_request
from trainer_academy.web.words import say

STATUS: dict[type[AcademyError], int] = {
    NotFound: 404,
    Forbidden: 403,
    BadInput: 400,
    Conflict: 409,
    TooManyRequests: 429,
    Unavailable: 503,
}


def advice(status: int) -> tuple[str, str]:
    """A title and what to do, for a status without words of its own."""
    table = {
        400: (_("This request could not be read"), _("Nothing was changed. Go back, check the form and send it again.")),
        401: (_("Please sign in"), _("Your sign-in has ended. What was saved before is kept. Sign in and go on.")),
        403: (
            _("You may not open this page"),
            _("Nothing was changed. Go back, or sign in with an account that has the right role."),
        ),
        404: (_("This page does not exist"), _("Check the address, or start from the home page. Nothing was changed.")),
        405: (_("This address cannot be used like that"), _("Nothing was changed. Go back and use the buttons of the page.")),
        409: (_("Something changed in the meantime"), _("Nothing of yours was lost. Reload the page to see the newest state.")),
        413: (_("This is too large"), _("Nothing was changed. Shorten the text or the file and send it again.")),
        429: (_("Too many tries"), _("Nothing was changed. Wait a little and try again.")),
        503: (_("The academy is busy"), _("Nothing was changed. Wait a few seconds and send it again.")),
    }
    if status in table:
        return table[status]
    if status < 500:
        return table[400]
    return _("Something went wrong on our side"), _("What you saved before is kept. Try again in a minute.")


def error_page(status: int, message: str = "", retry_after: int = 0) -> Response:
    """The page, or JSON, for a status."""
    title, what_to_do = advice(status)
    if wants_json():
        response = jsonify(error=message or title, advice=what_to_do)
    else:
        kept = kept_of_request() if status == 401 else ""
        page = render_template("error.html", status=status, title=title, message=message, advice=what_to_do, kept=kept)
        response = make_response(page)
    response.status_code = status
    if retry_after:
        response.headers["Retry-After"] = str(retry_after)
    return response


def register(app: Flask) -> None:
    """Map every error to one page."""

    @app.errorhandler(AcademyError)
    def expected(error: AcademyError) -> Response:
        status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
        return error_page(status, say(error), getattr(error, "retry_after", 0))

    @app.errorhandler(CSRFError)
    def forged(_error: CSRFError) -> Response:
        if not request.cookies:
            return error_page(
                400,
                _(
                    "Your browser sent no cookie. The academy needs cookies to know that a form is yours. Allow them for this "
                    "site, open the page again and send the form once more."
                ),
            )
        return error_page(
            400, _("The form was open in a browser that is not signed in any more. Reload the page and send it again.")
        )

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        if error.response is not None and error.code and error.code < 400:
            return make_response(error.response)
        response = error_page(error.code or 500)
        if isinstance(error, MethodNotAllowed) and error.valid_methods:
            response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
        return response

    @app.errorhandler(OperationalError)
    def database_busy(error: OperationalError) -> Response:
        app.logger.error("database: %s on %s %r", error.orig, request.method, request.path)
        return error_page(503, retry_after=3)

    @app.errorhandler(500)
    def crashed(_error: Exception) -> Response:
        return error_page(500)
