"""Everything that item analysis counts, as sums that grow with each new sitting. Pure, numpy, offline.

A sitting is read once: its answers are added to arrays whose first axis is the item, and the sums go into one compressed file
of numpy. All numbers that pages show follow from them, see `report`.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from trainer_academy.assessments.items.kinds import answer_label
from trainer_academy.measurement.analysis.option_labels import OTHER
from trainer_academy.measurement.answers import PlainSitting
from trainer_academy.psychometrics.classical import Sums, sums_of

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]
# Kind of group (language, country) to person to group; people who are not in it are in no group.
Groups = Mapping[str, Mapping[int, str]]

OPTIONS = 16  # labels an item; rarer ones beyond that are counted together
BINS = 101  # of the share of credit, one a per cent
# Whole seconds up to a minute, then 5 % steps up to two hours: lower limits of the bins of times.
TIME_EDGES = np.concatenate([np.arange(0.0, 61.0), 60.0 * 1.05 ** np.arange(1, 99)])
TIMES = len(TIME_EDGES)
WEEKLY = ("n", "credit", "above", "above_squares", "timed", "slower", "slower_squares")
WEEK = 7 * 86_400


@dataclass
class ItemSums:
    """Sums over sittings. J items, W weeks, G groups of a kind.

    `options` (J, OPTIONS, BINS) persons by label and score; `option_rests` and `option_credits` (J, OPTIONS); `credits`
    (J, BINS); `times` (J, TIMES); `pilots` (J); `strata` kind to (J, G, BINS, 2) wrong and right by matching score; `weekly`
    (W, 7, J), see WEEKLY: "above" is the credit less the rest, "slower" the log of the time less that of the person's others.
    `versions` holds `Sums` by exam version (sequential attempts apart); `results` (N, 2) score and passed by the same.
    """

    item_ids: list[str] = field(default_factory=list)
    labels: list[list[str]] = field(default_factory=list)
    groups: dict[str, list[str]] = field(default_factory=dict)
    weeks: list[int] = field(default_factory=list)
    attempt_ids: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    versions: dict[str, Sums] = field(default_factory=dict)
    results: dict[str, Floats] = field(default_factory=dict)
    arrays: dict[str, Floats] = field(default_factory=lambda: {name: np.zeros(shape(0)) for name, shape in SHAPES.items()})
    strata: dict[str, Floats] = field(default_factory=dict)
    weekly: Floats = field(default_factory=lambda: np.zeros((0, len(WEEKLY), 0)))

    @property
    def total(self) -> Sums:
        """The sums over all versions."""
        return sum(self.versions.values(), start=Sums.empty(len(self.item_ids)))

    def add(self, batch: Sequence[PlainSitting], groups: Groups) -> None:
        """Add sittings that are not in the sums yet."""
        if batch:
            flat = _flatten(batch, self)
            self._grow()
            self._add_matrix(batch, flat)
            derived = _derive(len(batch), flat)
            self._add_counts(flat, derived)
            self._add_groups(batch, flat, derived, groups)
            self._add_weeks(batch, flat, derived)
            self.attempt_ids = np.concatenate([self.attempt_ids, [sitting.attempt_id for sitting in batch]])

    def _grow(self) -> None:
        """Room for items that were not there before."""
        size = len(self.item_ids)
        if size == len(self.arrays["pilots"]):
            return
        self.arrays = {name: _longer(array, 0, size) for name, array in self.arrays.items()}
        self.strata = {kind: _longer(array, 0, size) for kind, array in self.strata.items()}
        self.versions = {name: sums.grown(size) for name, sums in self.versions.items()}
        self.weekly = _longer(self.weekly, 2, size)

    def _add_matrix(self, batch: Sequence[PlainSitting], flat: _Flat) -> None:
        """The pairs of items and the items with their rests, by exam version."""
        size = len(self.item_ids)
        credits = np.full((len(batch), size), np.nan)
        credits[flat.row, flat.item] = flat.credit
        counted = np.zeros((len(batch), size), dtype=bool)
        counted[flat.row, flat.item] = flat.counted > 0
        names = [version_name(sitting) for sitting in batch]
        for name in sorted(set(names)):
            rows = np.array([place for place, own in enumerate(names) if own == name])
            found = sums_of(credits[rows], counted[rows])
            self.versions[name] = self.versions[name] + found if name in self.versions else found
            scores = np.array([[batch[row].score, float(batch[row].is_passed)] for row in rows])
            self.results[name] = np.concatenate([self.results[name], scores]) if name in self.results else scores

    def _add_counts(self, flat: _Flat, derived: _Derived) -> None:
        size = len(self.item_ids)
        by_bin = flat.item * BINS + derived.score
        by_option = flat.item * OPTIONS + flat.option
        self.arrays["options"] += _count(by_option * BINS + derived.score, (size, OPTIONS, BINS))
        self.arrays["option_rests"] += _count(by_option, (size, OPTIONS), derived.rest * derived.has_rest)
        self.arrays["option_credits"] += _count(by_option, (size, OPTIONS), flat.credit)
        self.arrays["credits"] += _count(by_bin, (size, BINS), flat.credit)
        self.arrays["pilots"] += _count(flat.item, (size,), 1 - flat.counted)
        timed = flat.seconds >= 0
        bins = np.searchsorted(TIME_EDGES, flat.seconds[timed], side="right") - 1
        self.arrays["times"] += _count(flat.item[timed] * TIMES + bins, (size, TIMES))

    def _add_groups(self, batch: Sequence[PlainSitting], flat: _Flat, derived: _Derived, groups: Groups) -> None:
        right = (flat.credit >= 0.5).astype(np.intp)
        for kind, of_person in groups.items():
            names = self.groups.setdefault(kind, [])
            for name in sorted({of_person[s.user_id] for s in batch if s.user_id in of_person}.difference(names)):
                names.append(name)
            known = self.strata.get(kind, np.zeros((len(self.item_ids), 0, BINS, 2)))
            known = _longer(known, 1, len(names))
            numbers = {name: number for number, name in enumerate(names)}
            group = np.array([numbers.get(of_person.get(s.user_id, ""), -1) for s in batch])[flat.row]
            kept = group >= 0
            index = ((flat.item * len(names) + group) * BINS + derived.score) * 2 + right
            self.strata[kind] = known + _count(index[kept], known.shape)

    def _add_weeks(self, batch: Sequence[PlainSitting], flat: _Flat, derived: _Derived) -> None:
        size = len(self.item_ids)
        own = [week_of(sitting.closed_at) for sitting in batch]
        for week in sorted(set(own).difference(self.weeks)):
            self.weeks.append(week)
        self.weekly = _longer(self.weekly, 0, len(self.weeks))
        numbers = {week: number for number, week in enumerate(self.weeks)}
        week_index = np.array([numbers[week] for week in own])[flat.row]
        above = np.where(derived.has_rest, flat.credit - derived.rest, 0.0)
        timed = derived.has_pace.astype(np.float64)
        values = (np.ones_like(above), flat.credit, above, above * above, timed, derived.pace, derived.pace**2)
        for place, value in enumerate(values):
            index = (week_index * len(WEEKLY) + place) * size + flat.item
            self.weekly += _count(index, self.weekly.shape, value)

    def to_bytes(self) -> bytes:
        """One compressed file of numpy; no pickles in it."""
        head = {
            "item_ids": self.item_ids,
            "labels": self.labels,
            "groups": self.groups,
            "weeks": self.weeks,
            "versions": list(self.versions),
        }
        parts: dict[str, Any] = {"head": np.frombuffer(json.dumps(head).encode(), dtype=np.uint8), "weekly": self.weekly}
        parts |= {"attempt_ids": self.attempt_ids} | {f"array {name}": array for name, array in self.arrays.items()}
        parts |= {f"strata {kind}": array for kind, array in self.strata.items()}
        for place, (name, sums) in enumerate(self.versions.items()):
            parts |= {f"sums {place} {part}": array for part, array in vars(sums).items()}
            parts[f"results {place}"] = self.results[name]
        file = io.BytesIO()
        small: dict[str, Any] = {name: _small(array) for name, array in parts.items()}
        np.savez_compressed(file, **small)
        return file.getvalue()

    @classmethod
    def from_bytes(cls, stored: bytes) -> ItemSums:
        """What `to_bytes` wrote. Raises ValueError or KeyError for anything else."""
        with np.load(io.BytesIO(stored), allow_pickle=False) as file:
            head = json.loads(file["head"].tobytes())
            versions, results = {}, {}
            for place, name in enumerate(head.pop("versions")):
                start = f"sums {place} "
                own = {part.removeprefix(start): file[part].astype(np.float64) for part in file.files if part.startswith(start)}
                versions[name], results[name] = Sums(**own), file[f"results {place}"].astype(np.float64)
            return cls(
                **head,
                attempt_ids=file["attempt_ids"].astype(np.int64),
                versions=versions,
                results=results,
                arrays={name: file[f"array {name}"].astype(np.float64) for name in SHAPES},
                strata={kind: file[f"strata {kind}"].astype(np.float64) for kind in head["groups"]},
                weekly=file["weekly"].astype(np.float64),
            )


SHAPES: dict[str, Any] = {
    "options": lambda size: (size, OPTIONS, BINS),
    "option_rests": lambda size: (size, OPTIONS),
    "option_credits": lambda size: (size, OPTIONS),
    "credits": lambda size: (size, BINS),
    "times": lambda size: (size, TIMES),
    "pilots": lambda size: (size,),
}


@dataclass(frozen=True)
class _Flat:
    """The answers of a batch in parallel arrays. `counted` 1: part of the score; 0: a pilot. `seconds` -1: not known."""

    row: Places
    item: Places
    credit: Floats
    option: Places
    seconds: Floats
    counted: Floats


@dataclass(frozen=True)
class _Derived:
    """What follows for each answer from the person's others: rest of the credit, bin of the matching score, pace."""

    rest: Floats
    has_rest: npt.NDArray[np.bool_]
    score: Places
    pace: Floats
    has_pace: npt.NDArray[np.bool_]


def _flatten(batch: Sequence[PlainSitting], sums: ItemSums) -> _Flat:
    """Items and labels that are new get the next numbers."""
    places = {item_id: place for place, item_id in enumerate(sums.item_ids)}
    codes: list[dict[str, int]] = [{} for _ in sums.item_ids]  # of each item, from the text of a payload
    rows, items, credits, options, seconds, counted = [], [], [], [], [], []
    for row, sitting in enumerate(batch):
        for item_id, _, _, credit, payload, time, is_pilot, _ in sitting.answers:
            place = places.get(item_id)
            if place is None:
                place = places[item_id] = len(sums.item_ids)
                sums.item_ids.append(item_id)
                sums.labels.append([])
                codes.append({})
            option = codes[place].get(payload)
            if option is None:
                option = codes[place][payload] = _label_number(sums.labels[place], answer_label(json.loads(payload)))
            rows.append(row)
            items.append(place)
            credits.append(credit)
            options.append(option)
            seconds.append(-1 if time is None else time)
            counted.append(not is_pilot)
    whole, real = np.intp, np.float64
    return _Flat(
        np.array(rows, whole),
        np.array(items, whole),
        np.array(credits, real),
        np.array(options, whole),
        np.array(seconds, real),
        np.array(counted, real),
    )


def _label_number(labels: list[str], label: str) -> int:
    if label not in labels:
        label = label if len(labels) < OPTIONS - 1 else OTHER
        if label not in labels:
            labels.append(label)
    return labels.index(label)


def _derive(persons: int, flat: _Flat) -> _Derived:
    own = flat.credit * flat.counted
    total, count = (np.bincount(flat.row, values, persons)[flat.row] for values in (own, flat.counted))
    others = count - flat.counted
    rest = np.where(others > 0, (total - own) / np.maximum(others, 1), 0.0)
    # A pilot is matched on the score with itself in it, like every item (P. Holland, D. Thayer 1988).
    with_own = (total - own + flat.credit) / (others + 1)
    timed = flat.seconds >= 0
    logs = np.where(timed, np.log(np.maximum(flat.seconds, 1.0)), 0.0)
    all_logs, all_timed = (np.bincount(flat.row, values, persons)[flat.row] for values in (logs, timed.astype(np.float64)))
    has_pace = timed & (all_timed > 1)
    pace = np.where(has_pace, logs - (all_logs - logs) / np.maximum(all_timed - 1, 1), 0.0)
    return _Derived(rest, others > 0, np.floor(with_own * (BINS - 1) + 0.5 + 1e-9).astype(np.intp), pace, has_pace)


def version_name(sitting: PlainSitting) -> str:
    """Sums are kept by exam version; sequential attempts have papers of other lengths and stand apart."""
    return sitting.exam_version if sitting.model == "classical" else f"{sitting.exam_version} {sitting.model}"


def week_of(moment: datetime) -> int:
    """The number of the week since Thursday, 1 January 1970."""
    return int(moment.timestamp() // WEEK)


def week_start(week: int) -> datetime:
    return datetime.fromtimestamp(week * WEEK, UTC)


def _count(index: Places, shape: tuple[int, ...], weights: Floats | None = None) -> Floats:
    return np.bincount(index, weights, int(np.prod(shape))).reshape(shape).astype(np.float64)


def _longer(array: Floats, axis: int, size: int) -> Floats:
    room = [(0, size - length if place == axis else 0) for place, length in enumerate(array.shape)]
    return np.pad(array, room)


def _small(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Counts as 32-bit whole numbers: half the size, and they compress better."""
    is_whole = array.dtype == np.float64 and array.size and np.abs(array).max() < 2**31 and not np.mod(array, 1).any()
    return array.astype(np.int32) if is_whole else array
