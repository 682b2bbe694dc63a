"""The words of the candidate handbook, from the specification, the scheme and the cut in force. Texts go through gettext."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _

from trainer_academy.assessments.bank.pass_figures import PassFigures
from trainer_academy.assessments.bank.schema import ExamSpec
from trainer_academy.assessments.contests.steps import ANSWER_DAYS
from trainer_academy.assessments.exams.decision_model import CutInForce
from trainer_academy.assessments.exams.scoring import Marks
from trainer_academy.assessments.items.kinds import KINDS
from trainer_academy.assessments.rating.appeals import APPEAL_DAYS
from trainer_academy.core.shares import of_hundred
from trainer_academy.measurement.reports.page_document import Block, Document, Part, Points, Table, Text
from trainer_academy.measurement.reports.schema import Scheme
from trainer_academy.measurement.reports.worth_text import worth_in_short
from trainer_academy.measurement.standard_setting.rules import BAR_DAYS, USUAL_JUDGES

Link = tuple[str, str]


def handbook_document(
    spec: ExamSpec,
    scheme: Scheme,
    cut: CutInForce,
    is_sequential: bool,
    shown: int,
    skills: Mapping[str, str],
    months: Sequence[int],
    links: Mapping[str, Link],
    worth: PassFigures | None,
) -> Document:
    """The handbook. `is_sequential`: the exam ends when it is sure. `shown` items are on a whole paper.

    `months` are the validities of the certificates that a pass earns; `links` lead to pages by name; `worth` is what was
    simulated for the exam as it is.
    """
    lead = (_("Exam version %(v)s. This page is made from the rules that the program follows.", v=spec.version), scheme.purpose)
    parts = (
        _who(scheme),
        _asked(spec, scheme, skills),
        _course_of(spec, is_sequential, shown),
        _rules(scheme),
        _score(spec, is_sequential),
        _pass_mark(spec, cut, links),
        _retakes(spec, is_sequential),
        worth_in_short(worth, spec, links["report"]),
        Part("fees", _("What it costs"), (Text(scheme.fees),)),
        _extra(spec),
        _appeals(spec),
        _privacy(scheme),
        _certificate(scheme, months, links),
    )
    return Document(_("Candidate handbook: %(title)s", title=spec.title), lead, parts)


def _who(scheme: Scheme) -> Part:
    judges = _(
        "People who have judged the items as members of a panel have seen the keys; they cannot start the exam for "
        "%(n)s days after "
        "they signed.",
        n=BAR_DAYS,
    )
    return Part("who", _("Who may sit it"), (Text(scheme.prerequisites), Text(judges)))


def _asked(spec: ExamSpec, scheme: Scheme, skills: Mapping[str, str]) -> Part:
    sums: dict[tuple[str, str], int] = {}
    for draw in spec.draw:
        sums[draw.skill, draw.kind] = sums.get((draw.skill, draw.kind), 0) + draw.count
    rows = tuple((skills.get(skill, skill), kind_name(kind), str(n)) for (skill, kind), n in sums.items())
    head = (_("Skill"), _("Kind of item"), _("Items"))
    blocks: list[Block] = [Table(_("What a paper asks"), head, rows), Text(_("The work behind it:"))]
    blocks.append(Points(tuple(task.task for task in scheme.tasks)))
    if scheme.not_covered:
        blocks += [Text(_("Not asked:")), Points(scheme.not_covered)]
    return Part("asked", _("What is asked"), tuple(blocks))


def kind_name(kind: str) -> str:
    """A kind of item in words."""
    return str(_(KINDS[kind].name)) if kind in KINDS else kind


def _course_of(spec: ExamSpec, is_sequential: bool, shown: int) -> Part:
    clock = _("The clock starts when you press the button and does not stop.")
    saved = _("Each answer is saved on our side. After a crash, or on another phone, you go on with the same items and end.")
    if is_sequential:
        rule = spec.decision
        rows = [
            _(
                "%(a)s to %(b)s scored items in at most %(m)s minutes. The exam ends as soon as it is sure.",
                a=rule.minimum,
                b=rule.maximum,
                m=spec.minutes,
            ),
            _("With the items that are not scored at most %(n)s are shown.", n=spec.most_shown),
            clock,
            saved,
            _("Each answer is handed in for good when you go on; you cannot go back to it."),
        ]
    else:
        rows = [
            _("%(n)s items in at most %(m)s minutes.", n=shown, m=spec.minutes),
            clock,
            saved,
            _("You may go back and change answers until you submit or the time is over. What was saved then is scored."),
        ]
    if shown > spec.scored_count and not is_sequential:
        rows.append(
            _(
                "%(n)s of them are scored. The others are second showings, or items that are tried out; they look alike.",
                n=spec.scored_count,
            )
        )
    rows += [
        _("One device at a time; when you open the exam on another one, you are asked if it should move there."),
        _("You need a browser and a network. The exam works on a phone and without JavaScript."),
    ]
    return Part("sitting", _("How the exam goes"), (Points(tuple(rows)),))


def _rules(scheme: Scheme) -> Part:
    said = _(
        "You may open the guideline and use a calculator. We record when the page was left and when text was pasted; "
        "you see it."
    )
    return Part("rules", _("Rules"), (Points(scheme.conduct), Text(said), Text(scheme.ai_use)))


def _score(spec: ExamSpec, is_sequential: bool) -> Part:
    rows = [
        _("Each item gives a credit between 0 and 1. Part credit exists: near the key is worth more than far from it."),
        _("An item without an answer gives 0. A wrong answer takes nothing away, so guess rather than leave it empty."),
    ]
    if is_sequential:
        rows.append(
            _(
                "From the credits and the calibrated difficulty of the items it is worked out how likely it is "
                "that you are "
                "above the pass mark. The result shows every number."
            )
        )
    else:
        rows.append(_("The score is the mean credit, as points of 100, with the range in which your true level probably lies."))
    rows.append(_("You see your score by skill, and what counted. Who does not pass sees which skills to practise."))
    if spec.rating is not None:
        rows.append(
            _(
                "Two raters read each text without your name; a third one when they differ. It takes about %(n)s days.",
                n=spec.rating.due_days,
            )
        )
    return Part("score", _("How the score and the decision work"), (Points(tuple(rows)),))


def _pass_mark(spec: ExamSpec, cut: CutInForce, links: Mapping[str, Link]) -> Part:
    marks, level = Marks.of(spec, cut.score), of_hundred(cut.score, cut.score, 1)
    mark = _("The certified level is %(c)s of 100.", c=level)
    if cut.is_provisional:
        blocks = [Text(f"{mark} {_('Provisional: no judges have rated the items yet.')}"), Text(spec.cut_basis)]
    else:
        said = _(
            "Set by %(n)s judges on %(day)s (standard error %(e)s of 100).",
            n=cut.judges,
            day=f"{cut.adopted_at:%Y-%m-%d}",
            e=f"{(cut.error or 0) * 100:.1f}",
        )
        small = _("That is a small panel: 10 to 15 judges are usual.") if cut.judges < USUAL_JUDGES else ""
        blocks = [Text(f"{mark} {said} {small}".strip())]
    if marks.first > cut.score:
        said = _(
            "A pass asks for more than that level, because a lucky paper may lie above it: for %(a)s at the first sitting. "
            "From the second one on your newest two sittings count together, and their mean has to reach %(b)s at the second "
            "and %(d)s at later ones. The certificate shows the items of both; how often you sat stays in your own record.",
            a=of_hundred(marks.first),
            b=of_hundred(marks.second),
            d=of_hundred(marks.later),
        )
        blocks.append(Text(said))
    blocks.append(Text(_("When the pass mark changes, it counts for attempts that start afterwards."), links["report"]))
    return Part("mark", _("Pass mark"), tuple(blocks))


def _retakes(spec: ExamSpec, is_sequential: bool) -> Part:
    rows = [
        _(
            "%(n)s attempts are possible within %(d)s days. After an attempt that is not passed there is a pause of %(h)s "
            "hours. Items that you have not seen come first.",
            n=spec.attempts,
            d=spec.window_days,
            h=spec.cooldown_hours,
        )
    ]
    if any(spec.pass_margins):
        rows.append(
            _("What the sitting before says of you is where the next one begins, a little less surely.")
            if is_sequential
            else _(
                "Your newest two sittings count together. Sitting often does not make a pass by luck likelier: the mark rises."
            )
        )
        rows.append(_("A certificate does not say how often you sat. Your own list of attempts does."))
    return Part("retakes", _("Trying again"), (Points(tuple(rows)),))


def _extra(spec: ExamSpec) -> Part:
    said = _(
        "Who needs more time, for example to read with a screen reader, asks the team lead or the academy before the "
        "exam. The time is "
        "%(m)s minutes times 1.25, 1.5, 2 or 3. No diagnosis is asked for, and the certificate does not show "
        "it.",
        m=spec.minutes,
    )
    return Part("extra", _("Extra time"), (Text(said),))


def _appeals(spec: ExamSpec) -> Part:
    rows = [
        _(
            "“Something is wrong with this item” stands beside each item of the exam. After it, “Something was wrong with "
            "an item” on the result shows one item once more, with your answer. You hear the reason within %(n)s days.",
            n=ANSWER_DAYS,
        ),
        _("When a key was wrong, a second author has to agree, and then everybody who had the item is scored again and told."),
    ]
    if spec.on_correction == "keep":
        rows.append(_("A certificate that you earned with a wrong key of ours stays yours."))
    if spec.rating is not None:
        rows.append(
            _(
                "Against the rating of a text you may appeal once, within %(d)s days after the decision. A "
                "rater who has not seen "
                "it reads it within %(n)s days; those levels count, also when they are lower.",
                d=APPEAL_DAYS,
                n=ANSWER_DAYS,
            )
        )
    return Part("appeals", _("Contesting and appealing"), (Points(tuple(rows)),))


def _privacy(scheme: Scheme) -> Part:
    return Part("privacy", _("Your data"), (Text(scheme.privacy), Text(scheme.retention)))


def _certificate(scheme: Scheme, months: Sequence[int], links: Mapping[str, Link]) -> Part:
    if not months:
        return Part("certificate", _("Certificate"), (Text(_("This exam gives no certificate.")), Text(scheme.recertification)))
    said = _(
        "Whoever passes gets the certificate at once. It is valid for %(n)s months, is signed (Open Badges 3.0), and "
        "can be put on hold "
        "or revoked with a public reason.",
        n=months[0],
    )
    unsupervised = _("Nobody supervises the exam. The certificate says so: help, also by a model, cannot be excluded.")
    check = _("Anybody checks a certificate by its code, its address or its file, without an account:")
    return Part(
        "certificate",
        _("Certificate, renewal, and how to check it"),
        (Text(said), Text(unsupervised), Text(scheme.recertification), Text(check, links["verify"])),
    )
