"""Forms of the profile, of requisitions and of offers. People type dollars; the fields hold whole US cents."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    DateField,
    Field,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget, TextInput

from trainer_academy.pool.pay import MAX_HOURS, MAX_VENDOR_PERCENT, dollars, read_dollars
from trainer_academy.pool.vocabulary import COUNTRIES, DOMAINS, LANGUAGES, time_zones
from trainer_academy.pool.words import country_name, domain_name, language_name
from trainer_academy.web.forms import AcademyForm, no_control_characters, strip

REQUIRED = InputRequired(_l("Fill in this field."))
MAX_DAYS = 30
MAX_AHEAD = timedelta(days=730)


class DollarField(Field):
    """An amount in dollars with up to two decimals; `data` is whole US cents."""

    widget = TextInput()
    data: int | None

    def _value(self) -> str:
        typed: list[Any] | None = self.raw_data
        if typed:
            return str(typed[0])
        return dollars(self.data) if isinstance(self.data, int) else ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = None
        if valuelist and str(valuelist[0]).strip():
            self.data = read_dollars(str(valuelist[0]))
            if self.data is None:
                raise ValueError(_("Write an amount from 0.01 to 1000 dollars, like 35 or 35.50."))


class WholeField(IntegerField):
    """A whole number with a message in plain words."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(_("Write a whole number, like 20.")) from error


class CheckListField(SelectMultipleField):
    """Several choices as checkboxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def between(low: int, high: int) -> NumberRange:
    return NumberRange(low, high, _l("Write a number from %(min)s to %(max)s.", min=low, max=high))


class ProfileForm(AcademyForm):
    alias = StringField(
        _l("Name shown to clients"), filters=[strip], validators=[REQUIRED, Length(2, 60), no_control_characters]
    )
    country = SelectField(_l("Country"), validators=[REQUIRED])
    time_zone = SelectField(_l("Time zone"), validators=[REQUIRED])
    rate_floor = DollarField(_l("Lowest pay you work for, US dollars an hour"), validators=[REQUIRED])
    hours_per_week = WholeField(_l("Hours a week you have time"), validators=[REQUIRED, between(1, 80)])
    languages = CheckListField(_l("Languages you work in"), validators=[InputRequired(_l("Choose at least one."))])
    domains = CheckListField(_l("Fields you know"))
    about = TextAreaField(
        _l("About your work"), filters=[strip], validators=[Optional(), Length(max=600), no_control_characters]
    )

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.country.choices = [("", _("Choose")), *((code, country_name(code)) for code in COUNTRIES)]
        self.languages.choices = [(code, language_name(code)) for code in LANGUAGES]
        self.domains.choices = [(key, domain_name(key)) for key in DOMAINS]
        self.time_zone.choices = [("", _("Choose")), *((zone, zone.replace("_", " ")) for zone in time_zones())]


class RequisitionForm(AcademyForm):
    """Achievement choices and the first possible start date are passed in."""

    title = StringField(_l("Title"), filters=[strip], validators=[REQUIRED, Length(3, 120), no_control_characters])
    description = TextAreaField(_l("The work"), filters=[strip], validators=[REQUIRED, Length(10, 4000), no_control_characters])
    achievement_key = SelectField(_l("Certificate that people must have"), validators=[REQUIRED])
    client_rate = DollarField(_l("What you pay, US dollars an hour"), validators=[REQUIRED])
    hours = WholeField(_l("Hours for each person"), validators=[REQUIRED, between(1, MAX_HOURS)])
    starts_on = DateField(_l("Start date"), validators=[InputRequired(_l("Choose a date."))])

    def __init__(self, achievements: list[tuple[str, str]], first_day: date, **values: Any) -> None:
        super().__init__(**values)
        self.achievement_key.choices = achievements
        self.first_day = first_day

    def validate_starts_on(self, field: DateField) -> None:
        if field.data and field.data < self.first_day:
            raise ValidationError(_("This day is in the past. Choose today or a later day."))
        if field.data and field.data > self.first_day + MAX_AHEAD:
            raise ValidationError(_("Choose a day within the next two years."))


class OfferForm(AcademyForm):
    client_rate = DollarField(_l("What you pay, US dollars an hour"), validators=[REQUIRED])
    hours = WholeField(_l("Hours"), validators=[REQUIRED, between(1, MAX_HOURS)])
    vendor_percent = WholeField(
        _l("Share of the person's vendor, percent"), default=0, validators=[REQUIRED, between(0, MAX_VENDOR_PERCENT)]
    )
    days = WholeField(_l("Days to answer"), default=7, validators=[REQUIRED, between(1, MAX_DAYS)])
    message = TextAreaField(_l("Message"), filters=[strip], validators=[Optional(), Length(max=1000), no_control_characters])
