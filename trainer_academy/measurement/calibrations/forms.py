"""The form with which a calibration is adopted."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from trainer_academy.web.forms import AcademyForm, no_control_characters, strip


class AdoptForm(AcademyForm):
    number = SelectField(_l("From now on the exam uses"))
    reason = TextAreaField(
        _l("Reason"),
        filters=[strip],
        validators=[InputRequired(_l("Write the reason; it is kept.")), Length(min=10, max=500), no_control_characters],
    )
