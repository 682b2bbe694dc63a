"""Pages for authors: what is in the banks, and an item as a learner sees it."""

from __future__ import annotations

import random
from collections import Counter

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from trainer_academy.assessments.bank import Bank, ItemStore
from trainer_academy.assessments.correcting import item_today
from trainer_academy.assessments.items import PairwiseItem
from trainer_academy.assessments.presenting import show_item, show_review
from trainer_academy.core.markdown import count_words
from trainer_academy.courses.catalog import Catalog
from trainer_academy.web.access import AUTHOR, allow
from trainer_academy.web.context import db, get

bp = Blueprint("bank", __name__)


def bank_counts(bank: Bank) -> dict[str, object]:
    """Counts of a bank by skill, kind, difficulty, basis and trap, and how its pairs are balanced."""
    items = [item for item in bank.items.values() if item.status == "active"]
    pairs = [item for item in items if isinstance(item, PairwiseItem)]
    decided = [item for item in pairs if item.key.overall]
    longer = sum((count_words(i.second) - count_words(i.first)) * i.key.overall > 0 for i in decided)
    return {
        "key": bank.key,
        "title": bank.file.title,
        "total": len(items),
        "skills": Counter((i.skill, i.kind) for i in items),
        "difficulty": sorted(Counter(i.difficulty for i in items).items()),
        "basis": Counter(i.basis for i in items).most_common(),
        "traps": Counter(trap for i in items for trap in i.traps or ("none",)).most_common(),
        "first": sum(i.key.overall < 0 for i in pairs),
        "second": sum(i.key.overall > 0 for i in pairs),
        "pairs": len(pairs),
        "longer": longer,
        "decided": len(decided),
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
        view=show_item(item, presentation),
        review=show_review(item, presentation, item.perfect(), course.key),
    )
