"""What the technical report says of reliability, passes and fairness, in words."""

from __future__ import annotations

import math
from datetime import datetime

from flask_babel import gettext as _

from trainer_academy.assessments.bank.schema import ExamSpec
from trainer_academy.measurement.reports.facts import LEAST_COMPARED, LEAST_GROUP
from trainer_academy.measurement.reports.page_document import Block, Part, Table, Text, part
from trainer_academy.measurement.reports.shapes import Quality, Rate, Report

NONE = "–"


def of100(share: float | None, digits: int = 1) -> str:
    """A share as points of 100."""
    return NONE if share is None else f"{share * 100:.{digits}f}"


def number(value: float | None) -> str:
    return NONE if value is None else f"{value:.2f}"


def count(people: int | None) -> str:
    """A number of people as it was published."""
    return str(_("fewer than %(n)s", n=LEAST_GROUP)) if people is None else f"{people:,}"


def date_of(moment: datetime | None) -> str:
    return NONE if moment is None else f"{moment:%Y-%m-%d}"


def reliability(report: Report, spec: ExamSpec) -> Part:
    blocks: list[Block] = []
    quality = report.quality
    if quality is None or quality.n < LEAST_COMPARED:
        n = 0 if quality is None else quality.n
        known = count(None if 0 < n < LEAST_GROUP else n)
        said = _(
            "Not enough data: n = %(n)s of %(least)s first attempts, which is the least to say something.",
            n=known,
            least=LEAST_COMPARED,
        )
        blocks.append(Text(said))
    else:
        blocks.append(_quality_table(quality))
    if spec.scored_count > 1:
        error = math.sqrt(report.cut * (1 - report.cut) / (spec.scored_count - 1))
        said = _(
            "At the pass mark the error of one score is at most about %(e)s of 100 with %(n)s items (Lord's binomial "
            "error, which needs "
            "no data; part credit makes it smaller). Who stands nearer to the pass mark than that may be decided "
            "differently in a "
            "second sitting.",
            e=of100(error),
            n=spec.scored_count,
        )
        blocks.append(Text(said))
    return Part("reliability", _("Reliability of the decision"), tuple(blocks))


def _quality_table(quality: Quality) -> Table:
    rows = (
        (_("Mean score"), of100(quality.mean)),
        (_("Standard deviation"), of100(quality.sd)),
        (_("Alpha"), number(quality.alpha)),
        (_("Standard error of measurement"), of100(quality.sem)),
        (_("Accuracy: decided as the true score is"), number(quality.accuracy)),
        (_("Consistency: decided alike in two sittings"), number(quality.consistency)),
        (_("Kappa: consistency beyond chance"), number(quality.kappa)),
    )
    caption = _(
        "From n = %(n)s first attempts, computed on %(day)s (Livingston and Lewis 1995)",
        n=quality.n,
        day=date_of(quality.computed_at),
    )
    return Table(caption, (_("What"), _("Value")), rows)


def _rate_row(name: str, rate: Rate) -> tuple[str, ...]:
    if rate.share is None:
        return (name, count(rate.n), _("not enough data"), NONE)
    return (name, count(rate.n), of100(rate.share), f"{of100(rate.low)}–{of100(rate.high)}")


def passes(report: Report) -> Part:
    people = _("People who have started this exam in any version: %(n)s.", n=count(report.people))
    if not report.rates:
        return part("passes", _("Who passed"), Text(people), Text(_("No attempt of this version is decided yet.")))
    rows = tuple(_rate_row(_("attempt %(n)s", n=one.name), one) for one in report.rates)
    head = (_("Attempt"), _("n"), _("Passed, of 100"), _("95 % interval"))
    said = _("Who makes a second attempt failed the first one, so the rows cannot be compared with each other.")
    return part("passes", _("Who passed"), Text(people), Table(_("Pass rates by attempt"), head, rows), Text(said))


def fairness(report: Report) -> Part:
    said = _(
        "Pass rates are shown from %(n)s people in a group on. The exam is in English. Two groups are known: the language in "
        "which a person uses the pages, and the country of people who wrote a profile for the pool. Age, sex and origin are "
        "not asked, so nothing can be said about them.",
        n=LEAST_COMPARED,
    )
    head = (_("Language of the pages"), _("n"), _("Passed, of 100"), _("95 % interval"))
    blocks: list[Block] = [Text(said)]
    if report.languages:
        rows = tuple(_rate_row(one.name, one) for one in report.languages)
        blocks.append(Table(_("First attempts by language of the pages"), head, rows))
    if report.comparisons:
        columns = (_("Groups"), _("People"), _("Items"), _("Moderate"), _("Large"))
        compared = tuple(
            (
                f"{one.focal} / {one.reference}",
                f"{count(one.focal_n)} / {count(one.reference_n)}",
                count(one.items),
                count(one.moderate),
                count(one.large),
            )
            for one in report.comparisons
        )
        blocks.append(Table(_("Items that differ between groups of equally able people"), columns, compared))
        told = _(
            "Differential item functioning (Mantel-Haenszel, classes of ETS). A moderate or large difference is a reason to "
            "look at the item, not a proof that it is unfair."
        )
    else:
        told = _("Differential item functioning (Mantel-Haenszel) needs 100 people in each of two groups: not enough data yet.")
    blocks.append(Text(told))
    return Part("fairness", _("Fairness"), tuple(blocks))
