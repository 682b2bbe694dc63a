"""Forms of standard setting."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DecimalField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from trainer_academy.assessments.exams.assembly import MAX_SEED
from trainer_academy.web.forms import AcademyForm, no_control_characters, strip

FILL_IN = InputRequired(_l("Fill in this field."))


class PlanForm(AcademyForm):
    exam = SelectField(_l("Exam"), validators=[FILL_IN])
    definition = TextAreaField(
        _l("Who is just competent?"), filters=[strip], validators=[FILL_IN, Length(min=80, max=4000), no_control_characters]
    )
    scope = RadioField(
        _l("Items"),
        choices=[("sample", _l("A sample, balanced over skills and kinds as a paper is")), ("bank", _l("The whole bank"))],
        default="sample",
    )
    size = IntegerField(_l("Size of the sample"), default=42, validators=[Optional(), NumberRange(min=10, max=400)])
    seed = IntegerField(_l("Seed of the sample"), default=1, validators=[Optional(), NumberRange(min=0, max=MAX_SEED)])


class AppointForm(AcademyForm):
    login = StringField(_l("Login of the judge"), filters=[strip], validators=[FILL_IN, Length(max=254)])


class ReasonForm(AcademyForm):
    reason = StringField(_l("Reason"), filters=[strip], validators=[FILL_IN, Length(min=10, max=300), no_control_characters])


class NoteForm(AcademyForm):
    text = TextAreaField(_l("Your note"), filters=[strip], validators=[FILL_IN, Length(min=3, max=2000), no_control_characters])


class SignForm(AcademyForm):
    qualification = TextAreaField(
        _l("Why are you qualified to judge?"),
        filters=[strip],
        validators=[FILL_IN, Length(min=40, max=2000), no_control_characters],
    )
    interests = TextAreaField(
        _l("What interests do you have in who passes?"),
        filters=[strip],
        validators=[FILL_IN, Length(min=4, max=2000), no_control_characters],
    )
    keeps_secret = BooleanField(
        _l("I keep the items, their keys and what other judges say to myself, also after the study."),
        validators=[InputRequired(_l("Without this you see no item."))],
    )
    signature = StringField(
        _l("Your full name, as a signature"), filters=[strip], validators=[FILL_IN, Length(max=120), no_control_characters]
    )


class AdoptForm(AcademyForm):
    score = DecimalField(_l("Pass mark, of 100"), places=2, validators=[FILL_IN, NumberRange(min=1, max=99)])
    why_other = TextAreaField(
        _l("Why another value than the panel recommends?"),
        filters=[strip],
        validators=[Optional(), Length(max=400), no_control_characters],
    )
    reason = TextAreaField(
        _l("Reason for adopting"), filters=[strip], validators=[FILL_IN, Length(min=10, max=500), no_control_characters]
    )
    signature = StringField(
        _l("Your full name, as a signature"), filters=[strip], validators=[FILL_IN, Length(max=120), no_control_characters]
    )
