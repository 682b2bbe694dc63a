"""What a pass is worth, in words: simulated figures with what was assumed, and what nobody knows yet."""

from __future__ import annotations

from flask_babel import gettext as _

from trainer_academy.assessments.bank.pass_figures import PassFigures, Rate
from trainer_academy.assessments.bank.schema import ExamSpec
from trainer_academy.core.shares import cut_down
from trainer_academy.measurement.reports.page_document import Block, Part, Points, Table, Text

NONE = "–"


def worth_in_full(found: PassFigures | None, spec: ExamSpec) -> Part:
    """The part of the technical report: the whole table, what was assumed, what is not known."""
    blocks = [Text(_not_simulated(spec))] if found is None else [Text(_assumed(found)), _table(found), Text(_exposure(found))]
    return _part([*blocks, Text(_("What nobody knows yet:")), Points(_unknown())])


def worth_in_short(found: PassFigures | None, spec: ExamSpec, report: tuple[str, str]) -> Part:
    """The part of the handbook: the figures for all attempts of the exam."""
    if found is None:
        return _part([Text(_not_simulated(spec), report)])
    row = found.after(spec.attempts)
    said = _(
        "Simulated with made-up people who sit up to %(k)s times: of 100 who pass, about %(p)s are truly above the certified "
        "level (95 %% interval %(a)s to %(b)s, n = %(n)s). Of 100 people who are clearly above it (one standard error of a "
        "paper or more), about %(m)s do not pass within their attempts (n = %(o)s). Of 100 who are below it, about %(f)s pass.",
        k=row.attempts,
        p=_of100(row.ppv),
        a=cut_down(row.ppv.interval.low),
        b=cut_down(row.ppv.interval.high),
        n=row.ppv.n,
        m=_of100(row.strong_missed),
        o=row.strong_missed.n,
        f=_of100(row.false_pass),
    )
    return _part([Text(said), Text(_assumed(found), report), Text(_("What nobody knows yet:")), Points(_unknown())])


def _part(blocks: list[Block]) -> Part:
    return Part("worth", _("What a pass is worth"), tuple(blocks))


def _not_simulated(spec: ExamSpec) -> str:
    said: str = (
        _("People rate the work in this exam. How sure a pass is depends on the raters; it is not simulated.")
        if spec.rating is not None
        else _("Not simulated yet for this version of the exam, its pass mark and its items.")
    )
    return said


def _assumed(found: PassFigures) -> str:
    given = found.given
    said: str = _(
        "Assumed: %(n)s people, of whom %(b)s in 100 are above the level; %(c)s in 100 people know %(l)s in 100 items of the "
        "bank by heart and answer them rightly in %(k)s of 100 cases; everybody who fails sits again, up to %(t)s times; "
        "papers come from the real bank of %(i)s items by the real rules.",
        n=given.people,
        b=_percent(given.base),
        c=_percent(given.coached),
        l=_percent(given.leaked),
        k=_percent(given.known),
        t=given.attempts,
        i=found.bank,
    )
    if found.calibration is None:
        said += " " + _(
            "How hard the items are is made up as well (right or wrong; difficulty normal, log slopes with a standard "
            "deviation of %(s)s, guessed rightly in %(g)s of 100 cases): no calibration is adopted.",
            s=f"{given.slope_sd:g}",
            g=_percent(given.guessing),
        )
    else:
        said += " " + _("Items are answered by the parameters of calibration %(n)s.", n=found.calibration)
    return said


def _table(found: PassFigures) -> Table:
    head = (
        _("Attempts"),
        _("Sittings, mean"),
        _("Passed"),
        _("Above the level, of those who passed"),
        _("The same, of the coached"),
        _("Passed, of those below"),
        _("Not passed, of those above"),
        _("Not passed, of those clearly above"),
    )
    rows = tuple(
        (
            _("up to %(n)s", n=row.attempts),
            f"{row.sittings:.2f}",
            _cell(row.passed),
            _cell(row.ppv),
            _cell(row.coached_ppv),
            _cell(row.false_pass),
            _cell(row.missed),
            _cell(row.strong_missed),
        )
        for row in found.rows
    )
    return Table(
        _("Of 100, with 95 %% Wilson intervals and the number of made-up people; seed %(s)s", s=found.seed), head, rows
    )


def _exposure(found: PassFigures) -> str:
    said: str = _(
        "A sitting had %(i)s scored items on average; the most shown item was on %(t)s of 100 papers. Clearly above: one "
        "standard error of a paper or more above the level.",
        i=f"{found.items:.1f}",
        t=cut_down(found.top_exposure),
    )
    return said


def _unknown() -> tuple[str, ...]:
    return (
        _("How many of the people who come are above the level. With fewer of them, fewer passes are right."),
        _("How many items are known outside, and to how many people."),
        _("How often somebody has help, also by a model, where nobody supervises. It is not part of these figures."),
        _("How real people answer. Made-up people answer as a formula says; real ones are less regular."),
        _("How much people learn between two sittings. Here they learn nothing; who does passes more often and rightly so."),
    )


def _cell(rate: Rate) -> str:
    if rate.share is None:
        return NONE
    low, high = cut_down(rate.interval.low), cut_down(rate.interval.high)
    return f"{_of100(rate)} ({low}–{high}; n = {rate.n})"


def _of100(rate: Rate) -> str:
    return NONE if rate.share is None else cut_down(rate.share)


def _percent(share: float) -> str:
    return f"{100 * share:g}"
