"""The form of the webhook address."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import InputRequired, Length
from wtforms.widgets import URLInput

from trainer_academy.notices.webhooks import MAX_URL
from trainer_academy.web.forms import AcademyForm, no_control_characters, strip


class WebhookForm(AcademyForm):
    url = StringField(
        _l("Address that we call"),
        widget=URLInput(),
        filters=[strip],
        validators=[InputRequired(_l("Fill in this field.")), Length(max=MAX_URL), no_control_characters],
    )
