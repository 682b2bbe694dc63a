"""The form with which anybody checks a file."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from trainer_academy.credentials.checking.lookup import MAX_TYPED
from trainer_academy.credentials.checking.reading import MAX_TEXT
from trainer_academy.web.forms import AcademyForm, strip


class CheckFileForm(AcademyForm):
    """A file or pasted text; one of the two is enough, and the file counts first. Changes nothing: no token, no cookie."""

    class Meta:
        csrf = False

    file = FileField(_l("File"))
    text = TextAreaField(_l("Or the text of the file"), validators=[Length(max=MAX_TEXT)])

    def given(self) -> bytes:
        """What was given, as bytes; empty when nothing was."""
        return (self.file.data.read() if self.file.data else b"") or (self.text.data or "").encode("utf-8", "replace")


class VerifyForm(AcademyForm):
    """Sent with GET and changes nothing, so that a result has an address; hence no CSRF token."""

    class Meta:
        csrf = False

    code = StringField(
        _l("Code, number or address of the certificate"),
        filters=[strip],
        validators=[InputRequired(_l("Type the code.")), Length(max=MAX_TYPED)],
    )
