"""Forms of the team pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, SelectField, SelectMultipleField, StringField, ValidationError
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, EmailInput

from trainer_academy.core.db import MAX_ID
from trainer_academy.web.context import now
from trainer_academy.web.forms import AcademyForm, no_control_characters, strip

MAX_PEOPLE = 200
LATEST = timedelta(days=730)


def read_id(value: Any) -> int:
    """A user id; ValueError (a choice that does not exist) for anything else."""
    number = int(value)
    if not 0 < number <= MAX_ID:
        raise ValueError("not an id")
    return number


class InviteForm(AcademyForm):
    name = StringField(_l("Name"), filters=[strip], validators=[Length(max=120), no_control_characters])
    email = StringField(
        _l("E-mail address"), widget=EmailInput(), filters=[strip], validators=[Length(max=254), no_control_characters]
    )


class AssignForm(AcademyForm):
    people = SelectMultipleField(_l("People"), coerce=read_id, option_widget=CheckboxInput(), validate_choice=True)
    course = SelectField(_l("Course with its exam"), validators=[InputRequired(_l("Choose a course."))])
    due_on = DateField(_l("Finish by"), validators=[Optional()])

    def validate_people(self, field: SelectMultipleField) -> None:
        if not field.data:
            raise ValidationError(_("Choose at least one person."))
        if len(field.data) > MAX_PEOPLE:
            raise ValidationError(_("Choose at most %(n)s people at a time.", n=MAX_PEOPLE))

    def validate_due_on(self, field: DateField) -> None:
        today = now().date()
        if field.data and not today <= field.data <= today + LATEST:
            raise ValidationError(_("Choose a day from today to two years from now."))
