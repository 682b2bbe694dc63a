"""Forms of the certificate pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from trainer_academy.credentials.issuing import MAX_REASON
from trainer_academy.credentials.lookup import MAX_TYPED
from trainer_academy.web.forms import AcademyForm, no_control_characters, strip


class VerifyForm(AcademyForm):
    """Sent with GET and changes nothing, so that a result has an address; hence no CSRF token."""

    class Meta:
        csrf = False

    code = StringField(
        _l("Code, number or address of the certificate"),
        filters=[strip],
        validators=[InputRequired(_l("Type the code.")), Length(max=MAX_TYPED)],
    )


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
