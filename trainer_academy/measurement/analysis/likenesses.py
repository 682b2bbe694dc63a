"""Which sittings of a group have answers that are more alike than chance: all pairs at once, the exact index for those that
stand out. Pure, numpy, offline.

The chance of an answer: the right one by the logistic model at the person's ability, wrong ones as often as all persons chose
them. Without a calibration the difficulty is the log odds of the item's facility and every slope is 1. The ability is the one
at which the expected number of right answers is the person's own, drawn in by half an answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from trainer_academy.measurement.analysis.option_labels import NONE, OTHER
from trainer_academy.measurement.analysis.sums import ItemSums
from trainer_academy.psychometrics.answer_similarity import Likeness, Omega, Person, likeness, omega, option_chances
from trainer_academy.psychometrics.response_model import ItemParameters

Floats = npt.NDArray[np.float64]
MOST = 400  # sittings in one group: 79,800 pairs
GAP = timedelta(hours=1)
LEAST_ITEMS = 10
LEVEL = 0.001
NOTABLE = 2.0  # standard deviations above what is expected: pairs below that are not worked out exactly
KEPT = 100  # pairs of a group that are stored
FULL = 0.9995


@dataclass(frozen=True)
class Begun:
    """A sitting, as far as groups need to know."""

    attempt_id: int
    user_id: int
    started_at: datetime


@dataclass(frozen=True)
class Group:
    """Sittings that are compared with each other, by time. `organization_id` None: they began close together."""

    name: str
    organization_id: int | None
    sittings: tuple[Begun, ...]


def groups_of(sittings: Sequence[Begun], organizations: Mapping[int, Sequence[int]]) -> list[Group]:
    """Those who began one after the other with less than an hour between, and those of one organization; by name.

    `organizations` is user id to ids. A group of more than 400 is cut into parts along time; one sitting is no group.
    """
    ordered = sorted(sittings, key=lambda one: (one.started_at, one.attempt_id))
    chains: list[list[Begun]] = []
    for one in ordered:
        if chains and one.started_at - chains[-1][-1].started_at < GAP and len(chains[-1]) < MOST:
            chains[-1].append(one)
        else:
            chains.append([one])
    found = [Group(f"start {chain[0].attempt_id}", None, tuple(chain)) for chain in chains]
    members: dict[int, list[Begun]] = {}
    for one in ordered:
        for organization_id in organizations.get(one.user_id, ()):
            members.setdefault(organization_id, []).append(one)
    for organization_id, own in members.items():
        for number, start in enumerate(range(0, len(own), MOST), 1):
            part = tuple(own[start : start + MOST])
            found.append(Group(f"organization {organization_id} part {number}", organization_id, part))
    return sorted((group for group in found if len(group.sittings) > 1), key=lambda group: group.name)


@dataclass(frozen=True)
class OptionModel:
    """One item: its right/wrong parameters, the label that earns full credit, and how often the others were chosen."""

    parameters: ItemParameters
    right: str
    wrong: Mapping[str, float]


def option_models(sums: ItemSums, parameters: Mapping[str, ItemParameters]) -> dict[str, OptionModel]:
    """Items whose answers can be compared: one label has full credit, others were chosen too. Marks and texts are left out."""
    counts, credits = sums.arrays["options"].sum(axis=2), sums.arrays["option_credits"]
    found = {}
    for place, item_id in enumerate(sums.item_ids):
        labels = sums.labels[place]
        chosen = {label: float(counts[place, number]) for number, label in enumerate(labels) if _is_comparable(label)}
        full = [label for label in chosen if credits[place, labels.index(label)] >= FULL * chosen[label] > 0]
        right = max(full, key=lambda label: chosen[label], default=NONE)
        wrong = {label: count for label, count in chosen.items() if label != right and count}
        if not right or not wrong:
            continue
        known = parameters.get(item_id)
        facility = (chosen[right] + 0.5) / (float(counts[place].sum()) + 1)
        own = (
            known
            if known is not None and known.top == 1
            else ItemParameters(1.0, (float(np.log1p(-facility) - np.log(facility)),))
        )
        found[item_id] = OptionModel(own, right, wrong)
    return found


def _is_comparable(label: str) -> bool:
    return label not in (NONE, OTHER, "text") and not label.endswith(" marks")


@dataclass(frozen=True)
class Alike:
    """A pair of places in the group: GBT with its flag, and omega with each of the two as the copier."""

    one: int
    other: int
    likeness: Likeness
    omega_one: Omega
    omega_other: Omega
    is_flagged: bool


def compare_group(chosen: Sequence[Mapping[str, str]], models: Mapping[str, OptionModel]) -> tuple[list[Alike], int]:
    """The pairs that stand out, the smallest p first, and how many pairs have at least ten items in common.

    `chosen` is item to label for each sitting. Flags follow Bonferroni over all those pairs: p below .001 over their number.
    """
    names = sorted({item for own in chosen for item in own if item in models})
    if not names or len(chosen) < 2:
        return [], 0
    labels = np.array([[_code(models[name], own.get(name, NONE)) for name in names] for own in chosen])
    slope = np.array([models[name].parameters.slope for name in names])
    location = np.array([models[name].parameters.location for name in names])
    ability = abilities(labels, slope, location)
    z, common = _standardised(labels, ability, slope, location, [models[name] for name in names])
    above = np.triu(np.ones_like(common, dtype=bool), 1) & (common >= LEAST_ITEMS)
    pairs = int(above.sum())
    ones, others = np.nonzero(above & (z > NOTABLE))
    order = np.argsort(-z[ones, others])[:KEPT]
    people = {
        place: _person(chosen[place], float(ability[place]), models)
        for place in {*ones[order].tolist(), *others[order].tolist()}
    }
    limit = LEVEL / pairs if pairs else 0.0
    found = [_alike(int(ones[k]), int(others[k]), people, limit) for k in order]
    return sorted(found, key=lambda pair: (pair.likeness.p, pair.one, pair.other)), pairs


def _alike(one: int, other: int, people: Mapping[int, Person], limit: float) -> Alike:
    own = likeness(people[one], people[other])
    return Alike(one, other, own, omega(people[one], people[other]), omega(people[other], people[one]), own.p < limit)


def _code(model: OptionModel, label: str) -> int:
    """0 for the right label, 1 .. for the wrong ones, -1 for none of them."""
    if label == model.right:
        return 0
    return 1 + list(model.wrong).index(label) if label in model.wrong else -1


def abilities(labels: npt.NDArray[np.int64], slope: Floats, location: Floats) -> Floats:
    """(N) abilities at which the expected number of right answers is the person's own, by halving."""
    seen = labels >= 0
    count = seen.sum(axis=1)
    wanted = ((labels == 0).sum(axis=1) + 0.5) / (count + 1) * np.maximum(count, 1)
    low, high = np.full(len(labels), -12.0), np.full(len(labels), 12.0)
    for _ in range(40):
        middle = (low + high) / 2
        is_below = (_hits(middle, slope, location) * seen).sum(axis=1) < wanted
        low, high = np.where(is_below, middle, low), np.where(is_below, high, middle)
    found: Floats = (low + high) / 2
    return found


def _hits(ability: Floats, slope: Floats, location: Floats) -> Floats:
    chances: Floats = 1 / (1 + np.exp(-slope * (ability[:, None] - location)))
    return chances


def _standardised(
    labels: npt.NDArray[np.int64], ability: Floats, slope: Floats, location: Floats, models: Sequence[OptionModel]
) -> tuple[Floats, Floats]:
    """(N, N) how many standard deviations the matches are above what is expected, and the items in common."""
    hits, persons = _hits(ability, slope, location), len(labels)
    matches, expected, spread, common = (np.zeros((persons, persons), dtype=np.float64) for _ in range(4))
    for place, model in enumerate(models):
        own, hit = labels[:, place], hits[:, place]
        both = np.outer(own >= 0, own >= 0)
        weights = np.array(list(model.wrong.values()))
        same_wrong = float((weights**2).sum() / weights.sum() ** 2)
        chance = (np.outer(hit, hit) + np.outer(1 - hit, 1 - hit) * same_wrong) * both
        matches += (own[:, None] == own) & both
        expected += chance
        spread += chance * (1 - chance)
        common += both
    z: Floats = np.where(spread > 0, (matches - expected) / np.sqrt(np.maximum(spread, 1e-12)), 0.0)
    return z, common


def _person(chosen: Mapping[str, str], ability: float, models: Mapping[str, OptionModel]) -> Person:
    known = {item: label for item, label in chosen.items() if item in models and _code(models[item], label) >= 0}
    chances = {item: option_chances(models[item].parameters, ability, models[item].right, models[item].wrong) for item in known}
    return Person("", known, chances)
