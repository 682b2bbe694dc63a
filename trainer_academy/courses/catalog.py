"""Courses from files: read once into an immutable catalog, each lesson rendered once per content version."""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from trainer_academy.core import markdown
from trainer_academy.core.front_matter import (
    Problems,
    TextFile,
    key_lines,
    load_yaml,
    read_source,
    read_text_file,
    split_sections,
    validate,
)
from trainer_academy.courses.schema import CourseFile, GuidelineHead, LessonHead

MIN_WORDS = 900
_ITEM_LINE = re.compile(r"^\[\[item ([a-z0-9-]+)\]\]\s*$", re.MULTILINE)
_CLAUSE = re.compile(r"<li>(\s*(?:<p>)?)<strong>(\d+)\.(\d+)</strong>")
_LINK = re.compile(r"\]\((lesson|guideline):([a-z0-9-]+)(?:#([\w.-]+))?\)")


@dataclass(frozen=True)
class Part:
    """A piece of a lesson: `html` to show as it is, or the id of a practice item to put there."""

    kind: Literal["html", "item"]
    value: str


@dataclass(frozen=True)
class Lesson:
    """One lesson. `parts` are rendered on first use and kept."""

    key: str
    course_key: str
    number: int
    head: LessonHead
    body: str
    path: str
    words: int

    @property
    def title(self) -> str:
        return self.head.title

    @property
    def minutes(self) -> int:
        return self.head.minutes

    @cached_property
    def item_ids(self) -> tuple[str, ...]:
        return tuple(_ITEM_LINE.findall(self.body))

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The rendered lesson, split at its practice items."""
        marked = _ITEM_LINE.sub(r"\n\nITEM-HERE-\1\n\n", self.body)
        html = markdown.render(marked, resolve=self._resolve, is_page=True)
        pieces = re.split(r"<p>ITEM-HERE-([a-z0-9-]+)</p>", html)
        kinds: tuple[Literal["html", "item"], ...] = ("html", "item")
        return tuple(Part(kinds[place % 2], piece) for place, piece in enumerate(pieces) if piece.strip())

    @cached_property
    def kilobytes(self) -> int:
        """About what the text costs on the network: gzip of the Markdown, in kB, rounded up, plus 4 kB of page around it."""
        return 4 + -(-len(gzip.compress(self.body.encode())) // 1000)

    @cached_property
    def headings(self) -> tuple[tuple[str, str], ...]:
        """(anchor, text) of the second-level headings."""
        html = "".join(part.value for part in self.parts if part.kind == "html")
        return tuple(
            (anchor, re.sub(r"<[^>]+>", "", text)) for anchor, text in re.findall(r'<h2 id="([^"]+)">(.*?)</h2>', html)
        )

    def _resolve(self, href: str) -> str:
        return resolve_link(href, self.course_key)


def resolve_link(href: str, course_key: str) -> str:
    """The address behind `lesson:...` and `guideline:...` links; other links stay as they are."""
    scheme, _, rest = href.partition(":")
    target, _, anchor = rest.partition("#")
    if scheme == "lesson":
        return f"/courses/{course_key}/lessons/{target}" + (f"#{anchor}" if anchor else "")
    if scheme == "guideline":
        return f"/guidelines/{target}" + (f"#c{anchor.replace('.', '-')}" if anchor else "")
    return href


@dataclass(frozen=True)
class Guideline:
    """A document of numbered clauses."""

    head: GuidelineHead
    body: str

    @cached_property
    def html(self) -> str:
        return _CLAUSE.sub(r'<li id="c\2-\3">\1<strong>\2.\3</strong>', markdown.render(self.body, is_page=True))

    @cached_property
    def clauses(self) -> frozenset[str]:
        return frozenset(re.findall(r"(?m)^- \*\*(\d+\.\d+)\*\*", self.body))

    @cached_property
    def clause_texts(self) -> Mapping[str, str]:
        """Clause number to its text, Markdown marks removed."""
        found = re.findall(r"(?m)^- \*\*(\d+\.\d+)\*\* (.+)$", self.body)
        return MappingProxyType({number: markdown.plain_text(text) for number, text in found})


@dataclass(frozen=True)
class Course:
    """A course with its lessons in order."""

    key: str
    file: CourseFile
    lessons: tuple[Lesson, ...]

    @property
    def title(self) -> str:
        return self.file.title

    @property
    def skills(self) -> Mapping[str, str]:
        return self.file.skills

    @cached_property
    def minutes(self) -> int:
        return sum(lesson.minutes for lesson in self.lessons)

    @cached_property
    def by_key(self) -> Mapping[str, Lesson]:
        return MappingProxyType({lesson.key: lesson for lesson in self.lessons})

    def minutes_left(self, done: frozenset[str]) -> int:
        return sum(lesson.minutes for lesson in self.lessons if lesson.key not in done)

    def next_lesson(self, done: frozenset[str], last: str = "") -> Lesson | None:
        """Where to go on: the lesson opened last if it is not done, else the first one that is not done."""
        if last in self.by_key and last not in done:
            return self.by_key[last]
        return next((lesson for lesson in self.lessons if lesson.key not in done), None)


@dataclass(frozen=True)
class Catalog:
    """All courses and guidelines. Never changes after loading."""

    courses: Mapping[str, Course] = field(default_factory=dict)
    guidelines: Mapping[str, Guideline] = field(default_factory=dict)

    def ordered(self) -> list[Course]:
        return sorted(self.courses.values(), key=lambda course: (course.file.level, course.title))


def load_catalog(root: Path, problems: Problems) -> Catalog:
    """Read `root/courses` and `root/guidelines`; every mistake is added to `problems`."""
    guidelines = {}
    for file in sorted((root / "guidelines").glob("*.md")):
        if guideline := _load_guideline(file, root, problems):
            guidelines[guideline.head.key] = guideline
    courses = {}
    for folder in sorted(path for path in (root / "courses").glob("*") if path.is_dir()):
        if course := _load_course(folder, root, guidelines, problems):
            courses[course.key] = course
    return Catalog(MappingProxyType(courses), MappingProxyType(guidelines))


def _load_guideline(file: Path, root: Path, problems: Problems) -> Guideline | None:
    text = read_text_file(file, root, problems)
    if text is None:
        return None
    head = validate(GuidelineHead, text.head, text.path, text.head_lines, problems)
    if not markdown.find_limits(text.body, text.path, text.body_line, problems) or head is None:
        return None
    return Guideline(head, text.body)


def _load_course(folder: Path, root: Path, guidelines: Mapping[str, Guideline], problems: Problems) -> Course | None:
    source_file = folder / "course.yaml"
    if not source_file.exists():
        problems.add(folder.relative_to(root).as_posix(), 1, "the folder has no course.yaml")
        return None
    source = read_source(source_file, root, problems)
    values = load_yaml(source[1], source[0], 1, problems) if source else None
    if source is None or values is None:
        return None
    path, text = source
    lines = key_lines(text, 1)
    file = validate(CourseFile, values, path, lines, problems)
    if file is None:
        return None
    lessons = []
    for number, key in enumerate(file.lessons, 1):
        lesson_file = folder / "lessons" / f"{key}.md"
        if not lesson_file.exists():
            problems.add(path, lines.get("lessons", 1), f"the lesson {key!r} has no file lessons/{key}.md")
        elif lesson := _load_lesson(lesson_file, root, folder.name, number, file, problems):
            lessons.append(lesson)
    if len(set(file.lessons)) < len(file.lessons):
        problems.add(path, lines.get("lessons", 1), "a lesson is listed twice")
    for stray in sorted({p.stem for p in (folder / "lessons").glob("*.md")} - set(file.lessons)):
        problems.add(f"{path.rsplit('/', 1)[0]}/lessons/{stray}.md", 1, "this lesson is not listed in course.yaml")
    if file.guideline and file.guideline not in guidelines:
        problems.add(path, lines.get("guideline", 1), f"there is no guideline {file.guideline!r}")
    course = Course(folder.name, file, tuple(lessons))
    _check_links(course, guidelines, problems)
    return course


def _load_lesson(file: Path, root: Path, course_key: str, number: int, course: CourseFile, problems: Problems) -> Lesson | None:
    text = read_text_file(file, root, problems)
    if text is None:
        return None
    head = validate(LessonHead, text.head, text.path, text.head_lines, problems)
    is_safe = markdown.find_limits(text.body, text.path, text.body_line, problems)
    if head is None or not is_safe:
        return None
    if head.skill not in course.skills:
        problems.add(text.path, text.head_lines.get("skill", 1), f"the course has no skill {head.skill!r}")
    words = markdown.count_words(text.body)
    _check_lesson(text, words, problems)
    return Lesson(file.stem, course_key, number, head, text.body, text.path, words)


def _check_lesson(text: TextFile, words: int, problems: Problems) -> None:
    sections, _ = split_sections(text.body, text.body_line)
    if words < MIN_WORDS:
        problems.add(text.path, text.body_line, f"the lesson has {words} words; it needs at least {MIN_WORDS}")
    if not any(section.name.lower().startswith("check yourself") for section in sections):
        problems.add(text.path, text.body_line, 'the section "## Check yourself" is missing')
    elif not _ITEM_LINE.search(text.body):
        problems.add(text.path, text.body_line, "the lesson has no practice item; write [[item id]] alone on a line")
    if text.body.count('!!! example "') < 2:
        problems.add(text.path, text.body_line, "the lesson needs at least two worked examples (!!! example)")


def _check_links(course: Course, guidelines: Mapping[str, Guideline], problems: Problems) -> None:
    for lesson in course.lessons:
        for match in _LINK.finditer(lesson.body):
            kind, target, anchor = match[1], match[2], match[3]
            if kind == "lesson" and target not in course.by_key:
                problems.add(lesson.path, 1, f"the link lesson:{target} leads nowhere")
            if kind == "guideline" and target not in guidelines:
                problems.add(lesson.path, 1, f"the link guideline:{target} leads nowhere")
            elif kind == "guideline" and anchor and anchor not in guidelines[target].clauses:
                problems.add(lesson.path, 1, f"the guideline {target} has no clause {anchor}")
