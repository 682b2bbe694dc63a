"""Nothing but the judged texts betrays the key: pages of every exam item, with other keys, shown twice, read by classifiers."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from flask import Flask

from tests.functional.assessments.exams.betrayal import (
    accuracy,
    answers_of,
    as_rows,
    differences,
    features,
    other_key,
    skeleton,
    without_time,
)
from tests.speed import shared_library
from tests.visitor import Visitor
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.exams.models import Attempt
from trainer_academy.assessments.exams.paper import PaperEntry
from trainer_academy.assessments.items.kinds import KINDS, SomeItem
from trainer_academy.assessments.items.pairwise import PairwiseItem
from trainer_academy.core.db import Database

STORE = shared_library().store
NEAR_CHANCE = 0.08
# One exam for each bank; all items of the bank are put on one paper.
EXAMS = {spec.bank: key for key, spec in STORE.counting_exams.items() if spec.rating is None}


def paper_of_all(app: Flask, learner: Visitor, bank: str, seed: int, twice: Sequence[str] = ()) -> tuple[int, list[PaperEntry]]:
    """An attempt whose paper has every item of the bank, each in an order of its own; those of `twice` once more at the end."""
    attempt_id, rng = learner.start_exam(EXAMS[bank]), random.Random(seed)
    items = list(STORE.banks[bank].items.values())
    entries = [PaperEntry(item.id, item.version, item.skill, item.present(rng)) for item in items]
    entries += [replace(entry, is_scored=False, is_repeat=True) for entry in entries if entry.item_id in twice]
    with app.app_context(), app.extensions["academy"][Database].writing() as session:
        attempt = session.get(Attempt, attempt_id)
        assert attempt is not None
        attempt.paper = tuple(entries)
        session.commit()
    return attempt_id, entries


def pages_of(learner: Visitor, attempt_id: int, entries: Sequence[PaperEntry]) -> Iterator[tuple[PaperEntry, SomeItem, str]]:
    for position, entry in enumerate(entries, 1):
        reply = learner.get(f"/attempts/{attempt_id}/items/{position}")
        assert reply.status_code == 200
        yield entry, STORE.items[entry.item_id], reply.text


def test_every_bank_of_a_certifying_exam_is_looked_at() -> None:
    assert set(EXAMS) == {key for key, bank in STORE.banks.items() if bank.file.purpose == "exam"}
    assert {item.kind for bank in EXAMS for item in STORE.banks[bank].items.values()} == set(KINDS)


@pytest.mark.parametrize("bank", EXAMS)
def test_the_page_is_the_same_whichever_answer_is_the_key(app: Flask, learner: Visitor, bank: str) -> None:
    attempt_id, entries = paper_of_all(app, learner, bank, 1)
    before = [without_time(page) for _, _, page in pages_of(learner, attempt_id, entries)]
    items = {name: other_key(item) if item.bank == bank else item for name, item in STORE.items.items()}
    rated = sum(item.is_rated for item in STORE.banks[bank].items.values())
    changed = sum(items[name].key != STORE.items[name].key for name in STORE.banks[bank].items)
    assert changed == len(entries) - rated, "every key is another one"
    app.extensions["academy"][ItemStore] = replace(STORE, items=MappingProxyType(items))
    for (entry, _, page), old in zip(pages_of(learner, attempt_id, entries), before, strict=True):
        assert without_time(page) == old, entry.item_id


@pytest.mark.parametrize("bank", EXAMS)
def test_two_showings_of_an_item_have_nothing_in_common_but_its_texts(
    app: Flask, learner: Visitor, visitor: Visitor, bank: str
) -> None:
    """In two attempts of two people, and twice in one: without the judged texts all pages of an item are the same as those of
    any other item of its form, and no address, field or value carries a name of the item."""
    visitor.sign_up("second@example.org")
    kinds = {item.kind: item.id for item in STORE.banks[bank].items.values()}
    attempt_id, entries = paper_of_all(app, learner, bank, 1, tuple(kinds.values()))
    other_id, others = paper_of_all(app, visitor, bank, 2)
    shown: dict[str, list[str]] = {}
    for entry, item, page in [*pages_of(learner, attempt_id, entries), *pages_of(visitor, other_id, others)]:
        for told in (item.id, item.version, item.key_version, item.title.replace("'", "&#39;")):
            assert f'"{told}"' not in page and f"/{told}" not in page and f"-{told}" not in page, item.id
        shown.setdefault(item.id, []).append(skeleton(page, item.view(entry.presentation)))
    for item_id, rests in shown.items():
        assert len(rests) == (3 if item_id in kinds.values() else 2)
        assert [differences(rests[0], rest) for rest in rests[1:] if rest != rests[0]] == [], item_id
    forms: dict[tuple[object, ...], set[str]] = {}
    for item_id, (rest, *_) in shown.items():
        forms.setdefault(form_of(STORE.items[item_id]), set()).add(rest)
    assert [(form, differences(*sorted(rests)[:2])) for form, rests in forms.items() if len(rests) > 1] == []


def form_of(item: SomeItem) -> tuple[object, ...]:
    """What people must see of an item besides its texts: its kind, whether there is material, how much there is to choose."""
    view = item.view(item.file_order())
    sizes = [len(getattr(view, name, ())) for name in ("options", "steps", "criteria")]
    own = item.id if item.is_rated else ""  # rules that a written text has to keep are shown with it
    return item.kind, bool(view.context), *sizes, getattr(view, "select", ""), own


@pytest.mark.parametrize("bank", EXAMS)
def test_classifiers_learn_nothing_from_a_page_without_the_judged_texts(app: Flask, learner: Visitor, bank: str) -> None:
    attempt_id, entries = paper_of_all(app, learner, bank, 3)
    is_task = STORE.banks[bank].file.prompt_is == "task"
    found: dict[str, list[tuple[dict[str, int], dict[str, object]]]] = {}
    for entry, item, page in pages_of(learner, attempt_id, entries):
        wording = re.split(r"(?<=[.:?])\s", getattr(item, "prompt", ""))[0] if is_task else ""
        row = features(page, item.view(entry.presentation), wording)
        found.setdefault(item.kind, []).append((row, answers_of(item, entry.presentation)))
    failing = []
    for kind, rows in found.items():
        table = as_rows([row for row, _ in rows])
        for name in rows[0][1]:
            hit, chance = accuracy(table, [answers[name] for _, answers in rows])
            if hit > chance + NEAR_CHANCE:
                failing.append(f"{kind}, {name}: {hit:.2f} right, {chance:.2f} by chance, {len(rows)} items")
    assert failing == []


def test_the_classifier_finds_what_pages_used_to_tell() -> None:
    """Its power: from the set of dimensions that a key has, the strength of a pair is read far better than by chance."""
    pairs = [item for item in STORE.banks["prompting-exam"].items.values() if isinstance(item, PairwiseItem)]
    pairs += [item for item in STORE.banks["evaluating-exam"].items.values() if isinstance(item, PairwiseItem)]
    rows = as_rows([dict.fromkeys(item.key.dimensions, 1) for item in pairs])
    hit, chance = accuracy(rows, [item.key.overall in (0, 1, -1) for item in pairs])
    planted = np.hstack([rows, np.array([[float(abs(item.key.overall))] for item in pairs])])
    told, chance_of_strength = accuracy(planted, [abs(item.key.overall) for item in pairs])
    assert hit > chance + NEAR_CHANCE
    assert told > chance_of_strength + 0.3
