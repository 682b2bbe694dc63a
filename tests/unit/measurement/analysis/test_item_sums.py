"""Item analysis from sums: the same numbers as from all answers at once, suspect keys, groups, times, drift. Made-up people."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from tests.make import choice_item, pairwise_item, spans_item
from tests.references.reading import answer_key, answers, numbers, options_test
from tests.unit.measurement.analysis.option_table import option_rows
from trainer_academy.assessments.items.choice import ChoiceItem
from trainer_academy.assessments.items.kinds import SomeItem, answer_label
from trainer_academy.measurement.analysis.report import Setting, facts_of, quantile, statistics_of, times_of
from trainer_academy.measurement.analysis.statistics import ItemStatistics
from trainer_academy.measurement.analysis.sums import TIME_EDGES, TIMES, Groups, ItemSums, week_of, week_start
from trainer_academy.measurement.answers import PlainSitting
from trainer_academy.psychometrics.classical import alpha_interval
from trainer_academy.psychometrics.dif import LEVEL
from trainer_academy.psychometrics.response_model import ItemParameters

THEN = datetime(2026, 6, 3, 12, tzinfo=UTC)
LETTERS = "abcdef"


def sitting(
    number: int,
    chosen: Mapping[str, str],
    items: Mapping[str, SomeItem],
    seconds: Callable[[str], int | None] = lambda item: 20,
    at: datetime = THEN,
    pilots: Iterable[str] = (),
    model: str = "classical",
    version: str = "1",
) -> PlainSitting:
    """A sitting with one chosen letter for each item ("" for no answer), scored by the items' keys."""
    given, scored = [], []
    for position, (item_id, letter) in enumerate(chosen.items(), 1):
        item = items[item_id]
        payload = {"selected": [letter]} if letter else {}
        credit = item.score(payload).value
        scored += [] if item_id in pilots else [credit]
        is_pilot = item_id in pilots
        given.append((item_id, "v1", item.key_version, credit, json.dumps(payload), seconds(item_id), is_pilot, position))
    score = sum(scored) / len(scored)
    return PlainSitting(number, number, version, score, score >= 0.6, at, given, at, model)


def bank(keys: Mapping[str, str]) -> dict[str, SomeItem]:
    options = {letter: f"option {letter}" for letter in LETTERS}
    return {name: choice_item([key], id=name, options=options) for name, key in keys.items()}


def analyse(
    sittings: list[PlainSitting], items: Mapping[str, SomeItem], length: int, groups: Groups | None = None
) -> dict[str, ItemStatistics]:
    sums = ItemSums()
    sums.add(sittings, groups or {})
    return {item.item_id: item for item in statistics_of(sums, Setting(items, length, 0.6))}


def population(
    persons: int,
    items: Mapping[str, SomeItem],
    length: int,
    seed: int,
    harder: Callable[[int, str], float] = lambda p, i: 0.0,
    **more: object,
) -> list[PlainSitting]:
    """People with normal abilities and random papers; `harder` adds to the difficulty of an item for a person."""
    rng, names, found = random.Random(seed), list(items), []
    for person in range(1, persons + 1):
        ability, chosen = rng.gauss(0, 1), {}
        for name in rng.sample(names, length):
            easy = 1 / (
                1 + math.exp((names.index(name) - len(names) / 2) / len(names) * 3 + harder(person, name) - ability * 1.3)
            )
            item = items[name]
            assert isinstance(item, ChoiceItem)
            key = item.key.correct[0]
            chosen[name] = key if rng.random() < easy else rng.choice([letter for letter in LETTERS[:4] if letter != key])
        found.append(sitting(person, chosen, items, **more))  # type: ignore[arg-type]
    return found


TWENTY = bank({f"i{number:02}": LETTERS[number % 4] for number in range(20)})


def assert_same(one: Mapping[str, ItemStatistics], other: Mapping[str, ItemStatistics]) -> None:
    def plain(value: object) -> object:
        if isinstance(value, float):
            return pytest.approx(value, abs=1e-9)
        if isinstance(value, list):
            return [plain(each) for each in value]
        return {name: plain(each) for name, each in value.items()} if isinstance(value, dict) else value

    assert list(one) == list(other)
    for name, item in one.items():
        assert other[name].model_dump(mode="json") == plain(item.model_dump(mode="json"))


def test_sums_in_batches_through_the_file_are_the_sums_at_once() -> None:
    people = population(600, TWENTY, 12, 1)
    groups = {"language": {person: "en" if person % 3 else "sw" for person in range(1, 601)}}
    parts = ItemSums()
    for start, end in ((0, 30), (30, 31), (31, 250), (250, 600)):
        parts.add(people[start:end], groups)
        parts = ItemSums.from_bytes(parts.to_bytes())
    found = {item.item_id: item for item in statistics_of(parts, Setting(TWENTY, 12, 0.6))}
    assert_same(analyse(people, TWENTY, 12, groups), found)
    assert any(item.differences for item in found.values())
    assert parts.attempt_ids.tolist() == list(range(1, 601))


def test_numbers_are_those_of_the_definition() -> None:
    people = population(300, TWENTY, 12, 2)
    item = analyse(people, TWENTY, 12)["i07"]
    rows = [(s.score, a[3], a[4], s) for s in people for a in s.answers if a[0] == "i07"]
    credits = np.array([credit for _, credit, _, _ in rows])
    rest = np.array([(score * 12 - credit) / 11 for score, credit, _, _ in rows])
    assert item.n == len(rows) and item.facility == pytest.approx(credits.mean())
    assert item.item_rest == pytest.approx(np.corrcoef(credits, rest)[0, 1])
    wanted = option_rows([json.loads(text)["selected"][0] for _, _, text, _ in rows], np.array([r[0] for r in rows]), rest)
    assert [(o.option, o.n) for o in item.options] == [(o.option, o.n) for o in wanted]
    assert [o.correlation for o in item.options] == pytest.approx([o.correlation for o in wanted])
    for mine, theirs in zip(item.options, wanted, strict=True):
        assert mine.quarters == pytest.approx(theirs.quarters)
    assert sum(item.curve_n) == item.n and item.exposure == item.n / 300


def test_the_reference_item_analysis_through_sums() -> None:
    values, rows, key = numbers("r")["letters_test"], answers("letters_test"), answer_key("letters_test")
    letters = [letter.lower() for letter in key]
    items = bank({f"i{place:02}": letter for place, letter in enumerate(letters)})
    people = [
        sitting(number, {f"i{place:02}": value.lower() for place, value in enumerate(row.values())}, items)
        for number, row in enumerate(rows, 1)
    ]
    found = list(analyse(people, items, len(items)).values())
    assert [item.facility for item in found] == pytest.approx(values["report"]["itemMean"], abs=1e-6)
    assert [item.item_rest for item in found] == pytest.approx(values["report"]["pBis"], abs=1e-6)
    assert [item.alpha_without for item in found] == pytest.approx(values["report"]["alphaIfDeleted"], abs=1e-6)
    for item, wanted in zip(found, values["distractor"].values(), strict=True):
        assert [line.n for line in item.options] == wanted["n"]
        assert [line.quarters[3] - line.quarters[0] for line in item.options] == pytest.approx(wanted["discrim"], abs=1e-6)


def test_the_wrong_key_is_flagged_and_no_other_item() -> None:
    """The simulation gave item 32 the right option 3 and the key 5."""
    raw, key = answers("options_test"), answer_key("options_test")
    items = bank({f"i{place:02}": LETTERS[right - 1] for place, right in enumerate(key, 1)})
    # 8 stands for an answer that is missing.
    chosen = [[LETTERS[int(value) - 1] if int(value) <= 6 else "" for value in row.values()] for row in raw]
    people = [sitting(number, dict(zip(items, own, strict=True)), items) for number, own in enumerate(chosen, 1)]
    found = analyse(people, items, 32)
    assert {name: item.rival for name, item in found.items() if "key" in item.flags} == {"i32": "c"}
    sums = ItemSums()
    sums.add(people, {})
    facts = facts_of(sums, list(found.values()), Setting(items, 32, 18 / 32))
    [version] = facts.versions
    values = numbers("r")
    assert version.alpha == pytest.approx(values["options_test"]["alpha"], abs=1e-6)
    # Livingston and Lewis at 18 of 32, as worked out by betafunctions.
    wanted = values["livingston_lewis"]["cut18"]
    assert version.accuracy == pytest.approx(wanted["accuracy"]["Accuracy"], abs=0.002)
    assert version.consistency == pytest.approx(wanted["consistency"]["p"], abs=0.002)
    assert version.mean == pytest.approx(options_test().mean())


def test_a_wrong_key_is_found_in_a_small_case() -> None:
    """The truth of i05 is b; the file says d."""
    people = population(300, TWENTY, 12, 3)
    wrong = TWENTY | bank({"i05": "d"})
    again = [sitting(s.attempt_id, {a[0]: json.loads(a[4])["selected"][0] for a in s.answers}, wrong) for s in people]
    found = analyse(again, wrong, 12)
    assert {name: item.rival for name, item in found.items() if "key" in item.flags} == {"i05": "b"}
    assert "weak" in found["i05"].flags
    assert not any(item.flags for name, item in analyse(people, TWENTY, 12).items())
    assert all("key" not in item.flags for item in analyse(again[:60], wrong, 12).values()), "36 answers are too few for a flag"


def test_other_kinds_are_suspect_when_they_fall_with_ability() -> None:
    pair = pairwise_item(overall=3, id="pair")
    items: dict[str, SomeItem] = {**TWENTY, "pair": pair}
    people = []
    for s in population(120, TWENTY, 12, 4):
        says = {"overall": -3 if s.score > 0.5 else 3, "dimensions": {"facts": "first"}}
        row = ("pair", "v1", pair.key_version, pair.score(says).value, json.dumps(says), 30, False, 13)
        people.append(s._replace(answers=[*s.answers, row]))
    item = analyse(people, items, 13)["pair"]
    assert item.item_rest is not None and item.item_rest < -0.5
    assert "key" in item.flags and item.rival is None
    assert {line.option for line in item.options if line.is_key} == {"+3"}


def test_few_answers_show_nothing_and_flag_nothing() -> None:
    found = analyse(population(20, TWENTY, 12, 5), TWENTY, 12)
    assert all(not item.is_shown and not item.flags and item.alpha_without is None for item in found.values())
    assert all(item.times is None or item.times.threshold is None for item in found.values())


def test_pilots_have_no_part_in_anybodys_rest() -> None:
    people = population(200, TWENTY, 12, 6)
    letters = {s.attempt_id: {a[0]: json.loads(a[4])["selected"][0] for a in s.answers} for s in people}
    piloted = [sitting(number, own, TWENTY, pilots=("i03",)) for number, own in letters.items()]
    without = [sitting(number, {n: v for n, v in own.items() if n != "i03"}, TWENTY) for number, own in letters.items()]
    found, other = analyse(piloted, TWENTY, 12), analyse(without, TWENTY, 12)
    assert found["i03"].pilots == found["i03"].n > 50 and found["i03"].item_rest is not None
    assert [found[name].item_rest for name in other] == pytest.approx([item.item_rest for item in other.values()])


def test_planted_differences_are_found_where_papers_differ_and_an_abler_group_is_none() -> None:
    """Every third person uses another language: two items are much harder, one much easier for them. They are abler, too."""

    def harder(person: int, name: str) -> float:
        if person % 3:
            return 0.0
        return {"i04": 1.6, "i09": -1.6, "i15": 1.6}.get(name, 0.0) - 0.5

    people = population(3000, TWENTY, 14, 7, harder)
    groups = {"language": {person: "sw" if person % 3 == 0 else "en" for person in range(1, 3001)}}
    found = analyse(people, TWENTY, 14, groups)
    assert {name for name, item in found.items() if "groups" in item.flags} == {"i04", "i09", "i15"}
    [row] = found["i04"].differences
    assert (row.reference, row.focal, row.size) == ("en", "sw", "C") and row.low < row.delta < row.high < -1
    assert found["i09"].differences[0].delta > 1.5
    assert not any("groups" in item.flags for item in analyse(population(3000, TWENTY, 14, 8), TWENTY, 14, groups).values())


def test_the_planted_items_of_the_reference_are_those_that_would_be_flagged() -> None:
    """A simulated admission test of R's package difNLR: items 1 and 2 are planted, and the second is small (delta -.87) but
    certain. Only the numbers that difR gave are here."""
    values = numbers("webr")["admission_test"]
    p = [math.erfc(math.sqrt(chi2 / 2)) for chi2 in values["MH"]]
    sure = [place for place, own in enumerate(p, 1) if own * len(p) < LEVEL]
    large = [place for place, delta in enumerate(values["deltaMH"], 1) if abs(delta) >= 1.5]
    assert sure == [1, 2] and large == [1]


def test_groups_with_few_people_and_people_without_a_group_are_left_out() -> None:
    groups = {"country": dict.fromkeys(range(1, 90), "KE") | dict.fromkeys(range(90, 400), "IN")}
    found = analyse(population(500, TWENTY, 20, 9), TWENTY, 20, groups)
    assert not any(item.differences for item in found.values())


def test_times_are_exact_up_to_a_minute_and_rapid_answers_are_counted() -> None:
    counts = np.zeros(TIMES)
    for seconds in [2] * 15 + [40] * 60 + [55] * 25:
        counts[int(np.searchsorted(TIME_EDGES, seconds, side="right")) - 1] += 1
    found = times_of(counts)
    assert found is not None
    assert (found.n, found.low, found.median, found.high) == (100, 40, 40, 40)
    assert (found.threshold, found.rapid) == (pytest.approx(4.0), pytest.approx(0.15))
    assert found.rapid_low == pytest.approx(0.0931, abs=1e-3)
    long = np.zeros(TIMES)
    long[int(np.searchsorted(TIME_EDGES, 1000, side="right")) - 1] = 1
    assert 950 <= quantile(long, 0.5) <= 1000


def test_many_rapid_answers_are_flagged() -> None:
    rng = random.Random(1)
    people = population(200, TWENTY, 20, 10, seconds=lambda item: rng.choice([1, 1, 60, 70, 80]) if item == "i02" else 60)
    assert {name for name, item in analyse(people, TWENTY, 20).items() if "rapid" in item.flags} == {"i02"}


def test_an_item_that_becomes_easier_and_faster_may_be_known() -> None:
    rng, before = random.Random(2), population(300, TWENTY, 20, 11, seconds=lambda item: 40)

    def known(_person: int, name: str) -> float:
        return -2.5 if name == "i16" else 0.0

    def quick(item: str) -> int:
        return 12 + rng.randrange(5) if item == "i16" else 40

    after = population(120, TWENTY, 20, 12, known, seconds=quick, at=THEN + timedelta(weeks=6))
    people = [*before, *(s._replace(attempt_id=s.attempt_id + 300) for s in after)]
    found = analyse(people, TWENTY, 20)
    assert {name for name, item in found.items() if "known" in item.flags} == {"i16"}
    drift = found["i16"].drift
    assert drift is not None and (drift.new_n, drift.old_n) == (120, 300)
    assert drift.easier > 0.15 and drift.faster is not None and drift.faster > 0.5
    assert drift.since == f"{week_start(week_of(THEN + timedelta(weeks=6))):%Y-%m-%d}"
    easier_only = population(120, TWENTY, 20, 12, known, seconds=lambda item: 40, at=THEN + timedelta(weeks=6))
    assert not any("known" in item.flags for item in analyse([*before, *easier_only], TWENTY, 20).values())
    assert all(item.drift is None for item in analyse(before, TWENTY, 20).values()), "all in one week"


def test_information_is_worked_out_at_the_cut_of_an_adopted_calibration() -> None:
    sums = ItemSums()
    sums.add(population(60, TWENTY, 12, 13), {})
    parameters = {name: ItemParameters(1.0 if name != "i00" else 2.0, (0.0,)) for name in TWENTY}
    found = {item.item_id: item for item in statistics_of(sums, Setting(TWENTY, 12, 0.5, 1, parameters))}
    # At the cut .5 every item is at its location, where the information is a^2 / 4.
    assert found["i01"].information == pytest.approx(0.25) and found["i00"].information == pytest.approx(1.0)
    assert all(item.information is None for item in statistics_of(sums, Setting(TWENTY, 12, 0.5)))


def test_the_exam_as_a_whole_by_version_and_sequential_attempts_apart() -> None:
    sums = ItemSums()
    people = population(200, TWENTY, 20, 14)
    sums.add(people[:120], {})
    sums.add([s._replace(exam_version="2") for s in people[120:180]], {})
    sums.add([s._replace(model="sequential") for s in people[180:]], {})
    setting = Setting(TWENTY, 20, 0.6)
    facts = facts_of(sums, statistics_of(sums, setting), setting)
    assert [(v.version, v.n) for v in facts.versions] == [("2", 60), ("1", 120)] and facts.n == 200
    one = facts.versions[1]
    credits = np.array([[a[3] for a in sorted(s.answers)] for s in people[:120]])
    alpha = 20 / 19 * (1 - credits.var(axis=0, ddof=1).sum() / credits.sum(axis=1).var(ddof=1))
    assert one.alpha == pytest.approx(alpha)
    assert one.sem == pytest.approx(credits.mean(axis=1).std(ddof=1) * math.sqrt(1 - alpha))
    assert one.passed == sum(s.is_passed for s in people[:120]) and one.passed_low < one.passed / 120 < one.passed_high
    assert one.accuracy is not None and one.consistency is not None and 0.5 < one.consistency <= one.accuracy <= 1
    assert one.alpha_low is not None and one.alpha_high is not None and one.alpha_low < alpha < one.alpha_high


def test_too_few_sittings_have_no_quality() -> None:
    sums = ItemSums()
    sums.add(population(29, TWENTY, 20, 15), {})
    [version] = facts_of(sums, [], Setting(TWENTY, 20, 0.6)).versions
    assert (version.alpha, version.consistency, version.reason) == (None, None, "few")


def test_alpha_interval_by_hand() -> None:
    # ln(1 - .8) = -1.6094; its error with 102 persons and 11 items is sqrt(22 / 1000) = .14832.
    low, high = alpha_interval(0.8, 102, 11) or (0, 0)
    assert (low, high) == (
        pytest.approx(1 - math.exp(-1.6094 + 0.2907), abs=1e-4),
        pytest.approx(1 - math.exp(-1.6094 - 0.2907), abs=1e-4),
    )
    assert alpha_interval(1.0, 100, 10) is None and alpha_interval(0.5, 2, 10) is None


@pytest.mark.parametrize(
    ("payload", "label"),
    [
        ({}, ""),
        ({"selected": ["c", "a"], "confidence": 80}, "a+c"),
        ({"overall": 2, "reason": "It is."}, "+2"),
        ({"overall": 0}, "0"),
        ({"levels": {"tone": 1, "count": 0}}, "count=0 tone=1"),
        ({"ranks": {"a": 2, "b": 1, "c": 2}}, "b a=c"),
        ({"first_wrong": 0}, "0"),
        ({"marks": []}, "0 marks"),
        ({"text": "A rationale."}, "text"),
    ],
)
def test_labels(payload: dict[str, object], label: str) -> None:
    assert answer_label(payload) == label


def test_more_labels_than_there_is_room_for_are_counted_together() -> None:
    spans = spans_item(id="spans")
    items: dict[str, SomeItem] = {"spans": spans, **TWENTY}
    people = []
    for number, s in enumerate(population(40, TWENTY, 5, 16)):
        says = json.dumps({"selected": [f"o{number:02}"]})
        people.append(s._replace(answers=[*s.answers, ("spans", "v1", spans.key_version, 0.0, says, None, False, 6)]))
    lines = analyse(people, items, 6)["spans"].options
    assert len(lines) == 16 and sum(line.n for line in lines) == 40
    assert next(line.n for line in lines if line.option == "other") == 25
