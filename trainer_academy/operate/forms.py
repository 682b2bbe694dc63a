"""Forms of the operator pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from trainer_academy.credentials.life.issuer import MAX_REASON
from trainer_academy.vendors.sitting_forms import ExtraTimeForm
from trainer_academy.web.forms import AcademyForm, no_control_characters, strip


class RevokeForm(AcademyForm):
    reason = TextAreaField(
        _l("Reason"),
        filters=[strip],
        validators=[
            InputRequired(_l("Write the reason; it is shown in public.")),
            Length(min=5, max=MAX_REASON),
            no_control_characters,
        ],
    )


class SuspendForm(AcademyForm):
    reason = TextAreaField(
        _l("Reason"),
        filters=[strip],
        validators=[
            InputRequired(_l("Write the reason; it is shown in public.")),
            Length(min=5, max=MAX_REASON),
            no_control_characters,
        ],
    )


OUTCOMES = [
    ("counts", _l("The attempt counts: it is decided by its score")),
    ("refused", _l("The attempt does not count: it is not passed, and it is used")),
    ("back", _l("Give the attempt back: a fault of ours disturbed it")),
]


class HoldForm(AcademyForm):
    outcome = RadioField(_l("Your decision"), choices=OUTCOMES, validators=[InputRequired(_l("Choose one."))])
    note = TextAreaField(
        _l("Reason"),
        filters=[strip],
        validators=[
            InputRequired(_l("Write the reason; the person reads it.")),
            Length(min=10, max=1000),
            no_control_characters,
        ],
    )


class WithdrawForm(AcademyForm):
    reason = StringField(_l("Reason"), filters=[strip], validators=[Length(min=10, max=300), no_control_characters])


class OperatorExtraTimeForm(ExtraTimeForm):
    """The same for any person, named by login."""

    login = StringField(_l("Login"), filters=[strip], validators=[InputRequired(_l("Write the login.")), Length(max=254)])
