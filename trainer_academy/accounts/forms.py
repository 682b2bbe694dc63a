"""Forms of sign-up, sign-in and the account page."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from trainer_academy.accounts.passwords import MAX_LENGTH
from trainer_academy.web.forms import AcademyForm, no_control_characters, strip

REQUIRED = InputRequired(_l("Fill in this field."))


class SignUpForm(AcademyForm):
    name = StringField(_l("Your name"), filters=[strip], validators=[REQUIRED, Length(max=120), no_control_characters])
    login = StringField(
        _l("E-mail address or vendor code"), filters=[strip], validators=[REQUIRED, Length(max=254), no_control_characters]
    )
    password = PasswordField(_l("Password"), validators=[REQUIRED, Length(max=MAX_LENGTH)])


class SignInForm(AcademyForm):
    login = StringField(
        _l("E-mail address or vendor code"), filters=[strip], validators=[REQUIRED, Length(max=254), no_control_characters]
    )
    password = PasswordField(_l("Password"), validators=[REQUIRED, Length(max=MAX_LENGTH)])


class PasswordForm(AcademyForm):
    old_password = PasswordField(_l("Password now"), validators=[REQUIRED, Length(max=MAX_LENGTH)])
    new_password = PasswordField(_l("New password"), validators=[REQUIRED, Length(max=MAX_LENGTH)])


class NameForm(AcademyForm):
    name = StringField(_l("Your name"), filters=[strip], validators=[REQUIRED, Length(max=120), no_control_characters])


class JoinForm(AcademyForm):
    code = StringField(_l("Vendor code"), filters=[strip], validators=[REQUIRED, Length(max=32)])


class LanguageForm(AcademyForm):
    language = SelectField(_l("Language"))


class ThemeForm(AcademyForm):
    theme = SelectField(_l("Colours"), choices=[("auto", _l("Like the phone")), ("light", _l("Light")), ("dark", _l("Dark"))])
