"""Pages of item analysis: who may read them, what they say, and that they count nothing themselves."""

from __future__ import annotations

import csv
import io
import random
import re
from collections.abc import Callable, Iterable
from datetime import timedelta

import pytest
from flask import Flask

from tests.analysed import update_analysis
from tests.functional.conftest import TestClock
from tests.functional.test_query_counts import count_get, id_of
from tests.page import rows
from tests.sittings import THEN, Written, write_sittings
from tests.visitor import Visitor
from trainer_academy.accounts.people import add_membership, create_organization
from trainer_academy.assessments.contests.models import Contest
from trainer_academy.assessments.items.choice import ChoiceItem
from trainer_academy.core.db import Database
from trainer_academy.library import Library
from trainer_academy.web.context import get
from trainer_academy.workflows.item_analysis import analyse_exam

KEY = "evaluating-responses"
PATHS = ("/measure", f"/measure/{KEY}/items", f"/measure/{KEY}/items.csv", f"/measure/{KEY}/items.json")
Make = Callable[[str], Visitor]


@pytest.fixture
def author(app: Flask, people: Make) -> Visitor:
    return with_role(app, people, "author")


@pytest.fixture
def operator(app: Flask, people: Make) -> Visitor:
    return with_role(app, people, "operator")


def with_role(app: Flask, people: Make, role: str) -> Visitor:
    visitor = people(f"{role}@example.org")
    with app.app_context(), get(Database).writing() as session:
        academy = create_organization(session, "academy", f"Academy of the {role}", THEN)
        assert academy.id is not None
        add_membership(session, id_of(session, f"{role}@example.org"), academy.id, role, None, THEN)
        session.commit()
    return visitor


def choice_items(library: Library, count: int) -> list[ChoiceItem]:
    bank = library.store.banks[library.store.exams[KEY].bank].items.values()
    found = [item for item in bank if isinstance(item, ChoiceItem) and item.select == "one" and item.status == "active"]
    return sorted(found, key=lambda item: item.id)[:count]


def drawn(items: Iterable[ChoiceItem], count: int, seed: int, reversed_id: str = "") -> list[Written]:
    """People with an ability; on `reversed_id` the able ones choose one same wrong option."""
    rng, found = random.Random(seed), []
    for number in range(count):
        ability = rng.random()
        answers: dict[str, tuple[str, int | None]] = {}
        for item in items:
            wrong = next(letter for letter in item.options if letter not in item.key.correct)
            is_right = rng.random() < 0.1 + 0.8 * (1 - ability if item.id == reversed_id else ability)
            answers[item.id] = (item.key.correct[0] if is_right else wrong, rng.randint(9, 60))
        found.append(Written(answers, exam_key=KEY, started_at=THEN + timedelta(hours=2 * number)))
    return found


def fill(app: Flask, library: Library, count: int = 120, items: int = 9, first: int = 0) -> ChoiceItem:
    """Write sittings and analyse them; the item whose key looks wrong."""
    chosen = choice_items(library, items)
    with app.app_context(), get(Database).writing() as session:
        write_sittings(session, library.store, drawn(chosen, count, 1 + first, chosen[2].id), first)
        update_analysis(session, library.store, KEY, THEN)
        session.commit()
    return chosen[2]


def test_nobody_but_authors_reads_numbers_of_items(app: Flask, library: Library, author: Visitor, operator: Visitor) -> None:
    bad = fill(app, library)
    learner, stranger = Visitor(app), Visitor(app)
    learner.sign_up("somebody@example.org")
    for path in (*PATHS, f"/measure/{KEY}/items/{bad.id}"):
        assert author.get(path).status_code == 200, path
        assert learner.get(path).status_code == operator.get(path).status_code == 403, path
        assert stranger.get(path).status_code in (302, 401), path
    assert operator.get(f"/measure/{KEY}/copying").status_code == 200
    assert author.get(f"/measure/{KEY}/copying").status_code == learner.get(f"/measure/{KEY}/copying").status_code == 403
    assert f"/measure/{KEY}/copying" not in author.get("/measure").text


def test_before_anything_was_counted_the_pages_say_so(author: Visitor, operator: Visitor, library: Library) -> None:
    assert "No first attempt has been decided" in author.get("/measure").text
    assert "No first attempt has been decided" in author.get(f"/measure/{KEY}/items").text
    assert author.get(f"/measure/{KEY}/items.json").get_json()["items"] == []
    reply = author.get(f"/measure/{KEY}/items/{choice_items(library, 1)[0].id}")
    assert reply.status_code == 404 and "Nobody has answered" in reply.text
    assert "has been compared yet" in operator.get(f"/measure/{KEY}/copying").text
    assert author.get("/measure/nothing/items").status_code == author.get("/measure/nothing/items.csv").status_code == 404
    assert 'href="/measure"' in author.get("/banks").text


def test_the_worst_item_comes_first_with_its_flag_in_words(app: Flask, library: Library, author: Visitor) -> None:
    bad = fill(app, library)
    page = author.get(f"/measure/{KEY}/items").text
    table = page[page.index("<tbody>") :]
    assert re.findall(r"/items/([a-z0-9-]+)\"", table)[0] == bad.id
    assert "key may be wrong" in table and "120 first attempts" in page
    assert page.count("<circle") == 9
    flagged = author.get(f"/measure/{KEY}/items?flag=key&sort=id").text
    assert re.findall(r"/items/([a-z0-9-]+)\"", flagged[flagged.index("<tbody>") :]) == [bad.id]
    by_name = author.get(f"/measure/{KEY}/items?sort=id").text
    ids = re.findall(r"/items/([a-z0-9-]+)\"", by_name[by_name.index("<tbody>") :])
    assert ids == sorted(ids) and len(ids) == 9


def test_an_open_report_moves_an_item_up(app: Flask, library: Library, author: Visitor) -> None:
    bad = fill(app, library)
    other = choice_items(library, 9)[7]
    with app.app_context(), get(Database).writing() as session:
        session.add(
            Contest(
                user_id=id_of(session, "author@example.org"),
                item_id=other.id,
                item_version=other.version,
                kind="key",
                text="I think that it is wrong.",
                created_at=THEN,
                due_at=THEN,
            )
        )
        session.commit()
    page = author.get(f"/measure/{KEY}/items").text
    assert re.findall(r"/items/([a-z0-9-]+)\"", page[page.index("<tbody>") :])[:2] == [bad.id, other.id]
    reported = author.get(f"/measure/{KEY}/items?flag=reported").text
    assert re.findall(r"/items/([a-z0-9-]+)\"", reported[reported.index("<tbody>") :]) == [other.id]
    assert "1 open report" in author.get(f"/measure/{KEY}/items/{other.id}").text


def test_the_page_of_an_item_has_its_tables_and_links(app: Flask, library: Library, author: Visitor) -> None:
    bad = fill(app, library)
    page = author.get(f"/measure/{KEY}/items/{bad.id}").text
    wrong = next(letter for letter in bad.options if letter not in bad.key.correct)
    assert f"choose “{wrong}” more than the key" in page and "Nothing has been changed" in page
    assert f'href="/banks/items/{bad.id}"' in page and f"{bad.id}/correct" in page
    for words in ("Quarter 4 (n =", "Median seconds", "Mantel-Haenszel", "Newest answers", "Mean credit"):
        assert words in page, words
    assert "style=" not in page


def test_few_answers_show_no_numbers(app: Flask, library: Library, author: Visitor) -> None:
    bad = fill(app, library, count=12)
    assert "not enough data: 30 first attempts are needed" in author.get("/measure").text
    assert "12 answers in first attempts, and 30 are needed" in author.get(f"/measure/{KEY}/items/{bad.id}").text
    page = author.get(f"/measure/{KEY}/items").text
    assert page.count("not enough data") == 9 and "<circle" not in page
    rows = list(csv.DictReader(io.StringIO(author.get(f"/measure/{KEY}/items.csv").text)))
    assert {row["n"] for row in rows} == {"12"} and {row["facility"] for row in rows} == {""}


def test_downloads_hold_what_the_page_shows(app: Flask, library: Library, author: Visitor) -> None:
    bad = fill(app, library)
    reply = author.get(f"/measure/{KEY}/items.csv")
    assert reply.mimetype == "text/csv" and "attachment" in reply.headers["Content-Disposition"]
    rows = {row["item_id"]: row for row in csv.DictReader(io.StringIO(reply.text))}
    found = author.get(f"/measure/{KEY}/items.json").get_json()
    items = {item["item_id"]: item for item in found["items"]}
    assert set(rows) == set(items) and len(rows) == 9 and found["facts"]["n"] == 120
    assert float(rows[bad.id]["item_rest"]) == items[bad.id]["item_rest"] < 0
    assert rows[bad.id]["flags"].split() == items[bad.id]["flags"]
    assert float(rows[bad.id]["seconds_median"]) == items[bad.id]["times"]["median"]


@pytest.mark.parametrize("query", ["?sort=nothing", "?flag=nothing", "?sort="])
def test_an_unknown_order_or_flag_is_refused_in_words(author: Visitor, query: str) -> None:
    reply = author.get(f"/measure/{KEY}/items{query}")
    assert reply.status_code == 400 and "does not exist" in reply.text


def test_pages_send_as_many_statements_for_many_items_as_for_few(
    app: Flask, library: Library, author: Visitor, operator: Visitor
) -> None:
    bad = fill(app, library, 40, 5)
    pages = [(author, "/measure"), (author, f"/measure/{KEY}/items"), (author, f"/measure/{KEY}/items/{bad.id}")]
    pages += [(author, f"/measure/{KEY}/items.csv"), (operator, f"/measure/{KEY}/copying")]
    few = [len(count_get(app, visitor, path)) for visitor, path in pages]
    fill(app, library, 40, 14, 100)
    many = [count_get(app, visitor, path) for visitor, path in pages]
    assert [len(found) for found in many] == few
    assert max(few) <= 7, many


def test_operators_see_pairs_with_names_and_a_warning(
    app: Flask, library: Library, operator: Visitor, clock: TestClock
) -> None:
    items = choice_items(library, 14)
    rng = random.Random(5)

    def paper() -> dict[str, tuple[str, int | None]]:
        return {item.id: (rng.choice(list(item.options)), 20) for item in items}

    copied = paper()
    written = [
        Written(copied if n in (3, 7) else paper(), exam_key=KEY, started_at=THEN + timedelta(minutes=n)) for n in range(40)
    ]
    with app.app_context(), get(Database).writing() as session:
        ids = write_sittings(session, library.store, written)
        session.commit()
    with app.app_context():
        analyse_exam(get(Database), library.store, KEY, clock())
    page = operator.get(f"/measure/{KEY}/copying").text
    first = " ".join(next(row for row in rows(page) if "(Sitter 3)" in row[0]))
    assert f"{ids[3]} (Sitter 3)" in first and f"{ids[7]} (Sitter 7)" in first and "14 of 14" in first and "look" in first
    assert "never a verdict" in page
    assert f'href="/operate/attempts/{ids[3]}"' in page and operator.get(f"/operate/attempts/{ids[3]}").status_code == 200


def test_the_command_counts_with_progress(app: Flask, library: Library) -> None:
    with app.app_context(), get(Database).writing() as session:
        write_sittings(session, library.store, drawn(choice_items(library, 5), 40, 3))
        session.commit()
    run = app.test_cli_runner()
    first = run.invoke(args=["measure", "analyse", KEY])
    assert first.exit_code == 0, first.output
    assert "40 of 40 sittings read (100 %)" in first.output and "40 first attempts counted anew, 40 in all" in first.output
    assert "Nothing is new" in run.invoke(args=["measure", "analyse", KEY]).output
    unknown = run.invoke(args=["measure", "analyse", "nothing"])
    assert unknown.exit_code == 1 and "There is no exam" in unknown.output
