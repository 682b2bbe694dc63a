"""Sign-up, sign-in, sign-out and the account page."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user
from sqlalchemy.exc import IntegrityError

from trainer_academy.accounts import people
from trainer_academy.accounts import sign_in as signing
from trainer_academy.accounts.audit import record
from trainer_academy.accounts.forms import JoinForm, LanguageForm, NameForm, PasswordForm, SignInForm, SignUpForm, ThemeForm
from trainer_academy.accounts.models import User
from trainer_academy.accounts.passwords import find_weakness, is_correct
from trainer_academy.accounts.principal import load_principal
from trainer_academy.core import limits
from trainer_academy.core.db import id_of
from trainer_academy.core.errors import NotFound, TooManyRequests
from trainer_academy.web.access import EVERYONE, SIGNED_IN, allow, safe_next
from trainer_academy.web.context import db, me, now, reading
from trainer_academy.web.filters import named_languages
from trainer_academy.web.forms import PlainForm
from trainer_academy.web.kept import read_kept
from trainer_academy.web.words import say

bp = Blueprint("accounts", __name__)


@bp.route("/sign-up", methods=["GET", "POST"])
@allow(EVERYONE)
def sign_up() -> ResponseReturnValue:
    form = SignUpForm(login=request.args.get("code", ""))
    if form.validate_on_submit():
        user = _create_account(form)
        if user is not None:
            _start_session(user)
            db().commit()
            return redirect(safe_next(request.args.get("next"), url_for("home.home")))
    return render_template("accounts/sign_up.html", form=form), 400 if form.errors else 200


def _create_account(form: SignUpForm) -> User | None:
    """The new account, flushed; None with the reason on the form."""
    typed = form.password.data or ""
    name, login = people.clean_name(form.name.data or ""), people.read_login(form.login.data or "")
    if name is None:
        form.name.errors = [_("Write your name with letters. Line breaks and invisible characters are not possible.")]
    if login is None:
        form.login.errors = [
            _("Write an e-mail address like name@example.org, or the code from your vendor, like 4TF-9KQ-2WX.")
        ]
    if name and login and (weakness := find_weakness(typed, name, login.value)):
        form.password.errors = [say(weakness)]
    if form.errors or name is None or login is None:
        return None
    subjects = _check_throttle("")
    password_hash = signing.make_hash(typed)
    invitation = None if login.is_email else people.open_invitation(db(), login.value, now())
    closed = _("This vendor code is not open: it was used, has run out, or never existed. Ask your team lead.")
    if not login.is_email and invitation is None:
        _refuse_sign_up(form, closed, subjects)
        return None
    try:
        user = people.create_user(db(), login.value, name, password_hash, now())
    except IntegrityError:
        taken = _("There is an account with this login already. Sign in, or use another address.")
        _refuse_sign_up(form, taken, subjects)
        return None
    if invitation is not None and people.accept_invitation(db(), invitation, id_of(user), now()):
        _refuse_sign_up(form, closed, subjects)
        return None
    return user


def _refuse_sign_up(form: SignUpForm, reason: str, subjects: list[str]) -> None:
    """Nothing is kept but the count: who tries many logins or codes is looking for those that exist."""
    db().rollback()
    limits.count_failure(db(), subjects, now())
    db().commit()
    form.login.errors = [reason]


def _check_throttle(login: str) -> list[str]:
    """What a failure is to be counted for; TooManyRequests while it is blocked. Without a login only the address counts."""
    subjects = signing.throttle_subjects(login, request.remote_addr or "")
    if wait := limits.seconds_blocked(reading(), subjects, now()):
        raise TooManyRequests("sign_in.too_many", wait, n=wait)
    return list(subjects)


def _start_session(user: User) -> None:
    """A new session for this browser; the one that it had ends, so that no older copy of its cookie goes on."""
    if current_user.is_authenticated:
        signing.end_session(db(), me().id, me().login_session_id, now())
    theme = session.get("theme")
    token = signing.open_session(db(), user, request.user_agent.string, now())
    principal = load_principal(db(), token, now())
    session.clear()
    g.pop("csrf_token", None)  # a form in this same answer needs the token of the new session
    session.permanent = True
    if theme:
        session["theme"] = theme
    login_user(principal)


@bp.route("/sign-in", methods=["GET", "POST"])
@allow(EVERYONE)
def sign_in() -> ResponseReturnValue:
    form = SignInForm()
    if form.validate_on_submit():
        user = _check_password(form)
        if user is not None:
            _start_session(user)
            db().commit()
            target = safe_next(request.args.get("next"), url_for("home.home"))
            if kept := read_kept(request.form.get("kept")):
                return render_template("accounts/signed_in.html", kept=kept, target=target)
            return redirect(target)
    return render_template("accounts/sign_in.html", form=form), 400 if form.errors else 200


def _check_password(form: SignInForm) -> User | None:
    """The person whose password fits. Known and unknown logins take the same time and get the same words."""
    raw = form.login.data or ""
    login = people.read_login(raw)
    typed = login.value if login else raw.lower()
    subjects = _check_throttle(typed)
    user = people.find_user(reading(), typed)
    if is_correct(user.password_hash if user else None, form.password.data or "") and user and user.is_active:
        return user
    limits.count_failure(db(), subjects, now())
    db().commit()
    form.password.errors = [_("Login and password do not fit together. Check both; capital letters count in the password.")]
    return None


@bp.post("/sign-out")
@allow(SIGNED_IN)
def sign_out() -> ResponseReturnValue:
    signing.end_session(db(), me().id, me().login_session_id, now())
    db().commit()
    logout_user()
    session.clear()
    response = redirect(url_for("home.home"))
    response.headers["Clear-Site-Data"] = '"storage"'
    return response


@bp.get("/account")
@allow(SIGNED_IN)
def account() -> ResponseReturnValue:
    return _account_page()


def _account_page(status: int = 200, **forms: object) -> ResponseReturnValue:
    sessions = signing.open_sessions(db(), me().id, now())
    defaults: dict[str, object] = {
        "password_form": PasswordForm(formdata=None),
        "name_form": NameForm(formdata=None, name=me().name),
        "language_form": _language_form(formdata=None, language=me().language),
        "join_form": JoinForm(formdata=None),
        "theme_form": ThemeForm(formdata=None, theme=session.get("theme", "auto")),
        "button": PlainForm(formdata=None),
    }
    return render_template("accounts/account.html", sessions=sessions, **(defaults | forms)), status


@bp.post("/account/password")
@allow(SIGNED_IN)
def change_password() -> ResponseReturnValue:
    form = PasswordForm()
    user = reading().get(User, me().id)
    if form.validate_on_submit() and user is not None:
        subjects = _check_throttle(user.login)
        new_password = form.new_password.data or ""
        weakness = find_weakness(new_password, user.name, user.login)
        if not is_correct(user.password_hash, form.old_password.data or ""):
            limits.count_failure(db(), subjects, now())
            db().commit()
            form.old_password.errors = [_("This is not your password now. Nothing was changed.")]
        elif weakness:
            form.new_password.errors = [say(weakness)]
        else:
            new_hash = signing.make_hash(new_password)
            stored = db().get(User, me().id)
            assert stored is not None
            signing.change_password(db(), stored, new_hash, now())
            _start_session(stored)
            db().commit()
            flash(_("Your password was changed. Other browsers were signed out."))
            return redirect(url_for("accounts.account"))
    return _account_page(400, password_form=form)


@bp.post("/account/name")
@allow(SIGNED_IN)
def change_name() -> ResponseReturnValue:
    form = NameForm()
    name = people.clean_name(form.name.data or "")
    if form.validate_on_submit() and name:
        user = db().get(User, me().id)
        assert user is not None
        user.name = name
        record(db(), me().id, "name_changed", "user", me().id, now())
        db().commit()
        flash(_("Your name was changed. Certificates that exist keep the name they were issued with."))
        return redirect(url_for("accounts.account"))
    form.name.errors = form.name.errors or [_("Write your name with letters.")]
    return _account_page(400, name_form=form)


@bp.post("/account/sign-out-everywhere")
@allow(SIGNED_IN)
def sign_out_everywhere() -> ResponseReturnValue:
    count = signing.end_all_sessions(db(), me().id, now())
    record(db(), me().id, "signed_out_everywhere", "user", me().id, now(), f"{count} sessions")
    db().commit()
    logout_user()
    session.clear()
    flash(_("You are signed out in every browser (%(n)s).", n=count))
    return redirect(url_for("accounts.sign_in"))


@bp.post("/account/sessions/<int:session_id>/end")
@allow(SIGNED_IN)
def end_session(session_id: int) -> ResponseReturnValue:
    if not signing.end_session(db(), me().id, session_id, now()):
        raise NotFound("sign_in.ended_already")
    db().commit()
    flash(_("That browser is signed out."))
    return redirect(url_for("accounts.account"))


@bp.post("/account/join")
@allow(SIGNED_IN)
def join() -> ResponseReturnValue:
    form = JoinForm()
    login = people.read_login(form.code.data or "")
    invitation = people.open_invitation(db(), login.value, now()) if form.validate_on_submit() and login else None
    if invitation is None or people.accept_invitation(db(), invitation, me().id, now()) is not None:
        form.code.errors = [_("This code is not open: it was used, has run out, or never existed. Ask your team lead.")]
        return _account_page(400, join_form=form)
    db().commit()
    flash(_("You joined. Your team lead now sees your courses, exams and certificates, not your practice answers."))
    return redirect(url_for("accounts.account"))


@bp.get("/join/<code>")
@allow(EVERYONE)
def join_link(code: str) -> ResponseReturnValue:
    """Where an invitation link leads: to the account page for people with an account, else to sign-up."""
    login = people.read_login(code[:32])
    invitation = people.open_invitation(db(), login.value, now()) if login and not login.is_email else None
    if invitation is None:
        raise NotFound("invitation.not_open")
    return render_template("accounts/join.html", invitation=invitation, form=JoinForm(formdata=None, code=invitation.code))


@bp.post("/language")
@allow(EVERYONE)
def language() -> ResponseReturnValue:
    """Kept in the account; before somebody signs in, in this browser."""
    form = _language_form()
    if form.validate_on_submit():
        session["language"] = form.language.data
        if current_user.is_authenticated:
            people.choose_language(db(), me().id, form.language.data)
            db().commit()
    return redirect(safe_next(request.form.get("next"), url_for("home.home")))


def _language_form(**values: Any) -> LanguageForm:
    form = LanguageForm(**values)
    form.language.choices = [("", _("As the browser says")), *named_languages()]
    return form


@bp.post("/theme")
@allow(EVERYONE)
def theme() -> ResponseReturnValue:
    form = ThemeForm()
    if form.validate_on_submit():
        session["theme"] = form.theme.data
        session.permanent = bool(current_user.is_authenticated) or session.permanent
    return redirect(safe_next(request.form.get("next"), url_for("home.home")))
