"""How far the raters of an exam agree as a panel, by criterion, and how often each gives the likely level. Reads only.

Only the two blind ratings of round 1 count: a third rater knows that there was a difference.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import NamedTuple

from sqlmodel import Session, col, select

from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.bank.versions import resolve_items
from trainer_academy.assessments.items.parts import Criterion
from trainer_academy.assessments.rating.models import Rating, RatingTask
from trainer_academy.assessments.rating.reports import LOOK_BACK
from trainer_academy.psychometrics.intervals import Estimate, Interval, jackknife, wilson_interval
from trainer_academy.psychometrics.panels import dawid_skene, gwet, krippendorff_alpha

LEAST_TEXTS = 10  # rated by two; below that nothing is said
Unit = Mapping[int, int]


class Scale(NamedTuple):
    """A criterion of an exam, whichever of its items asks for it."""

    exam_key: str
    criterion: str
    name: str
    levels: int


@dataclass(frozen=True)
class Accuracy:
    """How often a rater gives the level that Dawid and Skene's model takes for the true one, with its Wilson interval."""

    rater_id: int
    share: float
    interval: Interval


@dataclass(frozen=True)
class PanelReport:
    """One criterion: `texts` that two people rated, alpha (ordinal) and AC1 with jackknife intervals, raters by id.

    None, and no raters, below `LEAST_TEXTS`; a measure is None too where it is not defined, as with one level only.
    """

    exam_key: str
    criterion: str
    texts: int
    alpha: Estimate | None
    ac1: Estimate | None
    raters: tuple[Accuracy, ...]


def panel_reports(session: Session, store: ItemStore, now: datetime) -> list[PanelReport]:
    """Every criterion of which texts were rated in the last 365 days, by exam and criterion."""
    units = _units(session, store, now)
    return [report_of(scale, units[scale]) for scale in sorted(units)]


def _units(session: Session, store: ItemStore, now: datetime) -> dict[Scale, list[Unit]]:
    """For each criterion the texts, each as the levels of its two raters."""
    columns = (Rating.task_id, Rating.rater_id, Rating.levels, RatingTask.exam_key, RatingTask.item_id, RatingTask.item_version)
    statement = select(*columns).join(RatingTask, col(Rating.task_id) == col(RatingTask.id))  # type: ignore[call-overload]
    rows = session.execute(
        statement.where(col(Rating.slot).in_((1, 2)), col(Rating.submitted_at) > now - LOOK_BACK).order_by(col(Rating.id))
    ).all()
    criteria = _criteria(session, store, sorted({(row[4], row[5]) for row in rows}))
    found: dict[tuple[Scale, int], dict[int, int]] = defaultdict(dict)
    for task_id, rater_id, levels, exam_key, item_id, version in rows:
        for one in criteria.get((item_id, version), ()):
            if one.id in (levels or {}):
                found[Scale(exam_key, one.id, one.name, len(one.levels)), task_id][rater_id] = int(levels[one.id])
    units: dict[Scale, list[Unit]] = defaultdict(list)
    for (scale, _), unit in found.items():
        if len(unit) > 1:
            units[scale].append(unit)
    return units


def _criteria(
    session: Session, store: ItemStore, pairs: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], tuple[Criterion, ...]]:
    items = zip(pairs, resolve_items(session, store, pairs), strict=True)
    return {pair: work.criteria for pair, item in items if (work := item.rated) is not None}


def report_of(scale: Scale, units: Sequence[Unit]) -> PanelReport:
    """One criterion from its texts, each as the levels that its raters gave."""
    if len(units) < LEAST_TEXTS:
        return PanelReport(scale.exam_key, scale.name, len(units), None, None, ())
    return PanelReport(
        scale.exam_key,
        scale.name,
        len(units),
        _with_interval(partial(krippendorff_alpha, scale="ordinal"), units),
        _with_interval(partial(gwet, categories=scale.levels), units),
        _accuracies(units, scale.levels),
    )


def _with_interval(measure: partial[float], units: Sequence[Unit]) -> Estimate | None:
    try:
        return jackknife(measure, units)
    except ValueError:
        return None


def _accuracies(units: Sequence[Unit], levels: int) -> tuple[Accuracy, ...]:
    """The level that is likeliest for each text, and how often each rater gave it."""
    truth = dawid_skene([{rater: [level] for rater, level in unit.items()} for unit in units], levels)
    counts: dict[int, list[bool]] = defaultdict(list)
    for unit, chances in zip(units, truth.posterior, strict=True):
        likely = chances.index(max(chances))
        for rater, level in unit.items():
            counts[rater].append(level == likely)
    return tuple(
        Accuracy(rater, sum(hits) / len(hits), wilson_interval(sum(hits) / len(hits), len(hits)))
        for rater, hits in sorted(counts.items())
    )
