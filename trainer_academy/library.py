"""Load everything in `content/` at once and check what holds between slices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from trainer_academy.assessments.bank.store import ItemStore, load_spec, load_store
from trainer_academy.assessments.exams.assembly import find_shortages
from trainer_academy.core.errors import ContentError
from trainer_academy.core.front_matter import Problems
from trainer_academy.courses.catalog import Catalog, load_catalog
from trainer_academy.credentials.criteria import Achievement, Achievements
from trainer_academy.measurement.reports.schema import RequirementFile, Scheme


@dataclass(frozen=True)
class Library:
    """All teaching material, immutable."""

    catalog: Catalog = field(default_factory=Catalog)
    store: ItemStore = field(default_factory=ItemStore)
    achievements: Achievements = field(default_factory=Achievements)
    schemes: Mapping[str, Scheme] = field(default_factory=dict)
    requirements: RequirementFile | None = None


def load_library(root: Path) -> Library:
    """Read and check `root`. Raises ContentError with every problem, each with file and line."""
    problems = Problems()
    library = read_library(root, problems)
    if problems.found:
        raise ContentError(sorted(problems.found, key=lambda problem: (problem.path, problem.line)))
    return library


def read_library(root: Path, problems: Problems) -> Library:
    """Read `root` as far as possible and collect the problems."""
    catalog = load_catalog(root, problems)
    store = load_store(root, problems)
    achievements = {}
    for file in sorted((root / "achievements").glob("*.yaml")):
        if (achievement := load_spec(file, root, Achievement, problems)) is not None:
            achievements[file.stem] = achievement
    achievements = dict(sorted(achievements.items(), key=lambda pair: (pair[1].level, pair[1].name)))
    schemes = {}
    for file in sorted((root / "schemes").glob("*.yaml")):
        if (scheme := load_spec(file, root, Scheme, problems)) is not None:
            schemes[file.stem] = scheme
    listed = root / "requirements.yaml"
    requirements = load_spec(listed, root, RequirementFile, problems) if listed.exists() else None
    _check_courses(catalog, store, problems)
    _check_items(catalog, store, problems)
    _check_exams(catalog, store, problems)
    _check_achievements(achievements, store, problems)
    _check_schemes(schemes, store, problems)
    _check_requirements(requirements, schemes, problems)
    return Library(catalog, store, Achievements(MappingProxyType(achievements)), MappingProxyType(schemes), requirements)


def _check_courses(catalog: Catalog, store: ItemStore, problems: Problems) -> None:
    for course in catalog.courses.values():
        path = f"courses/{course.key}/course.yaml"
        if course.file.exam and course.file.exam not in store.exams:
            problems.add(path, 1, f"there is no exam {course.file.exam!r}")
        if course.file.mock and (course.file.mock not in store.exams or not store.exams[course.file.mock].is_mock):
            problems.add(path, 1, f"there is no mock exam {course.file.mock!r}")
        if course.file.practice and course.file.practice not in store.practice:
            problems.add(path, 1, f"there is no practice {course.file.practice!r}")
        for lesson in course.lessons:
            for item_id in lesson.item_ids:
                item = store.items.get(item_id)
                if item is None:
                    problems.add(lesson.path, 1, f"there is no item {item_id!r}")
                elif store.banks.get(item.bank) and store.banks[item.bank].file.purpose != "practice":
                    problems.add(
                        lesson.path, 1, f"the item {item_id!r} belongs to an exam bank; lessons show practice items only"
                    )


def _check_items(catalog: Catalog, store: ItemStore, problems: Problems) -> None:
    for bank in store.banks.values():
        course = catalog.courses.get(bank.file.course)
        if course is None:
            problems.add(f"items/{bank.key}/bank.yaml", 1, f"there is no course {bank.file.course!r}")
            continue
        clauses: Mapping[str, object] = {}
        if course.file.guideline in catalog.guidelines:
            clauses = catalog.guidelines[course.file.guideline or ""].clause_texts
        for item in bank.items.values():
            path = f"items/{bank.key}/{item.id}.md"
            if item.skill not in course.skills:
                problems.add(path, 1, f"skill: the course has no skill {item.skill!r}")
            if item.lesson not in course.by_key:
                problems.add(path, 1, f"lesson: the course has no lesson {item.lesson!r}")
            for clause in item.guideline:
                if clause not in clauses:
                    problems.add(path, 1, f"guideline: there is no clause {clause!r}")


def _check_exams(catalog: Catalog, store: ItemStore, problems: Problems) -> None:
    for key, spec in store.exams.items():
        path = f"exams/{key}.yaml"
        bank = store.banks.get(spec.bank)
        purpose = "practice" if spec.is_mock else "exam"
        if bank is None or bank.file.purpose != purpose:
            problems.add(path, 1, f"bank: there is no {purpose} bank {spec.bank!r}")
            continue
        if spec.course not in catalog.courses:
            problems.add(path, 1, f"course: there is no course {spec.course!r}")
        for shortage in find_shortages(spec, bank.items.values()):
            problems.add(path, 1, f"draw: {shortage}")
    for key, practice in store.practice.items():
        bank = store.banks.get(practice.bank)
        if bank is None or bank.file.purpose != "practice":
            problems.add(f"practice/{key}.yaml", 1, f"bank: there is no practice bank {practice.bank!r}")


def _check_achievements(achievements: Mapping[str, Achievement], store: ItemStore, problems: Problems) -> None:
    for key, achievement in achievements.items():
        if achievement.exam not in store.exams:
            problems.add(f"achievements/{key}.yaml", 1, f"exam: there is no exam {achievement.exam!r}")
        elif store.exams[achievement.exam].is_mock:
            problems.add(f"achievements/{key}.yaml", 1, "exam: a mock exam certifies nothing")


def _check_schemes(schemes: Mapping[str, Scheme], store: ItemStore, problems: Problems) -> None:
    """A scheme belongs to an exam that counts, and its tasks need exactly the skills that the exam draws."""
    for key, scheme in schemes.items():
        path, spec = f"schemes/{key}.yaml", store.exams.get(key)
        if spec is None or spec.is_mock:
            problems.add(path, 1, f"there is no exam {key!r} that counts")
            continue
        drawn = {draw.skill for draw in spec.draw}
        if unknown := sorted(scheme.skills - drawn):
            problems.add(path, 1, f"tasks: the exam draws no items of {', '.join(unknown)}")
        if missing := sorted(drawn - scheme.skills):
            problems.add(path, 1, f"tasks: no task needs {', '.join(missing)}, which the exam asks for")


def _check_requirements(found: RequirementFile | None, schemes: Mapping[str, Scheme], problems: Problems) -> None:
    for row in found.requirements if found else ():
        for place in row.where:
            if place.exam is not None and place.exam not in schemes:
                problems.add("requirements.yaml", 1, f"requirement {row.id}: there is no exam {place.exam!r} with a scheme")
