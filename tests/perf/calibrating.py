"""Calibration beside the package mirt in one run: `python -m tests.perf.calibrating`.

20,000 made-up persons by 300 items, each person sees 20 % of them, two-parameter logistic. Both get the same matrix, stop at
their usual tolerance (1e-4) and take turns, so that a busy machine slows both; the time of each is the median of its runs. Both
may use all threads: ours spends its time in BLAS, mirt in its own compiled loops. `--threads 1` holds both to one.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable

import mirt
import numpy as np
import numpy.typing as npt

from trainer_academy.psychometrics.calibration import calibrate, with_errors

AIM = 4.0
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS", "MKL_NUM_THREADS")
Levels = npt.NDArray[np.int8]
Parameters = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]


def draw(persons: int, items: int, share: float, seed: int) -> tuple[Levels, Parameters]:
    """Answers, and the slopes and difficulties behind them."""
    rng = np.random.default_rng(seed)
    slopes, difficulties = np.exp(rng.normal(0, 0.3, items)), rng.normal(size=items)
    abilities = rng.normal(size=persons)
    chances = 1 / (1 + np.exp(-slopes * (abilities[:, None] - difficulties)))
    answers = (rng.random((persons, items)) < chances).astype(np.int8)
    answers[rng.random((persons, items)) >= share] = -1
    return answers, (slopes, difficulties)


def timed(work: Callable[[], Parameters]) -> tuple[float, Parameters]:
    began = time.perf_counter()
    found = work()
    return time.perf_counter() - began, found


def ours(answers: Levels, has_errors: bool) -> Parameters:
    found = calibrate(answers, [str(place) for place in range(answers.shape[1])])
    if has_errors:
        found = with_errors(found, answers)
    if not found.is_converged:
        sys.exit("ours did not converge")
    return (
        np.array([item.parameters.slope for item in found.items]),
        np.array([item.parameters.location for item in found.items]),
    )


def theirs(answers: Levels, has_errors: bool) -> Parameters:
    found = mirt.fit_mirt(answers, "2PL", compute_standard_errors=has_errors)
    if not found.converged:
        sys.exit("mirt did not converge")
    parameters = found.model.parameters
    return np.asarray(parameters["discrimination"]), np.asarray(parameters["difficulty"])


def compare(answers: Levels, truth: Parameters, runs: int, has_errors: bool) -> float:
    """Print both times; ours over theirs."""
    seconds: dict[str, list[float]] = {"ours": [], "mirt": []}
    for _ in range(runs):
        for name, work in (("ours", ours), ("mirt", theirs)):
            spent, found = timed(lambda work=work: work(answers, has_errors))  # type: ignore[misc]
            seconds[name].append(spent)
            away = [float(np.sqrt(np.mean((a - b) ** 2))) for a, b in zip(found, truth, strict=True)]
            print(f"  {name}: {spent:.2f} s; root mean square error: slopes {away[0]:.3f}, difficulties {away[1]:.3f}")
    ratio = statistics.median(seconds["ours"]) / statistics.median(seconds["mirt"])
    what = "with standard errors" if has_errors else "estimates alone"
    print(f"{what}: ours {statistics.median(seconds['ours']):.2f} s, mirt {statistics.median(seconds['mirt']):.2f} s, ", end="")
    print(f"ratio {ratio:.2f}; the aim is at most {AIM:.0f}")
    return ratio


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=20_000)
    parser.add_argument("--items", type=int, default=300)
    parser.add_argument("--share", type=float, default=0.2)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=0, help="0: as many as there are cores")
    options = parser.parse_args()
    if options.threads and os.environ.get(THREADS[0]) != str(options.threads):
        # The libraries read it when they are loaded: begin again with it.
        os.execve(
            sys.executable,
            [sys.executable, "-m", "tests.perf.calibrating", *sys.argv[1:]],
            os.environ | dict.fromkeys(THREADS, str(options.threads)),
        )
    answers, truth = draw(options.persons, options.items, options.share, 5)
    print(f"{options.persons:,} persons, {options.items} items, {int((answers >= 0).sum()):,} answers; threads: ", end="")
    print(options.threads or f"free, {os.cpu_count()} cores")
    for has_errors in (False, True):
        compare(answers, truth, options.runs, has_errors)


if __name__ == "__main__":
    main()
