"""Which model an exam decides by, the order of a sequential sitting, and the decision at its end."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from statistics import fmean
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.make import choice_item, pairwise_item
from trainer_academy.assessments.bank.schema import ExamSpec
from trainer_academy.assessments.exams.decision_model import (
    Known,
    KnownBank,
    KnownItem,
    ability_at,
    choose_model,
    curve_of,
    decide_sequence,
    judge_sequence,
    known_answers,
    posterior_of,
    sequential_score,
    share_at,
)
from trainer_academy.assessments.exams.paper import SequencePlan
from trainer_academy.assessments.exams.sequence import Prepared, minima_of, plan_sequence, prepare
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.measurement.simulations.virtual_exam import fixed_length, simulate_exam, sit_exam, synthetic_exam
from trainer_academy.psychometrics.mastery import Population, Reason, StopRule, estimate
from trainer_academy.psychometrics.response_model import ItemParameters, information, probabilities
from trainer_academy.psychometrics.simulation import Sitting

SKILLS = {"facts": 6, "bias": 3, "safety": 1}


def spec(**values: Any) -> ExamSpec:
    draw = [{"skill": skill, "kind": "choice", "count": count} for skill, count in SKILLS.items()]
    base = {
        "title": "An exam",
        "version": "1",
        "course": "a-course",
        "bank": "a-bank",
        "minutes": 10,
        "cut_score": 0.6,
        "cut_basis": "A made-up pass mark for a test of sequences.",
        "attempts": 3,
        "window_days": 30,
        "cooldown_hours": 0,
        "draw": draw,
    }
    return ExamSpec.model_validate(base | values)


def bank(count: int = 100) -> list[SomeItem]:
    skills = [skill for skill, share in SKILLS.items() for _ in range(share)]
    return [choice_item(id=f"c-{n:03}", skill=skills[n % len(skills)]) for n in range(count)]


def known(items: list[SomeItem], answers: int = 100) -> KnownBank:
    rng = random.Random(4)
    return KnownBank(
        7,
        1,
        {i.id: KnownItem(ItemParameters(rng.uniform(0.6, 1.6), (rng.gauss(-0.5, 1),)), i.key_version, answers) for i in items},
    )


def ready(count: int = 100, **values: Any) -> Prepared:
    items = bank(count)
    return prepare(spec(**values), items, {name: one.parameters for name, one in known(items).items.items()}, 0.6)


def test_the_model_follows_the_rule_and_says_why() -> None:
    items = bank()
    enough = known(items)
    assert choose_model(spec(), items, enough, 0.6).is_sequential
    few = KnownBank(7, 1, dict(list(enough.items.items())[:59]))
    cases = [
        (spec(), None, "none"),
        (spec(), few, "few"),
        (spec(), known(items, answers=99), "few"),
        (spec(decision={"model": "classical"}), enough, "set"),
        (spec(is_mock=True), enough, "set"),
    ]
    for own, calibration, why in cases:
        found = choose_model(own, items, calibration, 0.6)
        assert (found.is_sequential, found.why) == (False, why)
    assert choose_model(spec(), items, enough, 0.9999).why == "cut"


def test_an_item_whose_key_is_not_the_calibrated_one_is_not_used() -> None:
    items = bank(60)
    calibrated = known(items)
    changed = [choice_item(["b"], id=items[0].id), *items[1:]]
    assert choose_model(spec(), items, calibrated, 0.6).is_sequential
    assert choose_model(spec(), changed, calibrated, 0.6).why == "few"


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.floats(0.3, 2.5), st.floats(-2, 2)), min_size=1, max_size=40), st.floats(-3, 3))
def test_the_curve_and_its_inverse_belong_together(parameters: list[tuple[float, float]], ability: float) -> None:
    curve = curve_of([ItemParameters(slope, (step,)) for slope, step in parameters])
    shares = [share for _, share in curve]
    assert shares == sorted(shares)
    share = share_at(curve, ability)
    if len(set(shares)) == len(shares):
        assert ability_at(curve, share) == pytest.approx(ability, abs=1e-6)
    with pytest.raises(ValueError, match="does not reach"):
        ability_at(curve, 1.01)


def test_skills_come_in_their_proportions_wherever_the_sitting_ends() -> None:
    plan = plan_sequence(ready(), 5)
    assert len(plan.entries) == 72
    for length in (10, 20, 40):
        counts = Counter(entry.skill for entry in plan.entries[:length])
        for skill, share in SKILLS.items():
            assert abs(counts[skill] - share * length / 10) <= 1.5
    assert plan.minima == {"facts": 7, "bias": 3, "safety": 1}


def test_two_people_get_other_orders_and_one_seed_gives_one_order() -> None:
    exam = ready()
    one, same, other = (plan_sequence(exam, seed) for seed in (1, 1, 2))
    assert one == same
    assert one.entries != other.entries


def test_what_a_person_has_seen_comes_last() -> None:
    exam = ready(100, decision={"maximum": 40})
    first = {entry.item_id for entry in plan_sequence(exam, 1).entries}
    second = {entry.item_id for entry in plan_sequence(exam, 2, seen=first).entries}
    assert not first & second


def test_pilot_items_keep_their_share_and_are_not_scored() -> None:
    items = bank(100)
    parameters = {name: one.parameters for name, one in known(items[:80]).items.items()}
    exam = prepare(spec(decision={"pilot_share": 0.1}), items, parameters, 0.6)
    for seed in range(5):
        plan = plan_sequence(exam, seed)
        pilots = [place for place, entry in enumerate(plan.entries) if entry.is_pilot]
        assert 0.05 <= len(pilots) / len(plan.entries) <= 0.10
        assert len(plan.entries) == exam.spec.most_shown, "as many as the start page says"
        assert 1 <= sum(place < 20 for place in pilots) <= 3
        assert all(plan.entries[place].parameters is None for place in pilots)
        assert {plan.entries[place].item_id for place in pilots} <= {item.id for item in items[80:]}


def test_second_showings_come_later_and_within_reach_of_an_early_end() -> None:
    items = [*bank(60), *(pairwise_item(id=f"p-{n:02}", skill="facts") for n in range(40))]
    draw = [{"skill": skill, "kind": "choice", "count": count} for skill, count in SKILLS.items()]
    own = spec(draw=[*draw, {"skill": "facts", "kind": "pairwise", "count": 6}], mirrored=2, repeated=1)
    parameters = {name: one.parameters for name, one in known(items).items.items()}
    for seed in range(20):
        entries = plan_sequence(prepare(own, items, parameters, 0.6), seed).entries
        again = [(place, entry) for place, entry in enumerate(entries) if entry.is_repeat]
        assert len(again) == 3
        swaps = 0
        for place, entry in again:
            first = next(n for n, other in enumerate(entries) if other.item_id == entry.item_id)
            assert place - first >= 6
            assert place <= 30
            assert entry.parameters is None
            swaps += entry.presentation.get("swapped") != entries[first].presentation.get("swapped")
        assert swaps == 2


def test_selection_near_the_cut_needs_a_large_bank() -> None:
    def mean_distance(count: int) -> float:
        exam = ready(count, decision={"order": "near-cut"})
        steps = [entry.parameters.steps[0] - exam.cut for seed in range(30) for entry in plan_sequence(exam, seed).entries]
        return sum(map(abs, steps)) / len(steps)

    assert mean_distance(400) < 0.8 * mean_distance(300)


def answers_of(plan: SequencePlan, count: int, level: int) -> list[Known]:
    entries = plan.entries[:count]
    return known_answers(entries, [float(level)] * count, [entry.key_version for entry in entries])


def test_the_end_and_the_reason_by_how_much_was_handed_in() -> None:
    plan = plan_sequence(ready(), 3)
    few = replace(plan, handed_in=8)
    assert decide_sequence(few, answers_of(few, 8, 1)).reason == "too few"
    assert not decide_sequence(few, answers_of(few, 8, 1)).is_passed
    sure = replace(plan, handed_in=20)
    assert decide_sequence(sure, answers_of(sure, 20, 1)).reason == "sure above"
    assert decide_sequence(sure, answers_of(sure, 20, 0)).reason == "sure below"


def test_an_end_by_hand_passes_only_where_the_rule_was_met_or_a_correction_of_ours_took_an_item() -> None:
    plan = replace(plan_sequence(ready(), 3), handed_in=14)
    likely = next(
        answers
        for right in range(14)
        if (answers := answers_of(plan, right, 1) + answers_of(plan, 14, 0)[right:])
        and 0.6 < posterior_of(plan, answers).above() < 0.95
    )
    assert (decide_sequence(plan, likely).reason, decide_sequence(plan, likely).is_passed) == ("ended", False)
    assert decide_sequence(plan, likely, taken_out=1).is_passed
    before = replace(plan, rule=replace(plan.rule, ended_passes=True))
    assert decide_sequence(before, likely).is_passed, "attempts from before keep their rule"
    stored = plan.as_json()
    del stored["rule"]["ended_passes"]
    assert SequencePlan.read(stored).rule.ended_passes


def test_an_early_end_waits_for_the_minima_of_the_blueprint() -> None:
    plan = replace(plan_sequence(ready(), 3), minima={"facts": 7, "bias": 3, "safety": 4}, handed_in=20)
    answers = answers_of(plan, 20, 1)
    found = posterior_of(plan, answers).estimate()
    assert found.above > 0.95 and sum(one.skill == "safety" for one in answers) < 4
    assert not judge_sequence(plan, answers, found).is_over
    none_left = replace(plan, entries=tuple(e for n, e in enumerate(plan.entries) if n < 20 or e.skill != "safety"))
    assert judge_sequence(none_left, answers, found).is_over


def test_items_with_a_corrected_key_are_left_out_and_do_not_make_it_too_short() -> None:
    plan = replace(plan_sequence(ready(), 3), handed_in=12)
    entries = plan.entries[:12]
    versions = [entry.key_version for entry in entries]
    whole = sequential_score(plan, entries, [1.0] * 12, versions, 0.6)
    corrected = sequential_score(plan, entries, [1.0] * 12, ["other", *versions[1:]], 0.6)
    assert whole.basis and corrected.basis
    assert (whole.basis["items"], whole.basis["left_out"]) == (12, 0)
    assert (corrected.basis["items"], corrected.basis["left_out"]) == (11, 1)
    assert corrected.basis["reason"] != "too few"


def test_the_end_rule_is_a_setting() -> None:
    plan = plan_sequence(ready(), 9)
    rng = random.Random(1)
    for _ in range(200):
        credits = [float(rng.random() < 0.58) for _ in plan.entries]
        whole = replace(plan, handed_in=60)
        answers = known_answers(plan.entries, credits, [entry.key_version for entry in plan.entries])
        above = estimate([(one.parameters, one.level) for one in answers], plan.cut).above
        if 0.55 < above < 0.75:
            break
    assert decide_sequence(whole, answers).is_passed
    strict = replace(whole, rule=StopRule(pass_at=0.8))
    found = decide_sequence(strict, answers)
    assert (found.is_passed, found.reason) == (False, "maximum")


def test_a_plan_survives_storage() -> None:
    plan = replace(plan_sequence(ready(), 3), population=Population(0.2, 1.1), handed_in=4)
    assert SequencePlan.read(plan.as_json()) == plan


def test_minima_are_refused_for_skills_that_the_exam_does_not_draw() -> None:
    assert minima_of(spec(decision={"minima": {"bias": 5}})) == {"bias": 5}
    with pytest.raises(ValidationError, match="draws no items for the skill 'law'"):
        spec(decision={"minima": {"law": 1}})
    with pytest.raises(ValidationError, match="minimum must not be above maximum"):
        spec(decision={"minimum": 50, "maximum": 20})


def test_a_made_up_person_goes_the_same_way_as_the_engine_step_by_step() -> None:
    """The simulator adds answers one by one; the product works the whole sitting out anew at each hand-in."""
    exam = synthetic_exam(120, 0.5, seed=2)
    items, truth = {item.id: item for item in exam.scored}, exam.parameters
    for seed in range(25):
        plan = plan_sequence(exam, seed)
        sitting: Sitting = sit_exam(plan, items, truth, 0.4, random.Random(seed))
        rng = random.Random(seed)
        answers: list[Known] = []
        for place, entry in enumerate(plan.entries, 1):
            level = int(rng.random() < 1 - probabilities(truth[entry.item_id], 0.4)[0])
            _ = None if level else rng.random()
            credits = [float(one.level) for one in answers] + [float(level)]
            shown = plan.entries[:place]
            answers = known_answers(shown, credits, [one.key_version for one in shown])
            if judge_sequence(replace(plan, handed_in=place), answers, posterior_of(plan, answers).estimate()).is_over:
                break
        assert [one.item_id for one in answers] == list(sitting.items)
        assert decide_sequence(replace(plan, handed_in=place), answers).is_passed == sitting.verdict.is_passed


def test_the_simulation_is_seeded_and_shows_end_rules() -> None:
    exam = synthetic_exam(120, -0.5, seed=1)
    seen: list[tuple[int, int]] = []
    one = simulate_exam(exam, people=60, seed=5, progress=lambda done, total: seen.append((done, total)))
    assert one == simulate_exam(exam, people=60, seed=5)
    assert seen == [(60, 60)]
    assert [pass_at for pass_at, _ in one.end_rules] == [0.5, 0.7, 0.8, 0.9]
    assert one.end_rules[0][1] == one.whole
    assert simulate_exam(fixed_length(exam, 30), people=20, seed=5).whole.mean_length == 30


def test_calibrated_items_have_to_fill_every_line_of_the_specification() -> None:
    items = [*bank(), *(pairwise_item(id=f"p-{n}", skill="bias") for n in range(4))]
    draw = [{"skill": skill, "kind": "choice", "count": count} for skill, count in SKILLS.items()]
    own = spec(draw=[*draw, {"skill": "bias", "kind": "pairwise", "count": 3}])
    assert choose_model(own, items, known(items), 0.6).is_sequential
    all_but_two_pairs = KnownBank(7, 1, {name: one for name, one in known(items).items.items() if name not in ("p-0", "p-1")})
    found = choose_model(own, items, all_but_two_pairs, 0.6)
    assert (found.is_sequential, found.why) == (False, "cells")


def test_of_each_skill_the_items_that_tell_most_come_first_and_by_chance() -> None:
    exam = ready(100, decision={"maximum": 60})
    assert len(exam.best) == 60 and Counter(item.skill for item in exam.scored if item.id in exam.best) == Counter(
        {"facts": 36, "bias": 18, "safety": 6}
    )
    rest = [information(exam.parameters[item.id], exam.cut) for item in exam.scored if item.id not in exam.best]
    assert fmean(information(exam.parameters[name], exam.cut) for name in exam.best) > fmean(rest)
    orders = [tuple(entry.item_id for entry in plan_sequence(exam, seed).entries[:36]) for seed in range(20)]
    assert set().union(*orders) <= exam.best and len({order[0] for order in orders}) > 10
    first = {entry.item_id for entry in plan_sequence(exam, 1).entries[:30]}
    second = [entry.item_id for entry in plan_sequence(exam, 2, seen=first).entries]
    assert not first & set(second[:50]), "what was not seen comes first, also where it tells less"
    plain = ready(100, decision={"order": "random"})
    assert len(plain.best) == 100


def test_a_sitting_near_the_cut_ends_when_more_items_would_not_change_it() -> None:
    exam = synthetic_exam(120, 0.5, seed=1)
    truth, items = exam.parameters, {item.id: item for item in exam.scored}
    sittings = [sit_exam(plan_sequence(exam, seed), items, truth, 0.4, random.Random(seed)) for seed in range(60)]
    steady = [sitting for sitting in sittings if sitting.verdict.reason is Reason.STEADY]
    assert steady and all(12 <= len(sitting.items) < 72 for sitting in steady)
    without = synthetic_exam(120, 0.5, seed=1, steady=None)
    longer = [sit_exam(plan_sequence(without, seed), items, truth, 0.4, random.Random(seed)) for seed in range(60)]
    assert not any(sitting.verdict.reason is Reason.STEADY for sitting in longer)
    assert fmean(len(one.items) for one in longer) > fmean(len(one.items) for one in sittings) + 3
