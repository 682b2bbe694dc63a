"""The evaluator card: each figure on answers whose result is plain, its n, and silence below the stated n."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.make import choice_item, pairwise_item, rubric_item, spans_item
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.measurement.cards.card import (
    LEAST_CLEAN,
    LEAST_ITEMS,
    LEAST_RATED,
    LEAST_REPEATS,
    Answer,
    Figure,
    Repeat,
    card_text,
    make_card,
    share_of,
    summary,
)

NOW = datetime(2026, 11, 27, tzinfo=UTC)


def answer(item: SomeItem, payload: dict[str, Any] | None = None, seconds: int | None = 40, **presentation: Any) -> Answer:
    given = item.perfect() if payload is None else payload
    return Answer(item, given, item.score(given).value, seconds, presentation)


def pairs(count: int, given: int, key: int = -2, **head: Any) -> list[Answer]:
    made = [pairwise_item(key, id=f"p-{n:03}", **head) for n in range(count)]
    return [answer(item, {"overall": given, "dimensions": {"facts": "first"}}) for item in made]


def test_agreement_with_the_key_in_share_and_kappa() -> None:
    right = [answer(pairwise_item(n % 7 - 3, id=f"r-{n:03}")) for n in range(28)]
    card = make_card(right, [])
    assert (card.exact.value, card.exact.n, card.kappa.value) == (1.0, 28, 1.0)
    turned = [answer(one.item, one.payload | {"overall": -one.payload["overall"]}) for one in right]
    card = make_card(turned, [])
    assert card.kappa.value == pytest.approx(-1.0)
    assert card.exact.value == pytest.approx(4 / 28), "the ties stay right"


def test_an_interval_stands_beside_each_share() -> None:
    found = share_of([True] * 16 + [False] * 4, 10)
    assert found.low and found.high
    # Wilson's interval for 16 of 20, worked out by hand.
    assert (found.low, found.high) == (pytest.approx(0.5840, abs=1e-4), pytest.approx(0.9193, abs=1e-4))


@pytest.mark.parametrize(("count", "is_known"), [(LEAST_ITEMS - 1, False), (LEAST_ITEMS, True)])
def test_nothing_is_said_with_too_few_items(count: int, is_known: bool) -> None:
    card = make_card(pairs(count, -2), [])
    assert card.exact.is_known is is_known
    assert card.exact.n == count


def test_swap_and_self_consistency_are_told_apart() -> None:
    item = pairwise_item(-2)
    same, other = {"overall": -2}, {"overall": 2}
    repeats = [Repeat(item, same, same, True)] * 4 + [Repeat(item, same, other, True)] + [Repeat(item, same, same, False)] * 5
    card = make_card([], repeats)
    assert (card.swap.value, card.swap.n, card.repeat.value, card.repeat.n) == (0.8, 5, 1.0, 5)
    assert not make_card([], repeats[: LEAST_REPEATS - 1]).swap.is_known


def test_confidence_and_reason_do_not_make_an_answer_another_one() -> None:
    item = choice_item()
    one, two = {"selected": ["a"], "confidence": 60}, {"selected": ["a"], "confidence": 90}
    assert make_card([], [Repeat(item, one, two, False)] * 5).repeat.value == 1.0


def test_the_side_that_is_shown_first() -> None:
    """Always the left one: half of the pairs were shown the other way round."""
    items = [pairwise_item(-2, id=f"s-{n:03}") for n in range(20)]
    left = [answer(item, {"overall": 2 if n % 2 else -2}, swapped=bool(n % 2)) for n, item in enumerate(items)]
    assert make_card(left, []).first_side.value == 1.0


def test_false_alarms_count_clean_texts_only() -> None:
    clean = [spans_item([], id=f"c-{n}") for n in range(LEAST_CLEAN)]
    mark = {"start": 0, "end": 5, "category": "facts", "severity": "minor"}
    answers = [answer(item, {"marks": [mark] if n < 2 else []}) for n, item in enumerate(clean)]
    dirty = answer(spans_item(id="dirty"), {"marks": [mark]})
    found = make_card([*answers, dirty], []).false_alarms
    assert (found.value, found.n) == (0.4, LEAST_CLEAN)


def test_severity_and_spread_of_a_mild_rater_who_uses_the_middle() -> None:
    keys = [{"count": n % 3, "tone": n % 2} for n in range(LEAST_RATED + 2)]
    items = [rubric_item(key, id=f"r-{n}") for n, key in enumerate(keys)]
    middle = [answer(item, {"levels": {"count": 1, "tone": 1}}) for item in items]
    card = make_card(middle, [])
    assert card.severity.value == pytest.approx(0.25), "0 on three levels on average, and half a level on two"
    assert card.spread.value is not None and card.spread.value < 0.7
    exact = make_card([answer(item) for item in items], [])
    assert (exact.severity.value, exact.spread.value) == (0.0, 1.0)


def test_traps_are_counted_by_whom_they_catch() -> None:
    caught = pairs(6, 2, traps=("length",))
    found = dict(make_card(caught, []).traps)
    assert (found["length"].value, found["length"].n) == (1.0, 6)
    assert found["style"].n == 0 and not found["style"].is_known


def test_confidence_has_a_brier_score_from_thirty_answers_on() -> None:
    items = [choice_item(id=f"c-{n:03}") for n in range(30)]
    sure = [answer(item, {"selected": ["a" if n < 24 else "b"], "confidence": 80}) for n, item in enumerate(items)]
    card = make_card(sure, [])
    assert card.confidence is not None
    assert card.confidence.brier.value == pytest.approx(0.8 * 0.04 + 0.2 * 0.64)
    assert card.confidence.bias == pytest.approx(0.0)
    assert make_card(sure[:29], []).confidence is None


def test_agreement_with_raters_uses_votes_alone() -> None:
    votes = {"overall": {"-2": 6, "-1": 3, "1": 1}}
    items = [
        pairwise_item(-2, id=f"v-{n:03}").model_copy(
            update={"key": pairwise_item(-2).key.model_copy(update={"votes": votes})}  # type: ignore[union-attr]
        )
        for n in range(LEAST_RATED)
    ]
    card = make_card([answer(item, {"overall": -1, "dimensions": {"facts": "first"}}) for item in items], [])
    assert (card.rater_share.value, card.rater_share.n) == (pytest.approx(0.3), LEAST_RATED)
    assert make_card(pairs(30, -2), []).rater_share.n == 0


def test_the_card_of_nobody_says_nothing() -> None:
    card = make_card([], [])
    assert summary(card) == []
    assert "Not enough data yet" in card_text(card, NOW)


def test_the_text_has_every_known_figure_with_its_n() -> None:
    text = card_text(make_card(pairs(25, -2), []), NOW)
    assert text.startswith("As of 2026-11-27, from 25 exam items;")
    assert "Answers exactly as the key: 100 % (87 to 100 %, n = 25)." in text
    assert "Seconds an item: 40" in text
    assert "raters" not in text


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3), st.booleans()), min_size=1, max_size=60))
def test_figures_stay_within_their_ranges(rows: list[tuple[int, int, bool]]) -> None:
    answers = [
        answer(pairwise_item(key, id=f"h-{n:03}"), {"overall": given, "dimensions": {"facts": "same"}}, swapped=swapped)
        for n, (key, given, swapped) in enumerate(rows)
    ]
    card = make_card(answers, [])
    for figure, low in ((card.exact, 0.0), (card.kappa, -1.0), (card.first_side, 0.0)):
        assert isinstance(figure, Figure)
        if figure.value is not None and figure.low is not None and figure.high is not None:
            assert low <= figure.low <= figure.value + 1e-9 and figure.value <= figure.high + 1e-9 and figure.high <= 1.0
