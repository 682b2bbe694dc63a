"""Putting a paper together from a bank by a specification and a seed. Pure: the same input gives the same paper.

A specification is a list of slots ("one pair for the skill facts, difficulty 3 to 5"). Slots may overlap, so items are not
handed out line by line: a maximum matching fills them all whenever that is possible at all. Items are offered in order of
preference (not seen before, not shown too often, then by chance); the matching keeps the most preferred set that fits
(greedy on a transversal matroid: J. Edmonds, D. R. Fulkerson, Journal of Research NBS 69B, 1965).
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from trainer_academy.assessments.bank.schema import Draw, ExamSpec, fits
from trainer_academy.assessments.exams.paper import PaperEntry
from trainer_academy.assessments.items.kinds import KINDS, SomeItem

MAX_SEED = 2**31 - 1
MIN_PAPERS = 20  # below that a share of papers says nothing about an item's exposure
MOST_DRAWS = 20  # papers that are tried before it is said that none is short enough to read
APART = 6  # a pair and its mirrored showing are this many items apart where the paper is long enough


class ShortBank(ValueError):
    """The bank cannot fill the specification. The message names what is short."""


@dataclass(frozen=True)
class Exposure:
    """How many papers of the exam were counted, and on how many of them each item was."""

    papers: int = 0
    counts: Mapping[str, int] | None = None

    def share(self, item_id: str) -> float:
        """The share of papers with this item; 0 while there are too few papers to say."""
        return (self.counts or {}).get(item_id, 0) / self.papers if self.papers >= MIN_PAPERS else 0.0


def find_shortages(spec: ExamSpec, items: Iterable[SomeItem]) -> list[str]:
    """What the bank lacks for one paper, in words; empty when the specification can be filled."""
    active = [item for item in items if item.status == "active"]
    slots = slots_of(spec)
    filled = match(slots, active)
    short = []
    for draw in spec.draw:
        asked = sum(slot is draw for slot in slots)
        missing = asked - sum(slots[place] is draw for place in filled)
        if missing:
            have = sum(fits(draw, item) for item in active)
            short.append(f"{describe(draw)}: {asked} are asked for, {have} fit, and {asked - missing} are free for this line")
    return short


def describe(draw: Draw) -> str:
    """A line of the specification in words."""
    words = f"{draw.kind} items for the skill {draw.skill}"
    if draw.difficulty != (1, 5):
        words += f", difficulty {draw.difficulty[0]} to {draw.difficulty[1]}"
    if draw.trap:
        words += ", without a trap" if draw.trap == "none" else f", with the trap {draw.trap}"
    return words


def assemble_paper(
    spec: ExamSpec, items: Iterable[SomeItem], seed: int, seen: Collection[str] = (), exposure: Exposure | None = None
) -> tuple[PaperEntry, ...]:
    """Draw a paper, shuffle it, and add the second showings and pilot items that the specification asks for.

    `seen` are item ids that the person has had before. A paper with more words than the specification allows is drawn again.
    Raises ShortBank when the specification cannot be met.
    """
    rng = random.Random(seed)
    known = {item.id: item for item in items}
    for _ in range(MOST_DRAWS):
        paper = _draw_paper(spec, known, rng, seen, exposure or Exposure())
        if sum(known[entry.item_id].reading_words for entry in paper) <= spec.most_words:
            return paper
    raise ShortBank(f"no paper of at most {spec.most_words:,} words was found in {MOST_DRAWS} draws; raise reading_minutes")


def _draw_paper(
    spec: ExamSpec, items: Mapping[str, SomeItem], rng: random.Random, seen: Collection[str], shown: Exposure
) -> tuple[PaperEntry, ...]:
    known = sorted(items.values(), key=lambda item: item.id)
    pool = in_order([item for item in known if item.status == "active"], rng, seen, shown, spec.max_exposure)
    slots = slots_of(spec)
    drawn = list(match(slots, pool).values())
    if len(drawn) < len(slots):
        raise ShortBank("; ".join(find_shortages(spec, pool)))
    drawn.sort(key=lambda item: item.id)
    rng.shuffle(drawn)
    paper = [enter(item, rng) for item in drawn]
    pilots = [item for item in known if item.status == "pilot" and not item.is_rated]
    for item in in_order(pilots, rng, seen, shown, 1.0)[: spec.pilot_count]:
        paper.insert(rng.randint(0, len(paper)), enter(item, rng, is_pilot=True))
    kinds = {item.id: item.kind for item in known}
    return tuple(add_second_showings(paper, kinds, spec, len(paper), rng))


def count_pilots(spec: ExamSpec, items: Iterable[SomeItem]) -> int:
    """How many unscored pilot items a paper of fixed length gets from this bank."""
    return min(spec.pilot_count, sum(item.status == "pilot" and not item.is_rated for item in items))


def enter(item: SomeItem, rng: random.Random, *, is_pilot: bool = False) -> PaperEntry:
    """The item as one position, in an order of its own."""
    return PaperEntry(item.id, item.version, item.skill, item.present(rng), not is_pilot, is_pilot=is_pilot)


def in_order(
    items: Sequence[SomeItem], rng: random.Random, seen: Collection[str], exposure: Exposure, cap: float
) -> list[SomeItem]:
    """Items in the order in which they are offered: not seen before, then not shown too often, then by chance."""
    pool = list(items)
    rng.shuffle(pool)
    # Stable: within each group the order is the shuffled one. Among items shown too often the rarer one comes first.
    pool.sort(key=lambda item: _reluctance(item, seen, exposure, cap))
    return pool


def _reluctance(item: SomeItem, seen: Collection[str], exposure: Exposure, cap: float) -> tuple[bool, float]:
    share = exposure.share(item.id)
    return item.id in seen, share if share >= cap else 0.0


def slots_of(spec: ExamSpec) -> list[Draw]:
    """Each line of the specification as often as its count."""
    return [draw for draw in spec.draw for _ in range(draw.count)]


def match(slots: Sequence[Draw], items: Iterable[SomeItem]) -> dict[int, SomeItem]:
    """Slot number to item: as many slots as possible, earlier items preferred (augmenting paths, H. W. Kuhn 1955)."""
    filled: dict[int, SomeItem] = {}
    for item in items:
        if len(filled) == len(slots):
            break
        _place(item, slots, filled, set())
    return filled


def _place(item: SomeItem, slots: Sequence[Draw], filled: dict[int, SomeItem], tried: set[int]) -> bool:
    """Put an item into a slot; items that are there already may move to another one, none is put out."""
    fitting = [number for number, slot in enumerate(slots) if number not in tried and fits(slot, item)]
    for number in fitting:
        if number not in filled:
            filled[number] = item
            return True
    for number in fitting:
        if number in tried:
            continue
        tried.add(number)
        if _place(filled[number], slots, filled, tried):
            filled[number] = item
            return True
    return False


def add_second_showings(
    paper: Sequence[PaperEntry], kinds: Mapping[str, str], spec: ExamSpec, early: int, rng: random.Random
) -> list[PaperEntry]:
    """Show pairs once more with A and B swapped (`spec.mirrored`), and items once more as they were (`spec.repeated`).

    Only scored positions are shown again, first those within the first `early` and far enough from the end. `kinds` is item id
    to kind.
    """
    if not spec.mirrored and not spec.repeated:
        return list(paper)
    firsts = [entry for entry in paper if not entry.is_pilot]
    ready = [entry for place, entry in enumerate(paper) if not entry.is_pilot and place <= min(early, len(paper) - APART)]
    pairs = _chosen(
        [one for one in ready if KINDS[kinds[one.item_id]].has_sides],
        [one for one in firsts if KINDS[kinds[one.item_id]].has_sides],
        spec.mirrored,
        rng,
    )
    # What people rate is not asked for twice: it would be read twice too.
    taken = {entry.item_id for entry in pairs} | {name for name, kind in kinds.items() if KINDS[kind].is_rated}
    others = _chosen(
        [one for one in ready if one.item_id not in taken],
        [one for one in firsts if one.item_id not in taken],
        spec.repeated,
        rng,
    )
    whole = list(paper)
    for entry in [*pairs, *others]:
        kind = KINDS[kinds[entry.item_id]]
        shown = kind.swapped(entry.presentation) if entry.item_id in taken else dict(entry.presentation)
        again = PaperEntry(entry.item_id, entry.version, entry.skill, shown, is_scored=False, is_repeat=True)
        first = min(whole.index(entry) + APART, len(whole))
        last = len(whole) if early >= len(paper) else min(first + APART, len(whole))
        whole.insert(rng.randint(first, last), again)
    return whole


def _chosen(ready: Sequence[PaperEntry], all_: Sequence[PaperEntry], count: int, rng: random.Random) -> list[PaperEntry]:
    """`count` of the ready ones; where these are too few, of all."""
    pool = ready if len(ready) >= count else all_
    return rng.sample(list(pool), min(count, len(pool)))
