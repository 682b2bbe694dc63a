"""What an exam page shows besides the judged texts, and classifiers that try to read the key from it."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer_academy.assessments.items.choice import ChoiceItem
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.assessments.items.pairwise import DIMENSIONS, PairwiseItem
from trainer_academy.assessments.items.ranking import RankingItem
from trainer_academy.assessments.items.rubric import RubricItem
from trainer_academy.assessments.items.spans import SpansItem
from trainer_academy.assessments.items.steps import StepsItem

Rows = NDArray[np.float64]
WORD = re.compile(r'<span data-word="\d+">.*?</span\s*>', re.DOTALL)
OWN = re.compile(r'(/attempts/|data-attempt=")\d+|(?<=/items/)\d+|(?<=/report/)\d+|name="csrf_token"[^>]*')
CLOCK = re.compile(r'data-left="\d+"|(?<=>)\s*\d+:\d\d\s*(?=<)')
PLACE = re.compile(
    r'data-item="\d+"|Item \d+ of (?:at most )?\d+|<svg\s+class="ruler".*?</svg>|contests?/\d+/\d+|name="sequence" value="\d+"',
    re.DOTALL,
)


def without_time(page: str) -> str:
    """The page without its token and its clock: both change from second to second."""
    return CLOCK.sub("", re.sub(r'name="csrf_token"[^>]*', "", page))


def judged_texts(view: Any) -> list[str]:
    """Everything on the page that a person reads in order to judge, as it stands in the HTML."""
    texts = [view.prompt, view.context]
    texts += [getattr(view, name, "") for name in ("a", "b", "response")]
    texts += [option.html for option in getattr(view, "options", ())]
    texts += list(getattr(view, "steps", ()))
    return sorted((text for text in texts if text), key=len, reverse=True)


def skeleton(page: str, view: Any) -> str:
    """The page without judged texts, and without what belongs to the sitting: its number, the place on the paper, the clock."""
    for text in judged_texts(view):
        assert text in page
        page = page.replace(text, "¤")
    page = WORD.sub("", page)
    if hasattr(view, "words") and isinstance(view.words, tuple):
        page = page.replace(f'max="{len(view.words)}"', 'max="¤"')
    if view.kind in ("rubric", "written"):
        page = re.sub(
            r'<(fieldset|div) class="crit">.*?</\1>\s*(?=<(?:fieldset|div) class="crit">|</)', "<crit>", page, flags=re.DOTALL
        )
    return re.sub(r"\s+", " ", PLACE.sub("", CLOCK.sub("", OWN.sub("", page))))


def differences(one: str, other: str) -> list[str]:
    """The tags in which two pages differ."""
    lines = difflib.unified_diff(one.split("> "), other.split("> "), n=0, lineterm="")
    return [line for line in lines if line.startswith(("+", "-"))][2:]


def features(page: str, view: Any, wording: str) -> Counter[str]:
    """Everything that could tell: each word and tag of the skeleton, its size, how many things there are to choose from."""
    rest = skeleton(page, view)
    found = Counter(re.findall(r"[\w-]+", rest))
    found.update(f"said {word}" for word in re.findall(r"[a-z]+", wording.lower()))
    found["size"] = len(rest)
    found["choices"] = len(getattr(view, "options", ()) or getattr(view, "steps", ()) or getattr(view, "criteria", ()))
    found["has material"] = int(bool(view.context))
    return found


def as_rows(found: Sequence[Mapping[str, int]]) -> Rows:
    """One row an item, one standardized column for each feature that is not the same everywhere."""
    names = sorted({name for one in found for name in one})
    rows = np.array([[one.get(name, 0) for name in names] for one in found], dtype=float)
    spread = rows.std(axis=0)
    rows = rows[:, spread > 0]
    return (rows - rows.mean(axis=0)) / spread[spread > 0]


def fit(rows: Rows, classes: NDArray[np.int64], count: int, steps: int = 150, penalty: float = 1.0) -> Rows:
    """Weights of a multinomial logistic regression with a ridge penalty, by gradient descent; the last row is the constant."""
    whole = np.hstack([rows, np.ones((len(rows), 1))])
    wanted = np.eye(count)[classes]
    weights = np.zeros((whole.shape[1], count))
    rate = 1.0 / (0.5 * np.linalg.norm(whole, 2) ** 2 + penalty)
    for _ in range(steps):
        scores = whole @ weights
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        slope = whole.T @ (shares - wanted)
        slope[:-1] += penalty * weights[:-1]
        weights -= rate * slope
    return weights


def accuracy(rows: Rows, labels: Sequence[object], folds: int = 5, rounds: int = 6) -> tuple[float, float]:
    """Share of right predictions for items that the classifier has not seen, and the share of the most frequent answer."""
    names = sorted(set(labels), key=str)
    classes = np.array([names.index(label) for label in labels])
    chance = float(np.bincount(classes).max() / len(classes))
    if rows.shape[1] == 0 or len(names) == 1:
        return chance, chance  # every page is the same
    rng, hits = np.random.default_rng(20261201), 0
    for _ in range(rounds):
        order = rng.permutation(len(classes))
        for fold in range(folds):
            test = order[fold::folds]
            train = np.setdiff1d(order, test)
            weights = fit(rows[train], classes[train], len(names))
            scores = np.hstack([rows[test], np.ones((len(test), 1))]) @ weights
            hits += int((scores.argmax(axis=1) == classes[test]).sum())
    return hits / (rounds * len(classes)), chance


def answers_of(item: SomeItem, presentation: Mapping[str, Any]) -> dict[str, object]:
    """What of the key somebody would like to know, as this person sees the item."""
    if isinstance(item, PairwiseItem):
        sign = -1 if presentation.get("swapped") else 1
        overall = item.key.overall * sign
        return {"side": (overall > 0) - (overall < 0), "strength": abs(overall), "scored": tuple(sorted(item.key.dimensions))}
    order = presentation.get("order", ())
    if isinstance(item, ChoiceItem):
        return {"place": tuple(place for place, letter in enumerate(order) if letter in item.key.correct)}
    if isinstance(item, RankingItem):
        best = next(place for place, letter in enumerate(order) if item.key.ranks[letter] == 1)
        return {"tie": len(set(item.key.ranks.values())) < len(item.key.ranks), "best": best}
    if isinstance(item, RubricItem):
        tops = [item.key.levels[one.id] == len(one.levels) - 1 for one in item.criteria]
        return {"all at the top": all(tops), "first criterion at the top": tops[0]}
    if isinstance(item, SpansItem):
        kinds = tuple(sorted({one.category for one in item.key.spans}))
        return {"clean": item.is_clean, "errors": min(3, len(item.key.spans)), "kinds": kinds}
    if isinstance(item, StepsItem):
        return {"clean": item.key.first_wrong == 0, "late": item.key.first_wrong > 2}
    return {}


def other_key(item: SomeItem) -> SomeItem:
    """The same item with a key that says something else in every respect."""
    changes: dict[str, Any] = {}
    if isinstance(item, PairwiseItem):
        rest = [name for name in DIMENSIONS if name not in item.key.dimensions] or ["facts"]
        changes = {"overall": -item.key.overall or 2, "dimensions": dict.fromkeys(rest, "second")}
    elif isinstance(item, ChoiceItem):
        wrong = [letter for letter in item.options if letter not in item.key.correct]
        changes = {"correct": tuple(wrong[: len(item.key.correct)])}
    elif isinstance(item, RankingItem):
        has_tie = len(set(item.key.ranks.values())) < len(item.key.ranks)
        places = range(1, len(item.responses) + 1)
        changes = {"ranks": dict(zip(item.responses, places if has_tie else (1, 1, *places[1:-1]), strict=True))}
    elif isinstance(item, RubricItem):
        changes = {"levels": {one.id: 0 if item.key.levels[one.id] else len(one.levels) - 1 for one in item.criteria}}
    elif isinstance(item, SpansItem):
        first = {"text": item.response[: item.words[3][1]], "category": "safety", "severity": "critical"}
        changes = {"spans": () if item.key.spans else (first,)}
    elif isinstance(item, StepsItem):
        changes = {"first_wrong": 0 if item.key.first_wrong else len(item.steps)}
    return item.model_copy(update={"key": type(item.key).model_validate(item.key.model_dump() | changes)})
