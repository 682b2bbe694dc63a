"""Computes the reference numbers of the simulated ratings with packages of Python, for numbers/python.json.

In an environment of its own (`pip install scikit-learn scipy statsmodels krippendorff irrCAC crowd-kit`) and from the root of
the repository: `python tests/references/compute.py`. Nothing here imports the application.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from itertools import combinations
from pathlib import Path

import krippendorff
import numpy as np
import pandas as pd
from crowdkit.aggregation import DawidSkene
from irrCAC.raw import CAC
from scipy.stats import kendalltau
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa

FOLDER = Path(__file__).resolve().parent
USED = ("scikit-learn", "scipy", "statsmodels", "krippendorff", "irrCAC", "crowd-kit", "pandas", "numpy")


def table(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / "simulated" / f"{name}.csv")


def kappas(one: list[int], other: list[int], levels: range) -> dict[str, float]:
    return {
        str(weights or "unweighted"): float(cohen_kappa_score(one, other, labels=list(levels), weights=weights))
        for weights in (None, "linear", "quadratic")
    }


def grades() -> dict[str, float]:
    pairs = [(i, j) for i, row in enumerate(table("grades").to_numpy()) for j, n in enumerate(row) for _ in range(n)]
    one, other = zip(*pairs, strict=True)
    return kappas(list(one), list(other), range(4))


def three_raters() -> dict[str, dict[str, float]]:
    rows = table("three_raters")
    return {
        f"{one}-{other}": kappas(list(rows[one]), list(rows[other]), range(1, 8))
        for one, other in combinations(rows.columns, 2)
    }


def distribution() -> dict[str, float]:
    """Which rater chose what does not matter to these coefficients, so the raters are filled in by category."""
    counts = table("distribution").to_numpy()
    raw = pd.DataFrame([[k for k, n in enumerate(row) for _ in range(n)] for row in counts])
    plain, squared = CAC(raw, weights="identity", digits=10), CAC(raw, weights="quadratic", digits=10)
    levels = list(range(counts.shape[1]))
    return {
        "AC1": plain.gwet()["est"]["coefficient_value"],
        "AC2_quadratic": squared.gwet()["est"]["coefficient_value"],
        "fleiss": plain.fleiss()["est"]["coefficient_value"],
        "fleiss_quadratic": squared.fleiss()["est"]["coefficient_value"],
        "fleiss_statsmodels": float(fleiss_kappa(counts)),
    } | {
        f"alpha_{scale}": float(krippendorff.alpha(value_counts=counts, value_domain=levels, level_of_measurement=scale))
        for scale in ("nominal", "ordinal", "interval")
    }


def diagnoses() -> dict[str, float]:
    counts, _ = aggregate_raters(table("diagnoses").to_numpy())
    return {"fleiss": float(fleiss_kappa(counts))}


def three_levels() -> dict[str, float]:
    rows = table("three_levels")
    return {f"{one}|{other}": float(kendalltau(rows[one], rows[other]).statistic) for one, other in combinations(rows, 2)}


def labels() -> dict[str, object]:
    rows = table("labels").rename(columns={"item": "task", "rater": "worker"})
    model = DawidSkene(n_iter=1000, tol=1e-12).fit(rows)
    errors = model.errors_.fillna(0.0)
    return {
        "shares": [float(model.priors_[k]) for k in range(1, 5)],
        "posterior": model.probas_.sort_index()[[1, 2, 3, 4]].to_numpy().tolist(),
        "confusion": {
            str(rater): [[float(errors.loc[(rater, label), truth]) for label in range(1, 5)] for truth in range(1, 5)]
            for rater in range(1, 6)
        },
    }


def main() -> None:
    found = {
        "how": ", ".join(f"{name} {version(name)}" for name in USED) + "; python tests/references/compute.py",
        "grades": grades(),
        "three_raters": three_raters(),
        "distribution": distribution(),
        "diagnoses": diagnoses(),
        "three_levels": three_levels(),
        "labels": labels(),
    }
    (FOLDER / "numbers" / "python.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    np.set_printoptions(suppress=True)
    main()
