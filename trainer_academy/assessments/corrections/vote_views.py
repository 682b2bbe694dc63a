"""Votes of raters: an item as a learner sees it, answered once, blind to its key and to the other votes."""

from __future__ import annotations

import hashlib
import random

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.corrections.steps import cast_vote, items_to_vote, voted_by
from trainer_academy.assessments.items.base import Payload, Presentation
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.core.errors import Conflict, NotFound
from trainer_academy.courses.catalog import Catalog
from trainer_academy.web.access import RATER, allow
from trainer_academy.web.context import db, get, me, now

bp = Blueprint("votes", __name__)


def presentation_for(item: SomeItem) -> Presentation:
    """The order in which this rater sees the item; the same at each request."""
    return item.present(random.Random(f"vote:{me().id}:{item.id}:{item.version}"))


@bp.get("/votes")
@allow(RATER)
def next_item() -> ResponseReturnValue:
    waiting = items_to_vote(db(), get(ItemStore), me().id)
    if not waiting:
        return render_template("assessments/votes_done.html", done=len(voted_by(db(), me().id)))
    # Each rater has an order of their own, so that votes spread over all items.
    item = min(waiting, key=lambda item: hashlib.sha256(f"{me().id}:{item.id}".encode()).digest())
    return _page(item, {}, len(waiting))


def _page(item: SomeItem, payload: Payload, waiting: int, status: int = 200) -> ResponseReturnValue:
    course = get(Catalog).courses[get(ItemStore).banks[item.bank].file.course]
    presentation = presentation_for(item)
    page = render_template(
        "assessments/vote.html",
        view=item.view(presentation),
        values=item.form_values(payload, presentation),
        waiting=waiting,
        guideline=course.file.guideline,
        is_unfinished=status == 400,
    )
    return page, status


@bp.post("/votes/<item_id>")
@allow(RATER)
def vote(item_id: str) -> ResponseReturnValue:
    item = get(ItemStore).items.get(item_id)
    waiting = items_to_vote(db(), get(ItemStore), me().id)
    if item is None or (item not in waiting and (item.id, item.version) not in voted_by(db(), me().id)):
        raise NotFound("vote.unknown_item")
    if request.form.get("version", item.version) != item.version:
        raise Conflict("vote.item_changed")
    payload = item.read(request.form.to_dict(flat=False), presentation_for(item))
    if not item.is_complete(payload):
        return _page(item, payload, len(waiting), 400)
    is_new = cast_vote(db(), item, payload, me().id, now())
    db().commit()
    flash(_("Your vote is saved.") if is_new else _("You had voted on this item before. The first vote stays."))
    return redirect(url_for("votes.next_item"))
