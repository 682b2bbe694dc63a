"""Base of the forms, and the fields that all of them share."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import Field, ValidationError

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class AcademyForm(FlaskForm):  # type: ignore[misc]
    """A form with CSRF protection."""


def strip(value: Any) -> Any:
    """Filter: outer spaces off, Unicode in its composed form, line ends as one character."""
    if not isinstance(value, str):
        return value
    return unicodedata.normalize("NFC", value).replace("\r\n", "\n").strip()


def no_control_characters(form: Any, field: Field) -> None:
    """Validator: refuse control and direction characters; they break certificates and trick readers."""
    if field.data and _CONTROL.search(field.data):
        raise ValidationError(_("This text has an invisible control character. Type it again by hand."))


class PlainForm(AcademyForm):
    """Only CSRF: for buttons."""
