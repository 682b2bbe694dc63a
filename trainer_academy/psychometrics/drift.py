"""Two calibrations side by side: which items have moved, beyond a shift of the whole scale. Pure, plain Python."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from trainer_academy.psychometrics.estimates import CalibratedItem, Calibration


@dataclass(frozen=True)
class DriftRule:
    """An item is flagged when its move is beyond `errors` standard errors and also large: `logits`, or `robust_z` spreads.

    Both conditions: with few answers large moves are noise, with many answers tiny moves are significant.
    """

    errors: float = 2.7
    logits: float = 0.5
    robust_z: float = 2.7
    slope_ratio: float = 1.5


@dataclass(frozen=True)
class Move:
    """How an item moved from the first to the second calibration.

    `location` in logits after the shift of the scale is taken out (below 0: it became easier); `z` in standard errors, None
    without them; `robust_z` in spreads of all items' moves; `slope_ratio` new over old, after the change of unit.
    """

    name: str
    location: float
    z: float | None
    robust_z: float
    slope_ratio: float
    is_flagged: bool


@dataclass(frozen=True)
class Comparison:
    """new ability = `unit` * old ability + `shift`; the items in both; the names in only one of them."""

    unit: float
    shift: float
    moves: tuple[Move, ...]
    only_old: tuple[str, ...]
    only_new: tuple[str, ...]


def compare(old: Calibration, new: Calibration, rule: DriftRule = DriftRule()) -> Comparison:
    """Link the scales by robust means of log a and of b over common items, and flag those that moved.

    Source: log-mean/mean linking with medians in the place of means (Kolen and Brennan, Test Equating, ch. 6), robust z of
    H. Huynh, P. Meyer, Journal of Applied Measurement 11, 2010. Raises ValueError with fewer than three common items.
    """
    before, after = {item.name: item for item in old.items}, {item.name: item for item in new.items}
    common = [name for name in before if name in after]
    if len(common) < 3:
        raise ValueError("two calibrations need at least three common items to be compared")
    pairs = [(before[name], after[name]) for name in common]
    unit = math.exp(median(math.log(one.parameters.slope / two.parameters.slope) for one, two in pairs))
    differences = [two.parameters.location - unit * one.parameters.location for one, two in pairs]
    shift = median(differences)
    left = [difference - shift for difference in differences]
    spread = _spread(left)
    moves = tuple(_move(one, two, unit, own, spread, rule) for (one, two), own in zip(pairs, left, strict=True))
    only_old = tuple(name for name in before if name not in after)
    return Comparison(unit, shift, moves, only_old, tuple(name for name in after if name not in before))


def _spread(values: Sequence[float]) -> float:
    """0.74 times the interquartile range: the standard deviation where values are normal, unmoved by outliers."""
    low, _, high = quantiles(values, n=4, method="inclusive")
    return 0.74 * (high - low)


def _move(old: CalibratedItem, new: CalibratedItem, unit: float, own: float, spread: float, rule: DriftRule) -> Move:
    robust = own / spread if spread > 0 else math.copysign(math.inf, own) if own else 0.0
    ratio = new.parameters.slope * unit / old.parameters.slope
    z = _ratio(own, _error(old) * unit, _error(new))
    slope_z = _ratio(math.log(ratio), _slope_error(old), _slope_error(new))
    is_large = abs(own) > rule.logits or abs(robust) > rule.robust_z
    has_moved = is_large and (z is None or abs(z) > rule.errors)
    is_steeper = abs(math.log(ratio)) > math.log(rule.slope_ratio) and (slope_z is None or abs(slope_z) > rule.errors)
    return Move(new.name, own, z, robust, ratio, has_moved or is_steeper)


def _ratio(value: float, *errors: float | None) -> float | None:
    """The value over the joint error; None where an error is not known."""
    known = [error for error in errors if error is not None and not math.isnan(error)]
    joint = math.hypot(*known) if len(known) == len(errors) else math.nan
    return None if math.isnan(joint) or joint == 0 else value / joint


def _error(item: CalibratedItem) -> float:
    """The standard error of the location, taking the steps as independent; NaN where it is not known."""
    return math.hypot(*item.step_errors) / len(item.step_errors) if item.step_errors else math.nan


def _slope_error(item: CalibratedItem) -> float | None:
    return None if item.slope_error is None else item.slope_error / item.parameters.slope
