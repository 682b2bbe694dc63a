"""New keys from answers: from one answer that an author gives, or from the votes of appointed raters. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from trainer_academy.assessments.items import SIDES, ChoiceItem, PairwiseItem, Payload, RubricItem
from trainer_academy.assessments.kinds import SomeItem
from trainer_academy.assessments.mark_items import RankingItem, SpansItem, StepsItem
from trainer_academy.core.errors import BadInput

MIN_VOTES = 5
# A test with 5 raters for each item reaches a reliability of .62, with 10 of .70 (Gagnon, Charlin et al. 2005).
GOOD_VOTES = 10
KeyValues = dict[str, Any]
Counts = dict[str, dict[str, int]]


def takes_votes(item: SomeItem) -> bool:
    """True for the kinds that can be scored by a distribution of votes: one option, pairs, rubrics."""
    return isinstance(item, PairwiseItem | RubricItem) or (isinstance(item, ChoiceItem) and item.select == "one")


def takes_key(item: SomeItem) -> bool:
    """True for the kinds whose key is an answer; the key of written work is what its raters say."""
    return not item.is_rated


def key_from_answer(item: SomeItem, payload: Payload) -> KeyValues:
    """The key that this complete answer would be, with the item's basis. BadInput for a kind without such a key."""
    if isinstance(item, ChoiceItem):
        parts: KeyValues = {"correct": list(payload["selected"])}
    elif isinstance(item, PairwiseItem):
        parts = {"overall": payload["overall"], "dimensions": dict(payload["dimensions"])}
    elif isinstance(item, RubricItem):
        parts = {"levels": dict(payload["levels"])}
    elif isinstance(item, RankingItem):
        parts = {"ranks": dict(payload["ranks"])}
    elif isinstance(item, StepsItem):
        parts = {"first_wrong": payload["first_wrong"]}
    elif isinstance(item, SpansItem):
        parts = {"spans": [_span(item, mark) for mark in payload["marks"]]}
    else:
        raise BadInput("Written work has no key that can be replaced. It can be suspended. Nothing was changed.")
    return {"basis": item.basis} | parts


def _span(item: SpansItem, mark: Mapping[str, Any]) -> dict[str, str]:
    text = item.response[mark["start"] : mark["end"]]
    return {"text": text, "category": mark["category"], "severity": mark["severity"]}


def count_votes(item: SomeItem, payloads: Iterable[Payload]) -> Counts:
    """Votes by part and answer, in the order of the item: {"overall": {"-2": 4}, "facts": {"first": 8}}.

    Parts: `choice`; `overall` and the dimensions; the criteria. Raises BadInput for a kind that takes no votes.
    """
    if not takes_votes(item):
        raise BadInput("Items of this kind are not scored by votes. Nothing was changed.")
    counts: dict[str, Counter[str]] = {}
    for payload in payloads:
        for part, answer in _answers(item, payload).items():
            counts.setdefault(part, Counter())[answer] += 1
    scale = _scale(item)
    return {part: {answer: found[answer] for answer in scale[part] if found[answer]} for part, found in counts.items()}


def votes_key(item: SomeItem, payloads: Sequence[Payload]) -> KeyValues:
    """The key that follows these votes: the distribution, and the answer of most raters as the single one.

    Where two answers have equally many votes, the single answer is the first one on the item's scale; the credit follows
    the distribution, so both earn it in full. Raises BadInput below five votes and for a kind that takes no votes.
    """
    if len(payloads) < MIN_VOTES:
        raise BadInput(f"There are {len(payloads)} votes; at least {MIN_VOTES} are needed. Nothing was changed.")
    counts = count_votes(item, payloads)
    top = {part: max(found, key=lambda answer: found[answer]) for part, found in counts.items()}
    return key_from_answer(item, _payload(item, top)) | {"votes": counts}


def _answers(item: SomeItem, payload: Payload) -> dict[str, str]:
    """A payload as answers by part."""
    if isinstance(item, ChoiceItem):
        return {"choice": str(payload["selected"][0])}
    if isinstance(item, RubricItem):
        return {name: str(level) for name, level in payload["levels"].items()}
    return {"overall": str(payload["overall"]), **payload["dimensions"]}


def _payload(item: SomeItem, answers: Mapping[str, str]) -> Payload:
    """Answers by part as a payload: the reverse of `_answers`."""
    if isinstance(item, ChoiceItem):
        return {"selected": [answers["choice"]]}
    if isinstance(item, RubricItem):
        return {"levels": {name: int(level) for name, level in answers.items()}}
    return {
        "overall": int(answers["overall"]),
        "dimensions": {part: side for part, side in answers.items() if part != "overall"},
    }


def _scale(item: SomeItem) -> dict[str, list[str]]:
    """The possible answers of each part, in order."""
    if isinstance(item, ChoiceItem):
        return {"choice": list(item.options)}
    if isinstance(item, RubricItem):
        return {criterion.id: [str(level) for level in range(len(criterion.levels))] for criterion in item.criteria}
    assert isinstance(item, PairwiseItem)
    sides = {str(name): list(SIDES) for name in item.key.dimensions}
    return {"overall": [str(point) for point in range(-3, 4)]} | sides
