"""Made-up people through the real engine: the order that is drawn for them, the scoring, the stop rule and the decision. Pure.

`simulation` runs the bare rule over parameters; here each sitting is planned by `sequence`, each answer is scored by its item
where a machine can answer it (choice items; other kinds earn the credit of the level), and `decision_model` decides.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from trainer_academy.assessments.bank.schema import ExamSpec
from trainer_academy.assessments.exams.assembly import MAX_SEED
from trainer_academy.assessments.exams.decision_model import (
    CURVE_FROM,
    CURVE_POINTS,
    CURVE_STEP,
    REASONS,
    Known,
    SequentialDecision,
    curve_of,
    decide_sequence,
    judge_sequence,
    share_at,
)
from trainer_academy.assessments.exams.paper import SequencePlan
from trainer_academy.assessments.exams.sequence import Prepared, plan_sequence, prepare, rule_of
from trainer_academy.assessments.items.kinds import KINDS, SomeItem
from trainer_academy.psychometrics.mastery import STANDARD, Population, Posterior, Verdict
from trainer_academy.psychometrics.response_model import ItemParameters, level_of
from trainer_academy.psychometrics.simulation import Report, Sitting, draw_level, run, synthetic_bank

SKILLS = ("one", "two", "three", "four")
REASON_OF = {word: reason for reason, word in REASONS.items()}


def simulate_exam(
    ready: Prepared,
    *,
    people: int,
    seed: int,
    population: Population = STANDARD,
    truth: Mapping[str, ItemParameters] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Send `people` through the exam twice each. Answers come from `truth` (the exam's own parameters when left out).

    The same seed gives the same report. `progress` gets (people so far, people). Raises ValueError for no people.
    """
    items = {item.id: item for item in ready.scored}
    real = truth or ready.parameters

    def once(ability: float, rng: random.Random) -> Sitting:
        return sit_exam(plan_sequence(ready, rng.randrange(MAX_SEED)), items, real, ability, rng)

    rule = rule_of(ready.spec.decision)
    return run(once, ready.cut, rule, people=people, seed=seed, population=population, progress=progress)


def sit_exam(
    plan: SequencePlan, items: Mapping[str, SomeItem], truth: Mapping[str, ItemParameters], ability: float, rng: random.Random
) -> Sitting:
    """One sitting of a planned exam by a person of this ability: answer, score, hand in, until it is over."""
    answers, found = answer_sequence(plan, items, lambda item_id: draw_level(truth[item_id], ability, rng), rng)
    verdict = Verdict(REASON_OF[found.reason], found.is_passed, found.estimate.above)
    return Sitting(tuple(one.item_id for one in answers), verdict)


def answer_sequence(
    plan: SequencePlan, items: Mapping[str, SomeItem], level_reached: Callable[[str], int], rng: random.Random
) -> tuple[list[Known], SequentialDecision]:
    """Answer a planned exam until it is over: the answers and the decision. `level_reached` says how good an answer is."""
    answers: list[Known] = []
    posterior, rule = Posterior(plan.grid), plan.rule
    for place, entry in enumerate(plan.entries, 1):
        parameters = entry.parameters
        if parameters is None:  # a pilot item or a second showing
            continue
        credit = _credit(items[entry.item_id], level_reached(entry.item_id), parameters.top, rng)
        answers.append(Known(entry.item_id, entry.skill, parameters, level_of(credit, parameters.top + 1)))
        posterior.add(parameters, answers[-1].level)
        if len(answers) < rule.minimum:
            continue
        plan = plan.after(place)
        if judge_sequence(plan, answers, posterior.estimate()).is_over:
            break
    return answers, decide_sequence(
        replace(plan, handed_in=len(plan.entries)) if len(answers) < rule.minimum else plan, answers
    )


def _credit(item: SomeItem, level: int, top: int, rng: random.Random) -> float:
    """The item's own score of an answer at this level."""
    answer = item.answer_at(level > 0, rng) if top == 1 else None
    return level / top if answer is None else item.score(answer).value


def fixed_length(ready: Prepared, length: int) -> Prepared:
    """The same exam with one length for everybody."""
    decision = ready.spec.decision.model_copy(update={"minimum": length, "maximum": length})
    return replace(ready, spec=ready.spec.model_copy(update={"decision": decision}))


def synthetic_exam(size: int, cut: float, seed: int, **decision: Any) -> Prepared:
    """A made-up exam: `size` right/wrong items over four skills (log a normal(0, .3), b normal(0, 1)), the cut in logits."""
    parameters = synthetic_bank(size, seed)
    items = [_made_up_item(name, SKILLS[place % len(SKILLS)]) for place, name in enumerate(parameters)]
    curve = curve_of(list(parameters.values()))
    assert CURVE_FROM < cut < CURVE_FROM + CURVE_STEP * (CURVE_POINTS - 1)
    share = share_at(curve, cut)
    spec = ExamSpec.model_validate(
        {
            "title": "A made-up exam",
            "version": "0",
            "course": "none",
            "bank": "none",
            "minutes": 60,
            "cut_score": share,
            "cut_basis": "Made up for a simulation.",
            "attempts": 1,
            "window_days": 1,
            "cooldown_hours": 0,
            "draw": [{"skill": skill, "kind": "choice", "count": min(60, size // len(SKILLS))} for skill in SKILLS],
            "decision": decision,
        }
    )
    return prepare(spec, items, parameters, share)


def _made_up_item(name: str, skill: str) -> SomeItem:
    return KINDS["choice"].model_validate(
        {
            "id": name,
            "title": "Made up",
            "skill": skill,
            "difficulty": 3,
            "domain": "daily",
            "traps": (),
            "status": "active",
            "lesson": "none",
            "guideline": ("1",),
            "why": "Made up for a simulation; nobody ever answers it.",
            "bank": "none",
            "version": "0",
            "kind": "choice",
            "question": "Which one is right?",
            "options": {"a": "1", "b": "2", "c": "3", "d": "4"},
            "key": {"basis": "judgement", "correct": ("a",)},
        }
    )
