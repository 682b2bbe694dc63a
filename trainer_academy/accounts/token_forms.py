"""The form with which a client makes a token."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from trainer_academy.web.forms import AcademyForm, no_control_characters, strip


class TokenForm(AcademyForm):
    name = StringField(
        _l("What the token is for"),
        filters=[strip],
        validators=[
            InputRequired(_l("Write a name, so that you know later which one to end.")),
            Length(max=80),
            no_control_characters,
        ],
    )
