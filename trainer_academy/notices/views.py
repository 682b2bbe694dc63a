"""A person's messages, and the webhook of a client."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trainer_academy.core.errors import BadInput, Forbidden, Refusal, TooManyRequests
from trainer_academy.notices import endpoints, outbox
from trainer_academy.notices.forms import WebhookForm
from trainer_academy.notices.webhooks import read_url, standard_secret
from trainer_academy.web.access import CLIENT, SIGNED_IN, allow
from trainer_academy.web.context import config, db, me, now
from trainer_academy.web.forms import PlainForm
from trainer_academy.web.words import say

bp = Blueprint("messages", __name__)


@bp.get("/messages")
@allow(SIGNED_IN)
def inbox() -> ResponseReturnValue:
    return render_template("notices/inbox.html", messages=outbox.messages_for(db(), me().id))


@bp.route("/organization/webhook", methods=["GET", "POST"])
@allow(CLIENT)
def webhook() -> ResponseReturnValue:
    if request.method == "GET":
        return _webhook_page()
    action = request.form.get("action", "save")
    if action not in ("save", "renew", "off"):
        raise BadInput("webhook.button")
    if action == "save":
        return _save(WebhookForm())
    if not PlainForm().validate_on_submit():
        return _webhook_page(status=400)
    if action == "renew":
        secret = endpoints.renew_secret(db(), _organization_id(), me().id, now())
        db().commit()
        return _webhook_page(secret=secret)
    endpoints.switch_off(db(), _organization_id(), me().id, now())
    db().commit()
    flash(_("We do not call this address any more."))
    return redirect(url_for("messages.webhook"))


def _save(form: WebhookForm) -> ResponseReturnValue:
    url = form.url.data or ""
    target = read_url(url, config().private_webhooks) if form.validate_on_submit() else None
    if isinstance(target, Refusal):
        form.url.errors = [say(target)]
    if form.errors or target is None:
        return _webhook_page(form, status=400)
    secret = endpoints.set_endpoint(db(), _organization_id(), url, me().id, now())
    db().commit()
    if secret:
        return _webhook_page(secret=secret)
    flash(_("The address was saved. The secret did not change."))
    return redirect(url_for("messages.webhook"))


@bp.post("/organization/webhook/test")
@allow(CLIENT)
def test_webhook() -> ResponseReturnValue:
    if PlainForm().validate_on_submit():
        outcome = endpoints.add_test_call(db(), _organization_id(), now())
        if isinstance(outcome, Refusal):
            raise TooManyRequests(outcome.code, 60, **outcome.values)
        db().commit()
        flash(_("A test call is on its way. Reload this page in half a minute to see the answer."))
    return redirect(url_for("messages.webhook"))


def _webhook_page(form: WebhookForm | None = None, secret: str = "", status: int = 200) -> ResponseReturnValue:
    """The page; the secret is shown only in the answer to the request that made it."""
    endpoint = endpoints.find_endpoint(db(), _organization_id())
    form = form or WebhookForm(formdata=None, url=endpoint.url if endpoint else "")
    calls = endpoints.recent_calls(db(), endpoint.id) if endpoint else []
    page = render_template(
        "notices/webhook.html",
        form=form,
        endpoint=endpoint,
        calls=calls,
        secret=standard_secret(secret) if secret else "",
        secret_before=secret,
    )
    return page, status


def _organization_id() -> int:
    """The client that the person buys for."""
    role = me().organization("client", "buyer")
    if role is None:
        raise Forbidden("client.left")
    return role.organization_id
