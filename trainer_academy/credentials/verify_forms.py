"""The form with which anybody checks a file."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import TextAreaField
from wtforms.validators import Length

from trainer_academy.credentials.reading import MAX_TEXT
from trainer_academy.web.forms import AcademyForm


class CheckFileForm(AcademyForm):
    """A file or pasted text; one of the two is enough, and the file counts first."""

    file = FileField(_l("File"))
    text = TextAreaField(_l("Or the text of the file"), validators=[Length(max=MAX_TEXT)])

    def given(self) -> bytes:
        """What was given, as bytes; empty when nothing was."""
        return (self.file.data.read() if self.file.data else b"") or (self.text.data or "").encode("utf-8", "replace")
