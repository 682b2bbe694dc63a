"""The words of a technical report: facts and scheme in, a document out. Texts go through gettext; nothing is computed here."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _

from trainer_academy.assessments.bank.schema import ExamSpec
from trainer_academy.measurement.reports.facts import LEAST_GROUP
from trainer_academy.measurement.reports.handbook_text import kind_name
from trainer_academy.measurement.reports.page_document import Block, Document, Part, Points, Table, Text, part
from trainer_academy.measurement.reports.quality_text import NONE, count, date_of, fairness, number, of100, passes, reliability
from trainer_academy.measurement.reports.schema import Scheme
from trainer_academy.measurement.reports.shapes import Corrections, Line, Panel, Report
from trainer_academy.measurement.reports.worth_text import worth_in_full
from trainer_academy.measurement.standard_setting.rules import LEAST_JUDGES, USUAL_JUDGES


def report_document(report: Report, scheme: Scheme | None, spec: ExamSpec, skills: Mapping[str, str]) -> Document:
    """The report as a document."""
    lead = (
        _("Exam version %(v)s. Facts of %(day)s (UTC).", v=report.exam_version, day=f"{report.made_at:%Y-%m-%d %H:%M}"),
        _(
            "Every number is given with the number of people or items behind it. Nothing is said about groups of fewer than "
            "%(n)s people.",
            n=LEAST_GROUP,
        ),
    )
    parts = (
        *_purpose(scheme),
        *_tasks(scheme, skills),
        _blueprint(report, spec, skills),
        _development(report, scheme),
        _standard(report, spec),
        _model(report, spec),
        reliability(report, spec),
        worth_in_full(report.worth, spec),
        passes(report),
        fairness(report),
        _keys(report.corrections),
        _exposure(report),
        *_security(report, scheme),
        _changes(report),
    )
    return Document(_("Technical report: %(title)s", title=spec.title), lead, parts)


def _purpose(scheme: Scheme | None) -> tuple[Part, ...]:
    if scheme is None:
        return (part("purpose", _("Purpose"), Text(_("The purpose of this exam is not written down yet."))),)
    return (
        part(
            "purpose",
            _("Purpose and use"),
            Text(scheme.purpose),
            Text(_("Made for:")),
            Points(scheme.intended),
            Text(_("Not made for:")),
            Points(scheme.not_intended),
        ),
    )


def _tasks(scheme: Scheme | None, skills: Mapping[str, str]) -> tuple[Part, ...]:
    if scheme is None:
        return ()
    rows = tuple(
        (task.task, ", ".join(skills.get(skill, skill) for skill in task.skills), ", ".join(task.sources))
        for task in scheme.tasks
    )
    made = _(
        "Made on %(a)s, to be looked at again by %(b)s.",
        a=scheme.analysis.made_on.isoformat(),
        b=scheme.analysis.review_by.isoformat(),
    )
    blocks: list[Block] = [
        Text(scheme.analysis.method),
        Text(f"{scheme.analysis.limits} {made}"),
        Table(_("Tasks of the job and the skills they need"), (_("Task"), _("Skills"), _("Sources")), rows),
        Text(_("Sources:")),
        Points(tuple(f"{source.id}: {source.text}" for source in scheme.sources)),
    ]
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
            n=report.papers.seen,
            k=report.papers.fitting,
        )
    by = Table(
        _("Active items of the bank that the exam can draw, by skill"),
        (_("Skill"), _("Items")),
        tuple((skills.get(name, name), str(n)) for name, n in report.counts["skill"].items()),
    )
    total = _("A paper has %(n)s items drawn from %(bank)s.", n=spec.scored_count, bank=report.bank)
    head = (_("Skill"), _("Kind of item"), _("On a paper"), _("In the bank"))
    return part(
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
            items=review.items,
            bank=report.bank,
            who="; ".join(review.reviewers),
            same=review.as_they_were,
            rows=review.rows,
            current=review.current,
            none=report.bank - review.items,
        )
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
            "Set by %(n)s judges over %(i)s items on %(day)s: %(cut)s of 100 (standard error %(e)s).",
            n=cut.judges,
            i=cut.items,
            day=date_of(cut.adopted_at),
            cut=of100(cut.score),
            e=of100(cut.error),
        )
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
        "1999); with fewer than %(n)s a pass mark is not adopted.",
        n=LEAST_JUDGES,
    )
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
                a=date_of(panel.started_at),
                b=date_of(panel.ended_at),
                i=panel.items,
                who=panel.definition,
            )
        ),
        Text(
            _(
                "Each judge wrote a statement of qualification and of interests and signed confidentiality; the "
                "academy keeps them "
                "and does not publish them. Every rating is kept."
            )
        ),
    ]
    head = (
        _("Round"),
        _("Judges"),
        _("Left out"),
        _("Cut"),
        _("Standard error"),
        _("95 % interval"),
        _("Error with items"),
        _("Reliability"),
        _("Cuts of judges"),
    )
    rows = tuple(
        (
            str(r.number),
            str(r.judges),
            str(r.missing),
            of100(r.cut),
            of100(r.error),
            f"{of100(r.low)}–{of100(r.high)}",
            of100(r.error_with_items),
            number(r.reliability),
            f"{of100(r.lowest)}–{of100(r.highest)}",
        )
        for r in panel.rounds
    )
    return [*blocks, Table(_("Rounds of the panel (of 100)"), head, rows)]


def _model(report: Report, spec: ExamSpec) -> Part:
    base = _(
        "Each item gives a credit between 0 and 1 by a published rule; an item without an answer gives 0. The score "
        "is the mean over "
        "the items that count. A person passes with a score of at least the pass mark, which lies above the certified level by "
        "a margin of standard errors; from the second sitting on the newest two count together. The likely range on the result "
        "page is the 95 % Wilson interval."
    )
    if report.is_sequential:
        rule = spec.decision
        then = _(
            "The exam is sequential, with calibration %(n)s: after %(a)s items it ends when the answers make it %(p)s %% sure "
            "that a person is above or below the pass mark; after %(b)s items a pass needs %(q)s %%.",
            n=report.calibration,
            a=rule.minimum,
            b=rule.maximum,
            p=round(rule.high * 100),
            q=round(rule.pass_at * 100),
        )
    elif report.calibration is None:
        then = _("No calibration is adopted, so no item weighs more than another and no exam stops early.")
    else:
        then = _("Calibration %(n)s is adopted, but too few items are calibrated for it to decide.", n=report.calibration)
    time = _("Time limit: %(m)s minutes. Extra time is possible and is not shown on certificates.", m=spec.minutes)
    return part("model", _("How it is decided"), Text(base), Text(then), Text(time))


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
    return part("keys", _("Contested items and corrected keys"), Table(_("Since the start"), (_("What"), _("n")), rows))


def _exposure(report: Report) -> Part:
    found = report.exposure
    if found.papers is None:
        return part("exposure", _("Exposure of items"), Text(_("Not enough data: fewer than 20 papers are counted.")))
    said = _(
        "On %(n)s counted papers, %(used)s of %(bank)s items were used. The mean item was on %(mean)s of 100 papers, "
        "the most used "
        "one on %(top)s.",
        n=found.papers,
        used=found.used,
        bank=report.bank,
        mean=of100(found.mean),
        top=of100(found.highest),
    )
    return part("exposure", _("Exposure of items"), Text(said))


def _security(report: Report, scheme: Scheme | None) -> tuple[Part, ...]:
    if scheme is None:
        return ()
    seals = _("The logs of closed attempts are sealed in a chain; it has %(n)s seals.", n=report.seals)
    blocks: list[Block] = [Points((*scheme.security, seals))]
    if scheme.not_secured:
        blocks += [Text(_("What is not secured:")), Points(scheme.not_secured)]
    return (Part("security", _("Security"), tuple(blocks)), part("ai", _("Use of AI"), Text(scheme.ai_use)))


def _changes(report: Report) -> Part:
    words = {
        "version": _("exam version, first used by somebody"),
        "cut": _("pass mark adopted"),
        "calibration": _("calibration adopted"),
        "calibration_ended": _("calibration taken back"),
        "key": _("a key was corrected"),
        "suspend": _("an item was suspended"),
    }
    if not report.changes:
        return part("changes", _("Changes"), Text(_("Nothing has changed since the exam began.")))
    rows = tuple((date_of(change.at), words.get(change.what, change.what), change.detail) for change in report.changes)
    return part("changes", _("Changes"), Table(_("The newest first"), (_("Day"), _("What"), _("Value")), rows))
