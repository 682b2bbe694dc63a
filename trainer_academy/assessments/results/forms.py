"""The form of what a person says to an attempt that waits for a decision."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from trainer_academy.web.forms import AcademyForm, no_control_characters, strip


class StatementForm(AcademyForm):
    text = TextAreaField(
        _l("What happened?"),
        filters=[strip],
        validators=[
            InputRequired(_l("Write what happened; the person who decides reads it.")),
            Length(min=10, max=2000),
            no_control_characters,
        ],
    )
