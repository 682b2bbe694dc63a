"""New keys from answers: from one answer that an author gives, or from the votes of appointed raters. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from trainer_academy.assessments.items.base import Payload
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.core.errors import BadInput

MIN_VOTES = 5
# A test with 5 raters for each item reaches a reliability of .62, with 10 of .70 (Gagnon, Charlin et al. 2005).
GOOD_VOTES = 10
KeyValues = dict[str, Any]
Counts = dict[str, dict[str, int]]


def takes_key(item: SomeItem) -> bool:
    """True for the kinds whose key is an answer; the key of written work is what its raters say."""
    return not item.is_rated


def key_from_answer(item: SomeItem, payload: Payload) -> KeyValues:
    """The key that this complete answer would be, with the item's basis. BadInput for a kind without such a key."""
    if not takes_key(item):
        raise BadInput("vote.written_work")
    return {"basis": item.basis} | item.key_from_answer(payload)


def count_votes(item: SomeItem, payloads: Iterable[Payload]) -> Counts:
    """Votes by part and answer, in the order of the item: {"overall": {"-2": 4}, "facts": {"first": 8}}.

    Parts: `choice`; `overall` and the dimensions; the criteria. Raises BadInput for a kind that takes no votes.
    """
    if not item.takes_votes:
        raise BadInput("vote.other_kind")
    counts: dict[str, Counter[str]] = {}
    for payload in payloads:
        for part, answer in item.answers_by_part(payload).items():
            counts.setdefault(part, Counter())[answer] += 1
    scale = item.scale()
    return {part: {answer: found[answer] for answer in scale[part] if found[answer]} for part, found in counts.items()}


def votes_key(item: SomeItem, payloads: Sequence[Payload]) -> KeyValues:
    """The key that follows these votes: the distribution, and the answer of most raters as the single one.

    Where two answers have equally many votes, the single answer is the first one on the item's scale; the credit follows
    the distribution, so both earn it in full. Raises BadInput below five votes and for a kind that takes no votes.
    """
    if len(payloads) < MIN_VOTES:
        raise BadInput("vote.too_few", votes=len(payloads), needed=MIN_VOTES)
    counts = count_votes(item, payloads)
    top = {part: max(found, key=lambda answer: found[answer]) for part, found in counts.items()}
    return key_from_answer(item, item.payload_of(top)) | {"votes": counts}
