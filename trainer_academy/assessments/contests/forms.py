"""Forms of contested items and corrections."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from trainer_academy.web.forms import AcademyForm, no_control_characters, strip


class ContestForm(AcademyForm):
    kind = SelectField(
        _l("What is wrong?"),
        choices=[
            ("key", _l("The answer that counts as right is wrong, or another one is right too")),
            ("text", _l("The text is wrong, unclear or does not show")),
            ("other", _l("Something else")),
        ],
    )
    text = TextAreaField(
        _l("What did you see?"),
        filters=[strip],
        validators=[
            InputRequired(_l("Write what is wrong with the item.")),
            Length(min=10, max=2000),
            no_control_characters,
        ],
    )


class AnswerForm(AcademyForm):
    outcome = RadioField(
        _l("Your decision"),
        choices=[("accepted", _l("Accept: something is wrong")), ("rejected", _l("Reject: the item is right as it is"))],
        validators=[InputRequired(_l("Choose one."))],
    )
    correction = SelectField(_l("Correction that follows from it"), default="")
    answer = TextAreaField(
        _l("Reason"),
        filters=[strip],
        validators=[
            InputRequired(_l("Write the reason; the person reads it.")),
            Length(min=10, max=2000),
            no_control_characters,
        ],
    )


class CorrectForm(AcademyForm):
    """`why` and not `reason`: the controls of a pair have a field of that name."""

    why = TextAreaField(
        _l("Reason for the correction"),
        filters=[strip],
        validators=[
            InputRequired(_l("Write the reason; the second author decides by it.")),
            Length(min=10, max=1000),
            no_control_characters,
        ],
    )


class NoteForm(AcademyForm):
    note = TextAreaField(
        _l("Your reason"),
        filters=[strip],
        validators=[InputRequired(_l("Write your reason.")), Length(min=5, max=1000), no_control_characters],
    )
