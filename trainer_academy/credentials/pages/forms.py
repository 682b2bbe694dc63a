"""Forms of the holder's options and of holding a certificate."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, StringField
from wtforms.validators import InputRequired, Length

from trainer_academy.web.forms import AcademyForm, no_control_characters, strip


class ShownForm(AcademyForm):
    scores = BooleanField(_l("My score and its range"))
    name = BooleanField(_l("My name"))


class ShownNameForm(AcademyForm):
    name = StringField(
        _l("Name on the certificate"),
        filters=[strip],
        validators=[InputRequired(_l("Write your name.")), Length(max=120), no_control_characters],
    )


class IdentifierForm(AcademyForm):
    did = StringField(_l("did:key of your wallet"), filters=[strip], validators=[Length(max=100), no_control_characters])


class WithdrawForm(AcademyForm):
    is_sure = BooleanField(
        _l("Yes, delete this certificate for good"), validators=[InputRequired(_l("Tick the box, or go back."))]
    )
