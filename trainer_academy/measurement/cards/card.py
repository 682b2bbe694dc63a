"""The evaluator card: how a person judges, from the answers to exams. Pure.

Each figure has its n and a 95 % interval, and stays empty below a stated n: a few answers say nothing about a person. An item
that was answered in several attempts counts with the first answer; second showings within an exam serve consistency alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean, median, quantiles, stdev

from trainer_academy.assessments.items.base import Payload, Presentation
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.psychometrics.agreement import Judgement, kappa_interval, severity
from trainer_academy.psychometrics.confidence import ConfidenceProfile, Forecast, profile
from trainer_academy.psychometrics.intervals import t95, wilson_interval

# The least n for each kind of figure.
LEAST_ITEMS = 20
LEAST_RATED = 10
LEAST_REPEATS = 5
LEAST_TRAP = 5
LEAST_CLEAN = 5
LEAST_SKILL = 5
FULL = 0.999
BIAS_TRAPS = ("length", "style", "sycophancy")


@dataclass(frozen=True)
class Answer:
    """The first answer to one item: its credit under the key of today, seconds on the screen, what was shown where."""

    item: SomeItem
    payload: Payload
    credit: float
    seconds: int | None
    presentation: Presentation


@dataclass(frozen=True)
class Repeat:
    """Two answers to two showings of an item in one exam. `is_swapped`: A and B had changed places."""

    item: SomeItem
    first: Payload
    second: Payload
    is_swapped: bool


@dataclass(frozen=True)
class Figure:
    """A number with its 95 % interval from `n` cases; nothing is said with fewer than `least`."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    least: int

    @property
    def is_known(self) -> bool:
        return self.value is not None and self.n >= self.least


@dataclass(frozen=True)
class Times:
    """Seconds an item: median, and the limits of the middle half."""

    median: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class SkillRow:
    """One skill: mean credit, share answered exactly as the key, seconds."""

    skill: str
    credit: Figure
    exact: Figure
    times: Times | None


@dataclass(frozen=True)
class Card:
    """Everything. Shares lie between 0 and 1, kappas between -1 and 1, severity is in levels (above 0 is milder).

    `exact` and `kappa` are agreement with the key; `rater_share` is the mean share of raters who gave the person's answer and
    `rater_kappa` the agreement with the answer that most raters gave, on items that raters voted on. `first_side` is the share
    of decided pairs in which the response shown as A was preferred. `spread` is the standard deviation of given levels over
    that of the key's.
    """

    items: int
    exact: Figure
    kappa: Figure
    rater_share: Figure
    rater_kappa: Figure
    swap: Figure
    repeat: Figure
    first_side: Figure
    false_alarms: Figure
    severity: Figure
    spread: Figure
    traps: tuple[tuple[str, Figure], ...]
    confidence: ConfidenceProfile | None
    forecasts: int
    times: Times | None
    skills: tuple[SkillRow, ...]


def make_card(answers: Sequence[Answer], repeats: Sequence[Repeat]) -> Card:
    """The card from all first answers and all second showings of a person."""
    keyed = [one for one in answers if not one.item.is_rated]
    voted = [found for one in keyed if (found := one.item.beside_raters(one.payload)) is not None]
    rubric = [one for one in keyed if one.item.has_levels and one.item.is_complete(one.payload)]
    forecasts = [Forecast(one.payload["confidence"] / 100, one.credit >= FULL) for one in keyed if "confidence" in one.payload]
    return Card(
        items=len(keyed),
        exact=share_of([one.credit >= FULL for one in keyed], LEAST_ITEMS),
        kappa=_kappa(_with_key(keyed), LEAST_ITEMS),
        rater_share=mean_of([share for share, _ in voted], LEAST_RATED),
        rater_kappa=_kappa([judgement for _, judgement in voted], LEAST_RATED),
        swap=share_of([_is_same(one) for one in repeats if one.is_swapped], LEAST_REPEATS),
        repeat=share_of([_is_same(one) for one in repeats if not one.is_swapped], LEAST_REPEATS),
        first_side=_first_side(keyed),
        false_alarms=_false_alarms(keyed),
        severity=_severity(rubric),
        spread=_spread(rubric),
        traps=tuple((trap, _trap(keyed, trap)) for trap in BIAS_TRAPS),
        confidence=profile(forecasts),
        forecasts=len(forecasts),
        times=times_of(keyed),
        skills=_skills(keyed),
    )


def share_of(cases: Sequence[bool], least: int) -> Figure:
    """A share with its Wilson interval."""
    n = len(cases)
    if not n:
        return Figure(None, None, None, 0, least)
    share = sum(cases) / n
    interval = wilson_interval(share, n)
    return Figure(share, interval.low, interval.high, n, least)


def mean_of(values: Sequence[float], least: int) -> Figure:
    """A mean of shares. Its interval is Wilson's for that share: a little too wide, as part credits vary less than 0 and 1."""
    n = len(values)
    if not n:
        return Figure(None, None, None, 0, least)
    mean = min(1.0, max(0.0, fmean(values)))
    interval = wilson_interval(mean, n)
    return Figure(mean, interval.low, interval.high, n, least)


def _with_key(answers: Sequence[Answer]) -> list[Judgement]:
    """Ordered judgements of the person beside the key's: verdicts on pairs and levels of rubrics."""
    return [judgement for one in answers for judgement in one.item.beside_key(one.payload)]


def _kappa(judgements: Sequence[Judgement], least: int) -> Figure:
    if not judgements:
        return Figure(None, None, None, 0, least)
    found = kappa_interval(judgements)
    return Figure(found.value, found.low, found.high, found.n, least)


def _is_same(repeat: Repeat) -> bool:
    """The same verdict twice: on pairs the same overall answer, elsewhere the same answer."""
    return repeat.item.says_same(repeat.first, repeat.second)


def _first_side(answers: Sequence[Answer]) -> Figure:
    sides = [one.item.chose_left(one.payload, one.presentation) for one in answers]
    return share_of([side for side in sides if side is not None], LEAST_ITEMS)


def _false_alarms(answers: Sequence[Answer]) -> Figure:
    """On texts without an error: the share in which something was marked."""
    clean = [one for one in answers if one.item.is_clean]
    return share_of([bool(one.payload.get("marks")) for one in clean if one.payload], LEAST_CLEAN)


def _severity(answers: Sequence[Answer]) -> Figure:
    judgements = _with_key(answers)
    if not judgements:
        return Figure(None, None, None, 0, LEAST_RATED)
    found = severity(judgements)
    return Figure(found.value, found.low, found.high, found.n, LEAST_RATED)


def _spread(answers: Sequence[Answer]) -> Figure:
    """Standard deviation of given levels over that of the key's, both as shares of the range; jackknife over items."""
    pieces = [_with_key([one]) for one in answers]
    value = _spread_ratio([judgement for own in pieces for judgement in own])
    if value is None or len(pieces) < 3:
        return Figure(value, None, None, len(pieces), LEAST_RATED)
    low, high = _jackknife(pieces, _spread_ratio, value)
    return Figure(value, max(0.0, low), high, len(pieces), LEAST_RATED)


def _spread_ratio(judgements: Sequence[Judgement]) -> float | None:
    if len(judgements) < 2:
        return None
    given = stdev([one.one / (one.levels - 1) for one in judgements])
    wanted = stdev([one.other / (one.levels - 1) for one in judgements])
    return given / wanted if wanted else None


def _jackknife(
    pieces: Sequence[Sequence[Judgement]], of: Callable[[Sequence[Judgement]], float | None], value: float
) -> tuple[float, float]:
    """A 95 % t interval from leaving out one piece at a time (J. Tukey 1958)."""
    n = len(pieces)
    without = [of([one for other, own in enumerate(pieces) if other != place for one in own]) for place in range(n)]
    known = [each for each in without if each is not None]
    mean = fmean(known)
    half = t95(n - 1) * math.sqrt((n - 1) / n * sum((each - mean) ** 2 for each in known))
    return value - half, value + half


def _trap(answers: Sequence[Answer], trap: str) -> Figure:
    """The share of answered items with the trap in which the person followed it."""
    own = [one for one in answers if trap in one.item.traps and one.item.is_complete(one.payload)]
    return share_of([one.item.fell_for(one.payload, one.credit) for one in own], LEAST_TRAP)


def times_of(answers: Sequence[Answer]) -> Times | None:
    """Seconds an item; None with fewer than five times."""
    seconds = [float(one.seconds) for one in answers if one.seconds]
    if len(seconds) < LEAST_SKILL:
        return None
    low, _, high = quantiles(seconds, n=4, method="inclusive")
    return Times(median(seconds), low, high, len(seconds))


def _skills(answers: Sequence[Answer]) -> tuple[SkillRow, ...]:
    by_skill: dict[str, list[Answer]] = {}
    for one in answers:
        by_skill.setdefault(one.item.skill, []).append(one)
    return tuple(
        SkillRow(
            skill,
            mean_of([one.credit for one in own], LEAST_SKILL),
            share_of([one.credit >= FULL for one in own], LEAST_SKILL),
            times_of(own),
        )
        for skill, own in sorted(by_skill.items())
    )


def card_text(card: Card, now: datetime) -> str:
    """The card as it stands, for a certificate: a date, and the figures that are known."""
    lines = summary(card) or ["Not enough data yet for any figure."]
    return f"As of {now:%Y-%m-%d}, from {card.items} exam items; the brackets hold 95 % intervals. " + " ".join(lines)


def summary(card: Card) -> list[str]:
    """The figures that are known, as plain sentences for a certificate; in English, the language of certificates."""
    rows = [
        ("Answers exactly as the key", card.exact, True),
        ("Agreement with the key (quadratic-weighted kappa)", card.kappa, False),
        ("Raters who gave the same answer, on average", card.rater_share, True),
        ("Agreement with raters (quadratic-weighted kappa)", card.rater_kappa, False),
        ("Same verdict when A and B change places", card.swap, True),
        ("Same answer when an item comes again", card.repeat, True),
        ("Something marked in texts without an error", card.false_alarms, True),
        ("Severity on rubrics, in levels (above 0 is milder than the key)", card.severity, False),
    ]
    rows += [(f"Followed the trap '{trap}'", figure, True) for trap, figure in card.traps]
    lines = [_sentence(words, figure, is_share) for words, figure, is_share in rows if figure.is_known]
    if card.confidence is not None:
        score = card.confidence.brier
        lines.append(
            f"Brier score of stated confidence: {score.value:.2f} ({score.low:.2f} to {score.high:.2f}, n = {score.n})."
        )
    if card.times is not None:
        times = card.times
        lines.append(f"Seconds an item: {times.median:.0f} (middle half {times.low:.0f} to {times.high:.0f}, n = {times.n}).")
    return lines


def _sentence(words: str, figure: Figure, is_share: bool) -> str:
    assert figure.value is not None and figure.low is not None and figure.high is not None
    if is_share:
        return f"{words}: {100 * figure.value:.0f} % ({100 * figure.low:.0f} to {100 * figure.high:.0f} %, n = {figure.n})."
    return f"{words}: {figure.value:.2f} ({figure.low:.2f} to {figure.high:.2f}, n = {figure.n})."
