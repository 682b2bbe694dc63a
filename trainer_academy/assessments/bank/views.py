"""Pages for authors: what is in the banks, and an item as a learner sees it."""

from __future__ import annotations

import random
from collections import Counter

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from trainer_academy.assessments.bank.balance import balance_of
from trainer_academy.assessments.bank.store import Bank, ItemStore
from trainer_academy.assessments.bank.versions import item_today
from trainer_academy.courses.catalog import Catalog
from trainer_academy.web.access import AUTHOR, allow
from trainer_academy.web.context import db, get

bp = Blueprint("bank", __name__)


def bank_counts(bank: Bank) -> dict[str, object]:
    """Counts of a bank by skill, kind, difficulty, basis and trap, and how its pairs are balanced."""
    items = [item for item in bank.items.values() if item.status == "active"]
    balance = balance_of(items)
    return {
        "key": bank.key,
        "title": bank.file.title,
        "total": len(items),
        "skills": Counter((i.skill, i.kind) for i in items),
        "difficulty": sorted(Counter(i.difficulty for i in items).items()),
        "basis": Counter(i.basis for i in items).most_common(),
        "traps": Counter(trap for i in items for trap in i.traps or ("none",)).most_common(),
        "first": balance.first.count,
        "second": balance.first.n - balance.first.count,
        "pairs": balance.ties.n,
        "longer": balance.longer.count,
        "decided": balance.first.n,
        "items": sorted(items, key=lambda item: item.id),
    }


@bp.get("/banks")
@allow(AUTHOR)
def report() -> ResponseReturnValue:
    store = get(ItemStore)
    banks = [bank_counts(bank) for bank in store.banks.values()]
    return render_template("assessments/banks.html", banks=banks, exams=store.exams)


@bp.get("/banks/items/<item_id>")
@allow(AUTHOR)
def preview(item_id: str) -> ResponseReturnValue:
    store = get(ItemStore)
    item = item_today(db(), store, item_id)
    course = get(Catalog).courses[store.banks[item.bank].file.course]
    presentation = item.present(random.Random(item.id))
    return render_template(
        "assessments/preview.html",
        item=item,
        course=course,
        view=item.view(presentation),
        review=item.review(presentation, item.perfect(), course.key),
    )
