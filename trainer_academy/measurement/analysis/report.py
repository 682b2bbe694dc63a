"""From sums to the numbers that pages show. Pure, numpy, offline."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.measurement.analysis.option_labels import NONE
from trainer_academy.measurement.analysis.statistics import (
    FLAGS,
    LEAST,
    LEAST_DRIFT,
    Drift,
    ExamFacts,
    GroupDifference,
    ItemStatistics,
    OptionLine,
    Quality,
    Times,
    flags_of,
)
from trainer_academy.measurement.analysis.sums import BINS, TIME_EDGES, ItemSums, week_start
from trainer_academy.psychometrics import classical
from trainer_academy.psychometrics.answer_similarity import DEFAULT_TIME_RULE, rapid_threshold
from trainer_academy.psychometrics.classical import ItemRow, Sums
from trainer_academy.psychometrics.classification import decision_quality
from trainer_academy.psychometrics.dif import LEVEL, Difference, difference_of_counts
from trainer_academy.psychometrics.intervals import wilson_interval
from trainer_academy.psychometrics.response_model import ItemParameters, expected_credit, information

Floats = npt.NDArray[np.float64]
Z95 = 1.959963984540054
NEWEST = 0.25  # the newest answers that are compared with the others


@dataclass(frozen=True)
class Setting:
    """What the numbers depend on beside the answers: items with the keys of today, items a paper, cut, calibration."""

    items: Mapping[str, SomeItem]
    length: int
    cut: float
    calibration: int | None = None
    parameters: Mapping[str, ItemParameters] = field(default_factory=dict)


def statistics_of(sums: ItemSums, setting: Setting) -> list[ItemStatistics]:
    """Every item that somebody answered, in the order of its id."""
    if not sums.item_ids:
        return []
    total = sums.total
    rows, without = classical.item_rows(total), alpha_without(total, setting.length)
    differences = group_differences(sums, setting.length)
    told = information_at_cut(setting)
    found = []
    for place in np.argsort(np.array(sums.item_ids)):
        item = _item(sums, total, int(place), rows[place], setting)
        item_id, n = item.item_id, item.n
        more = {
            "alpha_without": without[place] if n >= LEAST else None,
            "information": told.get(item_id),
            "differences": differences.get(item_id, ()),
        }
        item = item.model_copy(update=more)
        found.append(item.model_copy(update={"flags": flags_of(item)}))
    return found


def _item(sums: ItemSums, total: Sums, place: int, row: ItemRow, setting: Setting) -> ItemStatistics:
    item_id = sums.item_ids[place]
    item = setting.items.get(item_id)
    lines, rival = option_lines(sums, total, place, item)
    curve, curve_n = _curve(sums, place)
    weeks = [week for week, own in zip(sums.weeks, sums.weekly, strict=True) if own[0, place]]
    low, high = row.item_rest_interval or (None, None)
    return ItemStatistics(
        item_id=item_id,
        kind=item.kind if item else "",
        n=row.n,
        pilots=int(sums.arrays["pilots"][place]),
        exposure=row.n / len(sums.attempt_ids),
        facility=row.facility,
        facility_low=row.facility_interval.low,
        facility_high=row.facility_interval.high,
        item_rest=row.item_rest,
        rest_low=low,
        rest_high=high,
        alpha_without=None,
        information=None,
        options=lines,
        curve=curve,
        curve_n=curve_n,
        times=times_of(sums.arrays["times"][place]),
        differences=(),
        drift=drift_of(sums, place),
        rival=rival,
        first_week=f"{week_start(min(weeks)):%Y-%m-%d}",
        last_week=f"{week_start(max(weeks)):%Y-%m-%d}",
    )


def option_lines(sums: ItemSums, total: Sums, place: int, item: SomeItem | None) -> tuple[tuple[OptionLine, ...], str | None]:
    """The distractor table, and the option that may be the right one instead of the key."""
    labels = sums.labels[place]
    rows = classical.option_rows_from_counts(
        labels,
        sums.arrays["options"][place][: len(labels)],
        sums.arrays["option_rests"][place][: len(labels)],
        float(total.rest_n[place]),
        float(total.rest[place]),
        float(total.rest_squares[place]),
    )
    key = NONE if item is None else item.key_label()
    is_single = item is not None and item.one_of > 0
    rival = classical.suspect_key([row for row in rows if row.option], key) if is_single else None
    lines = [
        OptionLine(
            option=r.option,
            n=r.n,
            share=r.share,
            correlation=r.correlation,
            quarters=r.quarters,
            is_key=r.option == key != NONE,
        )
        for r in rows
    ]
    return tuple(lines), rival


def _curve(sums: ItemSums, place: int) -> tuple[tuple[float | None, ...], tuple[int, ...]]:
    """The mean credit in each quarter of the persons who had the item, and how many they are."""
    counts = sums.arrays["options"][place].sum(axis=0)
    quarter, credits = classical.quarters_of(counts), sums.arrays["credits"][place]
    sizes = [float(counts[quarter == own].sum()) for own in range(4)]
    means = [float(credits[quarter == own].sum()) / size if size else None for own, size in enumerate(sizes)]
    return tuple(means), tuple(int(size) for size in sizes)


def alpha_without(total: Sums, length: int) -> list[float | None]:
    """Alpha of papers without the item in turn; None where it is not defined."""
    count = len(total.own)
    try:
        found = classical.alpha_if_deleted(total, length if length < count else None)
    except ValueError:
        return [None] * count
    return [value if math.isfinite(value) else None for value in found]


def times_of(counts: Floats) -> Times | None:
    """Quartiles from binned seconds, and the share of rapid answers by the rule of `answer_similarity.rapid_threshold`."""
    n = int(counts.sum())
    if not n:
        return None
    low, median, high = (quantile(counts, share) for share in (0.25, 0.5, 0.75))
    # The rule asks for the median and the number of answers; every one of these stands for the median.
    limit = rapid_threshold([median] * min(n, DEFAULT_TIME_RULE.least))
    if limit is None:
        return Times(n=n, low=low, median=median, high=high, threshold=None, rapid=None, rapid_low=None, rapid_high=None)
    share = float(counts[limit > TIME_EDGES].sum()) / n
    interval = wilson_interval(share, n)
    return Times(
        n=n, low=low, median=median, high=high, threshold=limit, rapid=share, rapid_low=interval.low, rapid_high=interval.high
    )


def quantile(counts: Floats, share: float) -> float:
    """The value of the bin in which the share is reached: exact for whole seconds up to a minute, within 5 % above."""
    reached = np.cumsum(counts)
    return float(TIME_EDGES[int(np.searchsorted(reached, share * reached[-1]))])


def group_differences(sums: ItemSums, length: int) -> dict[str, tuple[GroupDifference, ...]]:
    """Each group against the largest one, item by item; matched on the share of credit, in as many steps as a paper has items.

    Groups with too few answers to an item are left out, see `dif.LEAST`.
    """
    steps = np.floor(np.arange(BINS) / (BINS - 1) * min(length, BINS - 1) + 0.5).astype(np.intp)
    found: dict[str, list[GroupDifference]] = {}
    for kind, names in sums.groups.items():
        starts = np.flatnonzero(np.diff(steps, prepend=-1))
        strata = np.add.reduceat(sums.strata[kind], starts, axis=2)
        sizes = strata.sum(axis=(0, 2, 3))
        if len(names) < 2:
            continue
        reference = int(sizes.argmax())
        for focal in (place for place in range(len(names)) if place != reference):
            compared = _compare(sums, strata, reference, focal)
            for item_id, own in compared.items():
                row = _as_row(own, kind, names[reference], names[focal], len(compared))
                found.setdefault(item_id, []).append(row)
    return {item_id: tuple(rows) for item_id, rows in found.items()}


def _compare(sums: ItemSums, strata: Floats, reference: int, focal: int) -> dict[str, Difference]:
    found = {}
    for place, item_id in enumerate(sums.item_ids):
        counts = np.concatenate([strata[place, reference], strata[place, focal]], axis=1).astype(int)
        own = difference_of_counts((b, a, d, c) for b, a, d, c in counts.tolist())
        if own is not None:
            found[item_id] = own
    return found


def _as_row(own: Difference, kind: str, reference: str, focal: str, items: int) -> GroupDifference:
    half = Z95 * own.error
    return GroupDifference(
        kind=kind,
        reference=reference,
        focal=focal,
        reference_n=own.reference_n,
        focal_n=own.focal_n,
        delta=own.delta,
        low=own.delta - half,
        high=own.delta + half,
        p=own.p,
        size=own.size.value,
        is_sure=own.p * items < LEVEL,
    )


def drift_of(sums: ItemSums, place: int) -> Drift | None:
    """The newest weeks that hold a quarter of the answers against the older ones; None with too few on either side."""
    order = np.argsort(np.array(sums.weeks))
    own = sums.weekly[order, :, place]
    reached = np.cumsum(own[::-1, 0])
    count = int(np.searchsorted(reached, NEWEST * reached[-1])) + 1 if reached[-1] else 0
    first = len(order) - count
    new, old = own[first:].sum(axis=0), own[:first].sum(axis=0)
    if min(new[0], old[0]) < LEAST_DRIFT:
        return None
    easier, easier_z = _change(new[[0, 2, 3]], old[[0, 2, 3]])
    slower, slower_z = _change(new[[4, 5, 6]], old[[4, 5, 6]]) if min(new[4], old[4]) >= LEAST_DRIFT else (None, None)
    return Drift(
        since=f"{week_start(sums.weeks[order[first]]):%Y-%m-%d}",
        new_n=int(new[0]),
        old_n=int(old[0]),
        new_facility=float(new[1] / new[0]),
        old_facility=float(old[1] / old[0]),
        easier=easier,
        easier_z=easier_z,
        faster=None if slower is None else -slower,
        faster_z=None if slower_z is None else -slower_z,
    )


def _change(new: Floats, old: Floats) -> tuple[float, float]:
    """The difference of two means from (n, sum, sum of squares), and over its standard error (Welch); 0 without spread."""
    (new_mean, new_error), (old_mean, old_error) = _mean(new), _mean(old)
    joint = math.sqrt(new_error + old_error)
    return new_mean - old_mean, (new_mean - old_mean) / joint if joint > 1e-12 else 0.0


def _mean(part: Floats) -> tuple[float, float]:
    n, total, squares = (float(value) for value in part)
    return total / n, max(0.0, squares - total * total / n) / (n - 1) / n


def information_at_cut(setting: Setting) -> dict[str, float]:
    """Item to Fisher information at the ability whose expected share of the bank is the cut; empty without a calibration."""
    known = list(setting.parameters.values())
    if not known:
        return {}
    low, high = -10.0, 10.0
    for _ in range(40):
        middle = (low + high) / 2
        share = sum(expected_credit(item, middle) for item in known) / len(known)
        low, high = (middle, high) if share < setting.cut else (low, middle)
    return {item_id: information(item, (low + high) / 2) for item_id, item in setting.parameters.items()}


def facts_of(sums: ItemSums, items: list[ItemStatistics], setting: Setting) -> ExamFacts:
    """The exam as a whole; versions newest first."""
    names = [name for name in sums.versions if not name.endswith(" sequential")]
    counts = {flag: sum(flag in item.flags for item in items) for flag in FLAGS}
    return ExamFacts(
        n=len(sums.attempt_ids),
        items=len(items),
        length=setting.length,
        cut=setting.cut,
        calibration=setting.calibration,
        versions=tuple(quality_of(sums, name, setting) for name in reversed(names)),
        flagged=sum(bool(item.flags) for item in items),
        flags={flag: count for flag, count in counts.items() if count},
        groups={kind: _group_sizes(sums, kind) for kind in sums.groups},
    )


def _group_sizes(sums: ItemSums, kind: str) -> dict[str, int]:
    """Group to answers, for all groups together: names of small groups say nothing and are not kept."""
    counts = sums.strata[kind].sum(axis=(0, 2, 3))
    return {name: int(count) for name, count in zip(sums.groups[kind], counts, strict=True) if count >= LEAST}


def quality_of(sums: ItemSums, version: str, setting: Setting) -> Quality:
    """Alpha, error and decision quality of one version; papers have `setting.length` items."""
    scores, passed = sums.results[version].T
    n = len(scores)
    share = wilson_interval(float(passed.mean()), n)
    base = Quality(
        version=version,
        n=n,
        passed=int(passed.sum()),
        passed_low=share.low,
        passed_high=share.high,
        mean=float(scores.mean()),
        sd=float(scores.std(ddof=1)) if n > 1 else None,
        alpha=None,
        alpha_low=None,
        alpha_high=None,
        sem=None,
        accuracy=None,
        consistency=None,
        kappa=None,
        reason="few",
    )
    if n < LEAST:
        return base
    own = sums.versions[version]
    length = min(setting.length, len(own.own))
    try:
        found = classical.reliability(own.of_items(np.flatnonzero(np.diag(own.pairs) > 1)), length)
    except ValueError:
        return base.model_copy(update={"reason": "alike"})
    if not math.isfinite(found.alpha):
        return base.model_copy(update={"reason": "alike"})
    low, high = classical.alpha_interval(found.alpha, n, length) or (None, None)
    known = {"alpha": found.alpha, "alpha_low": low, "alpha_high": high, "sem": found.sem / length}
    try:
        quality = decision_quality(scores.tolist(), 1.0, setting.cut, found.alpha)
    except ValueError:
        return base.model_copy(update=known | {"reason": "unreliable"})
    decided = {"accuracy": quality.accuracy, "consistency": quality.consistency, "kappa": quality.kappa, "reason": ""}
    return base.model_copy(update=known | decided)
