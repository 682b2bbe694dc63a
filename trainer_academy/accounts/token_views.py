"""The page on which a client makes, lists and ends the tokens of its software."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trainer_academy.accounts import api_tokens
from trainer_academy.accounts.token_forms import TokenForm
from trainer_academy.core.errors import Forbidden, Refusal
from trainer_academy.web.access import CLIENT, allow
from trainer_academy.web.context import db, me, now
from trainer_academy.web.forms import PlainForm
from trainer_academy.web.words import say

bp = Blueprint("tokens", __name__)


@bp.get("/account/api")
@allow(CLIENT)
def tokens() -> ResponseReturnValue:
    return _page(TokenForm(formdata=None))


@bp.post("/account/api")
@allow(CLIENT)
def make() -> ResponseReturnValue:
    form = TokenForm()
    if not form.validate_on_submit():
        return _page(form, status=400)
    made = api_tokens.make_token(db(), organization_id(), form.name.data or "", me().id, now())
    if isinstance(made, Refusal):
        form.name.errors = [say(made)]
        return _page(form, status=409)
    db().commit()
    return _page(TokenForm(formdata=None), made)


@bp.post("/account/api/<int:token_id>/end")
@allow(CLIENT)
def end(token_id: int) -> ResponseReturnValue:
    if PlainForm().validate_on_submit():
        is_ended = api_tokens.end_token(db(), organization_id(), token_id, me().id, now())
        db().commit()
        flash(_("The token does not work any more.") if is_ended else _("There is no such open token. Nothing was changed."))
    return redirect(url_for("tokens.tokens"))


def _page(form: TokenForm, made: str = "", status: int = 200) -> ResponseReturnValue:
    """The page; a token is shown only in the answer to the request that made it."""
    rows = api_tokens.open_tokens(db(), organization_id())
    return render_template("accounts/api.html", form=form, tokens=rows, made=made), status


def organization_id() -> int:
    """The client that the person buys for."""
    role = me().organization("client", "buyer")
    if role is None:
        raise Forbidden("client.left")
    return role.organization_id
