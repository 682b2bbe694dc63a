"""The distractor table straight from answers: the yardstick for the one from counts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from trainer_academy.psychometrics.classical import Floats, OptionRow


def option_rows(chosen: Sequence[str], scores: Floats, rest: Floats) -> list[OptionRow]:
    """The distractor table of one item, options in order of their names. All three run in parallel over persons.

    `scores` decide the quarters (limits at the quartiles, a score on the limit belongs to the lower quarter), `rest` is the
    score without the item. Raises ValueError for different lengths or no persons.
    """
    if not len(chosen) or not len(chosen) == len(scores) == len(rest):
        raise ValueError("options, scores and rest scores must run in parallel")
    options = np.array(chosen)
    quarter = np.searchsorted(np.quantile(scores, [0.25, 0.5, 0.75]), scores, side="left")
    return [_option_row(str(option), (options == option).astype(np.float64), quarter, rest) for option in np.unique(options)]


def _option_row(option: str, picks: Floats, quarter: npt.NDArray[np.intp], rest: Floats) -> OptionRow:
    groups = [picks[quarter == place] for place in range(4)]
    quarters = tuple(float(group.mean()) if len(group) else 0.0 for group in groups)
    is_defined = picks.std() > 0 and rest.std() > 0
    r = float(np.corrcoef(picks, rest)[0, 1]) if is_defined else None
    return OptionRow(option, int(picks.sum()), float(picks.mean()), r, quarters, quarters[3] - quarters[0])
