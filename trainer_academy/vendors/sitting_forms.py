"""Forms about how people sit an exam: extra time and access windows."""

from __future__ import annotations

from datetime import UTC, datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateTimeLocalField, SelectField, StringField, ValidationError
from wtforms.validators import Length

from trainer_academy.assessments.exams.windows import FACTORS
from trainer_academy.web.forms import AcademyForm, no_control_characters, strip

LABELS = {
    1.0: _l("No extra time"),
    1.25: _l("A quarter more"),
    1.5: _l("Half more"),
    2.0: _l("Twice the time"),
    3.0: _l("Three times the time"),
}


class ExtraTimeForm(AcademyForm):
    """The factor and why. The choice is kept as text and read by `value`."""

    factor = SelectField(_l("Exam time"), choices=[(str(factor), LABELS[factor]) for factor in FACTORS])
    reason = StringField(_l("Reason"), filters=[strip], validators=[Length(max=300), no_control_characters])

    @property
    def value(self) -> float:
        return float(self.factor.data)

    def validate_reason(self, field: StringField) -> None:
        if self.factor.data != "1.0" and not field.data:
            raise ValidationError(_("Write why the person needs more time. Only you and operators see it."))


class WindowForm(AcademyForm):
    """From when to when somebody may start an exam; times in UTC."""

    exam = SelectField(_l("Exam"))
    person = SelectField(_l("For"))
    opens_at = DateTimeLocalField(_l("Opens at (UTC)"), format="%Y-%m-%dT%H:%M")
    closes_at = DateTimeLocalField(_l("Closes at (UTC)"), format="%Y-%m-%dT%H:%M")

    def validate_opens_at(self, field: DateTimeLocalField) -> None:
        if field.data is None:
            raise ValidationError(_("Write a day and a time."))

    def validate_closes_at(self, field: DateTimeLocalField) -> None:
        if field.data is None or (self.opens_at.data and field.data <= self.opens_at.data):
            raise ValidationError(_("The end must be later than the beginning."))

    def times(self) -> tuple[datetime, datetime]:
        """Both times of a valid form, aware, in UTC."""
        assert self.opens_at.data is not None and self.closes_at.data is not None
        return self.opens_at.data.replace(tzinfo=UTC), self.closes_at.data.replace(tzinfo=UTC)
