"""The words of a technical report: facts and scheme in, a document out. Texts go through gettext; nothing is computed here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime

from flask_babel import gettext as _

from trainer_academy.assessments.schema import ExamSpec
from trainer_academy.measurement.document import Block, Document, Part, Points, Table, Text
from trainer_academy.measurement.handbook_text import kind_name
from trainer_academy.measurement.reporting import LEAST_COMPARED, LEAST_GROUP, Corrections, Line, Panel, Quality, Rate, Report
from trainer_academy.measurement.schema import Scheme
from trainer_academy.measurement.study_rules import LEAST_JUDGES, USUAL_JUDGES

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


def report_document(report: Report, scheme: Scheme | None, spec: ExamSpec, skills: Mapping[str, str]) -> Document:
    """The report as a document."""
    lead = (
        _("Exam version %(v)s. Facts of %(day)s (UTC).", v=report.exam_version, day=f"{report.made_at:%Y-%m-%d %H:%M}"),
        _(
            "Every number is given with the number of people or items behind it. Nothing is said about groups of fewer than "
            "%(n)s people.", n=LEAST_GROUP,
        ),
    )  # fmt: skip
    parts = (
        *_purpose(scheme), *_tasks(scheme, skills), _blueprint(report, spec, skills), _development(report, scheme),
        _standard(report, spec), _model(report, spec), _reliability(report, spec), _passes(report), _fairness(report),
        _keys(report.corrections), _exposure(report), *_security(report, scheme), _changes(report),
    )  # fmt: skip
    return Document(_("Technical report: %(title)s", title=spec.title), lead, parts)


def _part(key: str, title: str, *blocks: Block) -> Part:
    return Part(key, title, blocks)


def _purpose(scheme: Scheme | None) -> tuple[Part, ...]:
    if scheme is None:
        return (_part("purpose", _("Purpose"), Text(_("The purpose of this exam is not written down yet."))),)
    return (
        _part(
            "purpose", _("Purpose and use"), Text(scheme.purpose), Text(_("Made for:")), Points(scheme.intended),
            Text(_("Not made for:")), Points(scheme.not_intended),
        ),
    )  # fmt: skip


def _tasks(scheme: Scheme | None, skills: Mapping[str, str]) -> tuple[Part, ...]:
    if scheme is None:
        return ()
    rows = tuple(
        (task.task, ", ".join(skills.get(skill, skill) for skill in task.skills), ", ".join(task.sources))
        for task in scheme.tasks
    )
    made = _(
        "Made on %(a)s, to be looked at again by %(b)s.", a=scheme.analysis.made_on.isoformat(),
        b=scheme.analysis.review_by.isoformat(),
    )  # fmt: skip
    blocks: list[Block] = [
        Text(scheme.analysis.method), Text(f"{scheme.analysis.limits} {made}"),
        Table(_("Tasks of the job and the skills they need"), (_("Task"), _("Skills"), _("Sources")), rows),
        Text(_("Sources:")), Points(tuple(f"{source.id}: {source.text}" for source in scheme.sources)),
    ]  # fmt: skip
    if scheme.not_covered:
        blocks += [Text(_("Parts of the job that the exam does not cover:")), Points(scheme.not_covered)]
    return (Part("tasks", _("Task analysis"), tuple(blocks)),)


def _blueprint(report: Report, spec: ExamSpec, skills: Mapping[str, str]) -> Part:
    rows = tuple(
        (skills.get(line.skill, line.skill), _kind_of(line), str(line.asked), str(line.in_bank)) for line in report.lines
    )
    if report.papers.seen == 0:
        checked = _("No paper has been given in this version yet.")
    elif report.papers.seen is None:
        checked = _("Fewer than %(n)s papers have been given in this version; not enough to report.", n=LEAST_GROUP)
    else:
        checked = _(
            "Of the newest %(n)s papers, %(k)s hold exactly what is asked for. A paper that cannot be filled is not given.",
            n=report.papers.seen, k=report.papers.fitting,
        )  # fmt: skip
    by = Table(
        _("Active items of the bank that the exam can draw, by skill"), (_("Skill"), _("Items")),
        tuple((skills.get(name, name), str(n)) for name, n in report.counts["skill"].items()),
    )  # fmt: skip
    total = _("A paper has %(n)s items drawn from %(bank)s.", n=spec.scored_count, bank=report.bank)
    head = (_("Skill"), _("Kind of item"), _("On a paper"), _("In the bank"))
    return _part(
        "blueprint", _("Blueprint, and papers against it"), Text(total), Table(_("Blueprint"), head, rows), by, Text(checked)
    )


def _kind_of(line: Line) -> str:
    words = kind_name(line.kind)
    if line.difficulty != (1, 5):
        words += ", " + _("difficulty %(a)s to %(b)s", a=line.difficulty[0], b=line.difficulty[1])
    if line.trap:
        words += ", " + (_("without a trap") if line.trap == "none" else _("trap: %(t)s", t=line.trap))
    return words


def _development(report: Report, scheme: Scheme | None) -> Part:
    review, blocks = report.review, [Text(scheme.development)] if scheme else []
    basis = ", ".join(f"{name} {n}" for name, n in report.counts["basis"].items())
    kinds = ", ".join(f"{kind_name(name)} {n}" for name, n in report.counts["kind"].items())
    blocks.append(Text(_("What the %(n)s keys rest on: %(basis)s. Kinds: %(kinds)s.", n=report.bank, basis=basis, kinds=kinds)))
    if not review.rows:
        blocks.append(Text(_("No stored review is about an item of this bank.")))
    else:
        said = _(
            "%(items)s of %(bank)s items have a stored review, by: %(who)s. %(same)s of %(rows)s reviews agreed "
            "without a remark; "
            "the others led to a change or a remark. %(current)s of these items are in use in the reviewed version. "
            "%(none)s items have no stored review.",
            items=review.items, bank=report.bank, who="; ".join(review.reviewers), same=review.as_they_were, rows=review.rows,
            current=review.current, none=report.bank - review.items,
        )  # fmt: skip
        blocks.append(Text(said))
    return Part("development", _("Development and review of items"), tuple(blocks))


def _standard(report: Report, spec: ExamSpec) -> Part:
    blocks: list[Block] = []
    if report.is_provisional:
        blocks.append(Text(_("Provisional: no judges have rated the items yet.")))
        blocks.append(Text(spec.cut_basis))
    else:
        cut = report.cuts[0]
        said = _(
            "Set by %(n)s judges over %(i)s items on %(day)s: %(cut)s of 100 (standard error %(e)s).", n=cut.judges,
            i=cut.items, day=date_of(cut.adopted_at), cut=of100(cut.score), e=of100(cut.error),
        )  # fmt: skip
        blocks.append(Text(said))
        if cut.judges < USUAL_JUDGES:
            blocks.append(Text(_("That is a small panel: 10 to 15 judges are usual.")))
    blocks.append(Text(_method()))
    blocks += _panel(report.panel)
    if report.cuts:
        head = (_("Adopted"), _("Pass mark"), _("Recommended"), _("Standard error"), _("Judges"), _("Items"), _("Reason"))
        rows = tuple(
            (
                date_of(c.adopted_at),
                of100(c.score, 2),
                of100(c.recommended, 2),
                of100(c.error),
                str(c.judges),
                str(c.items),
                c.reason,
            )
            for c in report.cuts
        )
        blocks.append(Table(_("All adopted pass marks, the newest first"), head, rows))
    return Part("standard", _("Pass mark and panel"), tuple(blocks))


def _method() -> str:
    said: str = _(
        "Method: modified Angoff (Angoff 1971) in two rounds. Each judge says for each item how many of 100 just "
        "competent people "
        "would get it right, sees the panel's ratings, discusses, and rates again. 10 to 15 judges are usual (Hurtz and Hertel "
        "1999); with fewer than %(n)s a pass mark is not adopted.", n=LEAST_JUDGES,
    )  # fmt: skip
    return said


def _panel(panel: Panel | None) -> list[Block]:
    if panel is None:
        return [Text(_("No study has been done yet, so there is no panel."))]
    if panel.status != "closed":
        return [Text(_("A study is planned or running. It has no result yet."))]
    blocks: list[Block] = [
        Text(
            _(
                "The newest study ran from %(a)s to %(b)s over %(i)s items. Who is just competent: %(who)s",
                a=date_of(panel.started_at), b=date_of(panel.ended_at), i=panel.items, who=panel.definition,
            )
        ),
        Text(
            _(
                "Each judge wrote a statement of qualification and of interests and signed confidentiality; the "
                "academy keeps them "
                "and does not publish them. Every rating is kept."
            )
        ),
    ]  # fmt: skip
    head = (
        _("Round"), _("Judges"), _("Left out"), _("Cut"), _("Standard error"), _("95 % interval"), _("Error with items"),
        _("Reliability"), _("Cuts of judges"),
    )  # fmt: skip
    rows = tuple(
        (
            str(r.number), str(r.judges), str(r.missing), of100(r.cut), of100(r.error), f"{of100(r.low)}–{of100(r.high)}",
            of100(r.error_with_items), number(r.reliability), f"{of100(r.lowest)}–{of100(r.highest)}",
        )
        for r in panel.rounds
    )  # fmt: skip
    return [*blocks, Table(_("Rounds of the panel (of 100)"), head, rows)]


def _model(report: Report, spec: ExamSpec) -> Part:
    base = _(
        "Each item gives a credit between 0 and 1 by a published rule; an item without an answer gives 0. The score "
        "is the mean over "
        "the items that count. A person passes with a score of at least the pass mark. The likely range on the result page is "
        "the 95 % Wilson interval."
    )
    if report.is_sequential:
        rule = spec.decision
        then = _(
            "The exam is sequential, with calibration %(n)s: after %(a)s items it ends when the answers make it %(p)s %% sure "
            "that a person is above or below the pass mark; after %(b)s items a pass needs %(q)s %%.", n=report.calibration,
            a=rule.minimum, b=rule.maximum, p=round(rule.high * 100), q=round(rule.pass_at * 100),
        )  # fmt: skip
    elif report.calibration is None:
        then = _("No calibration is adopted, so no item weighs more than another and no exam stops early.")
    else:
        then = _("Calibration %(n)s is adopted, but too few items are calibrated for it to decide.", n=report.calibration)
    time = _("Time limit: %(m)s minutes. Extra time is possible and is not shown on certificates.", m=spec.minutes)
    return _part("model", _("How it is decided"), Text(base), Text(then), Text(time))


def _reliability(report: Report, spec: ExamSpec) -> Part:
    blocks: list[Block] = []
    quality = report.quality
    if quality is None or quality.n < LEAST_COMPARED:
        n = 0 if quality is None else quality.n
        known = count(None if 0 < n < LEAST_GROUP else n)
        said = _("Not enough data: n = %(n)s of %(least)s first attempts, which is the least to say something.", n=known,
                 least=LEAST_COMPARED)  # fmt: skip
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
            "second sitting.", e=of100(error), n=spec.scored_count,
        )  # fmt: skip
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


def _passes(report: Report) -> Part:
    people = _("People who have started this exam in any version: %(n)s.", n=count(report.people))
    if not report.rates:
        return _part("passes", _("Who passed"), Text(people), Text(_("No attempt of this version is decided yet.")))
    rows = tuple(_rate_row(_("attempt %(n)s", n=one.name), one) for one in report.rates)
    head = (_("Attempt"), _("n"), _("Passed, of 100"), _("95 % interval"))
    said = _("Who makes a second attempt failed the first one, so the rows cannot be compared with each other.")
    return _part("passes", _("Who passed"), Text(people), Table(_("Pass rates by attempt"), head, rows), Text(said))


def _fairness(report: Report) -> Part:
    said = _(
        "Pass rates are shown from %(n)s people in a group on. The exam is in English. Two groups are known: the language in "
        "which a person uses the pages, and the country of people who wrote a profile for the pool. Age, sex and origin are "
        "not asked, so nothing can be said about them.",
        n=LEAST_COMPARED,
    )  # fmt: skip
    head = (_("Language of the pages"), _("n"), _("Passed, of 100"), _("95 % interval"))
    blocks: list[Block] = [Text(said)]
    if report.languages:
        rows = tuple(_rate_row(one.name, one) for one in report.languages)
        blocks.append(Table(_("First attempts by language of the pages"), head, rows))
    if report.comparisons:
        columns = (_("Groups"), _("People"), _("Items"), _("Moderate"), _("Large"))
        compared = tuple(
            (f"{one.focal} / {one.reference}", f"{count(one.focal_n)} / {count(one.reference_n)}", count(one.items),
             count(one.moderate), count(one.large))
            for one in report.comparisons
        )  # fmt: skip
        blocks.append(Table(_("Items that differ between groups of equally able people"), columns, compared))
        told = _(
            "Differential item functioning (Mantel-Haenszel, classes of ETS). A moderate or large difference is a reason to "
            "look at the item, not a proof that it is unfair."
        )  # fmt: skip
    else:
        told = _("Differential item functioning (Mantel-Haenszel) needs 100 people in each of two groups: not enough data yet.")
    blocks.append(Text(told))
    return Part("fairness", _("Fairness"), tuple(blocks))


def _keys(found: Corrections) -> Part:
    rows = (
        (_("Reports that something is wrong with an item"), count(found.reports)),
        (_("accepted"), count(found.accepted)),
        (_("rejected"), count(found.rejected)),
        (_("waiting for an answer"), count(found.waiting)),
        (_("Median days to the answer"), NONE if found.median_days is None else f"{found.median_days:.1f}"),
        (_("Appeals against raters"), count(found.appeals)),
        (_("Corrected keys"), str(found.keys)),
        (_("Suspended items"), str(found.suspended)),
        (_("Decisions changed to a pass"), count(found.to_pass)),
        (_("Decisions changed to a fail"), count(found.to_fail)),
        (_("Passes kept although the new key would fail them"), count(found.kept)),
    )
    return _part("keys", _("Contested items and corrected keys"), Table(_("Since the start"), (_("What"), _("n")), rows))


def _exposure(report: Report) -> Part:
    found = report.exposure
    if found.papers is None:
        return _part("exposure", _("Exposure of items"), Text(_("Not enough data: fewer than 20 papers are counted.")))
    said = _(
        "On %(n)s counted papers, %(used)s of %(bank)s items were used. The mean item was on %(mean)s of 100 papers, "
        "the most used "
        "one on %(top)s.", n=found.papers, used=found.used, bank=report.bank, mean=of100(found.mean), top=of100(found.highest),
    )  # fmt: skip
    return _part("exposure", _("Exposure of items"), Text(said))


def _security(report: Report, scheme: Scheme | None) -> tuple[Part, ...]:
    if scheme is None:
        return ()
    seals = _("The logs of closed attempts are sealed in a chain; it has %(n)s seals.", n=report.seals)
    blocks: list[Block] = [Points((*scheme.security, seals))]
    if scheme.not_secured:
        blocks += [Text(_("What is not secured:")), Points(scheme.not_secured)]
    return (Part("security", _("Security"), tuple(blocks)), _part("ai", _("Use of AI"), Text(scheme.ai_use)))


def _changes(report: Report) -> Part:
    words = {
        "version": _("exam version, first used by somebody"), "cut": _("pass mark adopted"),
        "calibration": _("calibration adopted"), "calibration_ended": _("calibration taken back"),
        "key": _("a key was corrected"), "suspend": _("an item was suspended"),
    }  # fmt: skip
    if not report.changes:
        return _part("changes", _("Changes"), Text(_("Nothing has changed since the exam began.")))
    rows = tuple((date_of(change.at), words.get(change.what, change.what), change.detail) for change in report.changes)
    return _part("changes", _("Changes"), Table(_("The newest first"), (_("Day"), _("What"), _("Value")), rows))
