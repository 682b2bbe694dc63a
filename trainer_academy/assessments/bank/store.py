"""Item banks and specifications from files: read once into an immutable store."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import BaseModel

from trainer_academy.assessments.bank.pass_figures import PassFigures
from trainer_academy.assessments.bank.schema import BankFile, ExamSpec, PracticeSpec, RatingSpec, drawable
from trainer_academy.assessments.items.base import Item
from trainer_academy.assessments.items.kinds import KINDS, SHARED_SECTIONS, SomeItem
from trainer_academy.core import markdown
from trainer_academy.core.front_matter import (
    Problems,
    Section,
    TextFile,
    key_lines,
    load_yaml,
    read_source,
    read_text_file,
    split_sections,
    validate,
)

SpecT = TypeVar("SpecT", bound=BaseModel)


@dataclass(frozen=True)
class Bank:
    """A folder of items."""

    key: str
    file: BankFile
    items: Mapping[str, SomeItem]


@dataclass(frozen=True)
class ItemStore:
    """All banks, exams and practice specifications. Never changes after loading."""

    banks: Mapping[str, Bank] = field(default_factory=dict)
    exams: Mapping[str, ExamSpec] = field(default_factory=dict)
    practice: Mapping[str, PracticeSpec] = field(default_factory=dict)
    items: Mapping[str, SomeItem] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    pass_figures: Mapping[str, PassFigures] = field(default_factory=dict)

    @property
    def counting_exams(self) -> dict[str, ExamSpec]:
        """All exams but the mock exams, by key."""
        return {key: spec for key, spec in self.exams.items() if not spec.is_mock}

    @property
    def minutes_of(self) -> dict[str, int]:
        """How long each exam may take, in minutes, by key."""
        return {key: spec.minutes for key, spec in self.exams.items()}

    @property
    def rated_exams(self) -> dict[str, tuple[ExamSpec, RatingSpec]]:
        """The exams with work that people rate, and how it is rated, by key."""
        return {key: (spec, spec.rating) for key, spec in self.exams.items() if spec.rating is not None}

    def items_for(self, spec: ExamSpec) -> list[SomeItem]:
        """The items of the bank that the exam draws from, as their files are."""
        return list(self.banks[spec.bank].items.values())

    def figures_for(self, exam_key: str, cut_score: float) -> PassFigures | None:
        """What was simulated for the exam as it is, with made-up parameters; None when it has changed since, or was not."""
        found, spec = self.pass_figures.get(exam_key), self.exams[exam_key]
        return found if found is not None and found.is_of(spec, cut_score, len(drawable(spec, self.items_for(spec)))) else None


def load_store(root: Path, problems: Problems) -> ItemStore:
    """Read `root/items`, `root/exams` and `root/practice`; every mistake is added to `problems`."""
    banks: dict[str, Bank] = {}
    items: dict[str, SomeItem] = {}
    sources: dict[str, str] = {}
    for folder in sorted(path for path in (root / "items").glob("*") if path.is_dir()):
        file = load_spec(folder / "bank.yaml", root, BankFile, problems)
        own: dict[str, SomeItem] = {}
        for item_file in sorted(folder.glob("*.md")):
            item = load_item(item_file, root, folder.name, problems)
            if item is None:
                continue
            if item.id in items:
                problems.add(item_file.relative_to(root).as_posix(), 1, f"the id {item.id!r} is used by another item")
                continue
            if file is not None and file.purpose == "exam" and item.exam_fault:
                problems.add(item_file.relative_to(root).as_posix(), 1, item.exam_fault)
            if item.wording_fault:
                problems.add(item_file.relative_to(root).as_posix(), 1, item.wording_fault)
            own[item.id] = items[item.id] = item
            sources[item.id] = item_file.read_text(encoding="utf-8-sig")
        if file is not None:
            banks[folder.name] = Bank(folder.name, file, MappingProxyType(own))
    _find_copies(items, problems)
    exams = _load_folder(root, "exams", ExamSpec, problems)
    practice = _load_folder(root, "practice", PracticeSpec, problems)
    figures = _load_folder(root, "simulations", PassFigures, problems)
    frozen = MappingProxyType
    return ItemStore(frozen(banks), frozen(exams), frozen(practice), frozen(items), frozen(sources), frozen(figures))


def load_spec(file: Path, root: Path, model: type[SpecT], problems: Problems) -> SpecT | None:
    """Read one YAML file into its shape."""
    if not file.exists():
        problems.add(file.relative_to(root).as_posix(), 1, "the file is missing")
        return None
    source = read_source(file, root, problems)
    values = load_yaml(source[1], source[0], 1, problems) if source else None
    if source is None or values is None:
        return None
    return validate(model, values, source[0], key_lines(source[1], 1), problems)


def _load_folder(root: Path, name: str, model: type[SpecT], problems: Problems) -> dict[str, SpecT]:
    found = {}
    for file in sorted((root / name).glob("*.yaml")):
        if (spec := load_spec(file, root, model, problems)) is not None:
            found[file.stem] = spec
    return found


def load_item(file: Path, root: Path, bank: str, problems: Problems) -> SomeItem | None:
    """Read one item file; None when it cannot be used, with the reasons in `problems`."""
    text = read_text_file(file, root, problems)
    if text is None:
        return None
    item = build_item(text, bank, problems)
    if item is not None and item.id != file.stem:
        problems.add(text.path, text.head_lines.get("id", 1), f"the id is {item.id!r} but the file is named {file.stem!r}")
    return item


def parse_item(source: str, item_id: str, bank: str) -> SomeItem:
    """An item from its stored source text. Raises ValueError when it is not a valid item any more."""
    problems = Problems()
    end = source.find("\n---\n", 3)
    head_text = source[4 : end + 1]
    head = load_yaml(head_text, item_id, 2, problems) or {}
    text = TextFile(item_id, head, key_lines(head_text, 2), source[end + 5 :], source[: end + 5].count("\n") + 1)
    item = build_item(text, bank, problems)
    if item is None:
        raise ValueError("; ".join(str(problem) for problem in problems.found))
    return item


def build_item(text: TextFile, bank: str, problems: Problems) -> SomeItem | None:
    """Put head and sections together and validate them."""
    kind = text.head.get("kind")
    cls = KINDS.get(kind) if isinstance(kind, str) else None
    if cls is None:
        problems.add(text.path, text.head_lines.get("kind", 1), f"kind: must be one of {', '.join(KINDS)}")
        return None
    before = len(problems.found)
    sections, preamble = split_sections(text.body, text.body_line)
    if preamble:
        problems.add(text.path, text.body_line, "text before the first section; start with `## Prompt` or `## Question`")
    values = _section_values(text, sections, cls, str(kind), problems)
    for section in sections:
        markdown.find_limits(section.text, text.path, section.line + 1, problems) if section.name != "Check" else None
    if len(problems.found) > before:
        return None
    digest = hashlib.sha256(repr((text.head, text.body)).encode()).hexdigest()[:12]
    merged: dict[str, Any] = {**text.head, **values, "bank": bank, "version": digest}
    fields = {**cls.own_sections, **SHARED_SECTIONS}
    lines = text.head_lines | {fields[section.name]: section.line for section in sections if section.name in fields}
    return validate(cls, merged, text.path, lines, problems)


def _section_values(text: TextFile, sections: list[Section], cls: type[Item], kind: str, problems: Problems) -> dict[str, Any]:
    values: dict[str, Any] = {field: {} for _, field in cls.numbered_sections}
    fields = {**cls.own_sections, **SHARED_SECTIONS}
    seen: set[str] = set()
    for section in sections:
        if section.name in seen:
            problems.add(text.path, section.line, f'the section "## {section.name}" is there twice')
        elif section.name in fields:
            values[fields[section.name]] = section.text.strip()
        elif not _read_numbered(section, cls, values):
            problems.add(text.path, section.line, f'unknown section "## {section.name}" for an item of kind {kind}')
        seen.add(section.name)
        if not section.text.strip():
            problems.add(text.path, section.line, f'the section "## {section.name}" is empty')
    for name in cls.required_sections:
        if name not in seen:
            problems.add(text.path, text.body_line, f'the section "## {name}" is missing')
    if fault := cls.tidy_sections(values):
        problems.add(text.path, text.body_line, fault)
    return values


def _read_numbered(section: Section, cls: type[Item], values: dict[str, Any]) -> bool:
    """Put a section like "Option b" or "Step 3" into its field; False when it is none of these."""
    for pattern, field_name in cls.numbered_sections:
        if match := pattern.match(section.name):
            values[field_name][match[1]] = section.text.strip()
            return True
    return False


def _find_copies(items: Mapping[str, SomeItem], problems: Problems) -> None:
    seen: dict[str, str] = {}
    for item in items.values():
        stem = item.stem_text
        if stem in seen:
            problems.add(f"items/{item.bank}/{item.id}.md", 1, f"the same text as item {seen[stem]!r}")
        seen.setdefault(stem, item.id)
