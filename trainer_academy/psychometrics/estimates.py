"""What a calibration finds: items with their parameters and errors. Pure, plain Python, so that pages may use it."""

from __future__ import annotations

from dataclasses import dataclass

from trainer_academy.psychometrics.response_model import ItemParameters


@dataclass(frozen=True)
class Priors:
    """Normal priors on log a and on each b. Weak by default: they hold items with few answers, and hardly move the others."""

    log_slope_mean: float = 0.0
    log_slope_sd: float = 0.75
    step_sd: float = 3.0


@dataclass(frozen=True)
class CalibratedItem:
    """One item's parameters, their standard errors (None before `with_errors`, infinite where the data say nothing)."""

    name: str
    parameters: ItemParameters
    answers: int
    slope_error: float | None = None
    step_errors: tuple[float, ...] | None = None


@dataclass(frozen=True)
class Calibration:
    """The result of one calibration; abilities are normal(0, 1) in the group that was calibrated."""

    items: tuple[CalibratedItem, ...]
    persons: int
    log_likelihood: float
    cycles: int
    is_converged: bool
    priors: Priors | None

    def parameters(self) -> dict[str, ItemParameters]:
        return {item.name: item.parameters for item in self.items}
