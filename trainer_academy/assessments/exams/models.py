"""Attempts with their events and decisions, responses and scores; extra time and access windows; and what decisions rest on.

Calibrations, adopted cuts and the quality of decisions stand at the end: the slice `measurement` makes these rows, delivery and
scoring only read them; they are added and never changed.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Index, UniqueConstraint, false, text
from sqlmodel import Field, SQLModel

from trainer_academy.assessments.exams.paper import PaperEntry, SequencePlan, read_paper, write_paper
from trainer_academy.assessments.exams.scoring import Released
from trainer_academy.assessments.items.scoring import SCORING
from trainer_academy.core.db import Named, Stored, UTCDateTime, one_of


class AttemptStatus(StrEnum):
    """Where an attempt stands. `awaiting`: closed, and raters have work to read before it is decided."""

    IN_PROGRESS = "in_progress"
    AWAITING = "awaiting"
    DECIDED = "decided"
    VOID = "void"


class Hold(StrEnum):
    """Whether a closed attempt waits for a person's decision: it was faster than reading allows, and counts or does not."""

    NONE = ""
    FAST = "fast"
    COUNTS = "counts"
    REFUSED = "refused"


class Attempt(SQLModel, table=True):
    """One sitting of an exam. `paper` is frozen at the start: item, version and presentation of each position.

    `awaiting`: closed, and raters have written work to read before it is decided. `is_kept`: a correction of our own key
    lowered the score below the cut; the pass stays. `login_session_id` is the browser that may answer.
    `model`: classical, or sequential; then `plan` holds the frozen order of all items that may come, the rule and the cut in
    logits, and `paper` grows by one item when an answer is handed in. `cut_id`: the adopted cut; null: it was provisional.
    `released`: what the person sees of the decision. `hold`: an operator decides whether the attempt counts; `statement` is
    what the person says to that.
    `pass_mark`: the score that this sitting has to reach, `margin` standard errors above the cut; null: the cut itself (before
    December 2026, and sequential ones).
    `pooled_with`: the sitting before, which counts together with this one; `sitting_score` and `sitting_items` are what this
    one earned alone, `score` what the decision rests on.
    `scoring`: the version of the rules by which answers become credits, as it was at the start, or after a rescoring.
    """

    __tablename__ = "attempts"
    __table_args__ = (
        one_of("status", AttemptStatus),
        one_of("released", Released),
        one_of("hold", Hold),
        CheckConstraint("score IS NULL OR (score >= 0 AND score <= 1)", name="score"),
        CheckConstraint("model IN ('classical', 'sequential')", name="model"),
        UniqueConstraint("user_id", "exam_key", "number", name="uq_attempts_person_exam_number"),
        Index(
            "uq_attempts_one_open",
            "user_id",
            unique=True,
            sqlite_where=text("status = 'in_progress'"),
            postgresql_where=text("status = 'in_progress'"),
        ),
        Index("ix_attempts_deadline", "status", "deadline_at"),
        Index("ix_attempts_exam", "exam_key", "id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE")
    exam_key: str = Field(max_length=64)
    exam_version: str = Field(max_length=16)
    number: int
    seed: int
    paper: tuple[PaperEntry, ...] = Field(sa_column=Column(Stored(read_paper, write_paper), nullable=False))
    status: AttemptStatus = Field(default=AttemptStatus.IN_PROGRESS, sa_type=Named(AttemptStatus, 16))
    started_at: datetime = Field(sa_type=UTCDateTime)
    deadline_at: datetime = Field(sa_type=UTCDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    close_reason: str = Field(default="", max_length=16)
    score: float | None = None
    score_low: float | None = None
    score_high: float | None = None
    cut_score: float | None = None
    is_passed: bool | None = None
    is_kept: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    time_factor: float = Field(default=1.0, sa_column_kwargs={"server_default": "1"})
    login_session_id: int | None = Field(default=None, foreign_key="login_sessions.id", ondelete="SET NULL", index=True)
    log_head: str = Field(default="", max_length=64, sa_column_kwargs={"server_default": ""})
    log_length: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    is_exposure_counted: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    model: str = Field(default="classical", max_length=16, sa_column_kwargs={"server_default": "classical"})
    plan: SequencePlan | None = Field(default=None, sa_column=Column(Stored(SequencePlan.read, SequencePlan.as_json)))
    calibration_id: int | None = Field(default=None, foreign_key="calibrations.id", index=True)
    cut_id: int | None = Field(default=None, foreign_key="cuts.id", index=True)
    released: Released = Field(default=Released.SUMS, sa_type=Named(Released, 16), sa_column_kwargs={"server_default": "sums"})
    hold: Hold = Field(default=Hold.NONE, sa_type=Named(Hold, 16), sa_column_kwargs={"server_default": ""})
    statement: str = Field(default="", max_length=2000, sa_column_kwargs={"server_default": ""})
    hold_note: str = Field(default="", max_length=1000, sa_column_kwargs={"server_default": ""})
    scoring: int = Field(default=SCORING, sa_column_kwargs={"server_default": "1"})
    pass_mark: float | None = None
    margin: float | None = None
    pooled_with: int | None = Field(default=None, foreign_key="attempts.id", index=True, ondelete="SET NULL")
    sitting_score: float | None = None
    sitting_items: int | None = None

    @property
    def mark(self) -> float:
        """The number that the score has to reach."""
        assert self.cut_score is not None
        return self.cut_score if self.pass_mark is None else self.pass_mark


class Decision(SQLModel, table=True):
    """A decision on an attempt, with the numbers that it rests on. Appended; the newest one is also on the attempt.

    `reason`: submitted, time, sure (a sequential exam that ended by itself), rated, rescored, appeal, settled (a person decided
    whether a held attempt counts). One rescoring decides an
    attempt once. `cut_score` is the number that had to be reached. `basis` holds the numbers of the model: for a
    sequential decision the ability, its error, P(above the cut),
    the rule and why it stopped; for a classical one the accuracy and consistency that were known, with n.
    """

    __tablename__ = "decisions"
    __table_args__ = (
        UniqueConstraint("attempt_id", "rescoring_id", name="uq_decisions_attempt_rescoring"),
        CheckConstraint("reason IN ('submitted', 'time', 'sure', 'rated', 'rescored', 'appeal', 'settled')", name="reason"),
    )
    id: int | None = Field(default=None, primary_key=True)
    attempt_id: int = Field(foreign_key="attempts.id", index=True, ondelete="CASCADE")
    rescoring_id: int | None = Field(default=None, foreign_key="rescorings.id", index=True)
    reason: str = Field(max_length=16)
    score: float
    score_low: float
    score_high: float
    cut_score: float
    item_count: int
    is_passed: bool
    is_kept: bool = False
    scoring: int = Field(default=SCORING, sa_column_kwargs={"server_default": "1"})
    model: str = Field(default="classical", max_length=16, sa_column_kwargs={"server_default": "classical"})
    calibration_id: int | None = Field(default=None, foreign_key="calibrations.id", index=True)
    cut_id: int | None = Field(default=None, foreign_key="cuts.id", index=True)
    basis: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    decided_at: datetime = Field(sa_type=UTCDateTime)


class AttemptEvent(SQLModel, table=True):
    """What happened in an attempt, in order; each row carries the hash of the one before it."""

    __tablename__ = "attempt_events"
    __table_args__ = (UniqueConstraint("attempt_id", "number", name="uq_attempt_events_attempt_number"),)
    id: int | None = Field(default=None, primary_key=True)
    attempt_id: int = Field(foreign_key="attempts.id", ondelete="CASCADE")
    number: int
    kind: str = Field(max_length=24)
    detail: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    at: datetime = Field(sa_type=UTCDateTime)
    hash: str = Field(max_length=64)


class LogSeal(SQLModel, table=True):
    """The heads of the closed attempts' logs since the seal before, hashed together with that seal."""

    __tablename__ = "log_seals"
    id: int | None = Field(default=None, primary_key=True)
    heads: list[list[Any]] = Field(sa_column=Column(JSON, nullable=False))  # [[attempt id, log length, head], ...]
    hash: str = Field(max_length=64, unique=True)
    sealed_at: datetime = Field(sa_type=UTCDateTime)


class Exposure(SQLModel, table=True):
    """On how many papers of an exam an item has been."""

    __tablename__ = "exposures"
    exam_key: str = Field(max_length=64, primary_key=True)
    item_id: str = Field(max_length=64, primary_key=True)
    papers: int = 0


class Accommodation(SQLModel, table=True):
    """Extra time of a person: exam minutes times `factor`. Ended rows stay as history; certificates never show it.

    `team_id`: the team whose lead set it; it is in force as long as the person is a member. null: set by an operator.
    """

    __tablename__ = "accommodations"
    __table_args__ = (
        CheckConstraint("factor >= 1 AND factor <= 4", name="factor"),
        Index(
            "uq_accommodations_current",
            "user_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE")
    factor: float
    reason: str = Field(max_length=300)
    team_id: int | None = Field(default=None, foreign_key="organizations.id", index=True, ondelete="CASCADE")
    set_by: int = Field(foreign_key="users.id", index=True)
    created_at: datetime = Field(sa_type=UTCDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class ExamWindow(SQLModel, table=True):
    """When a person, or the members of an organization, may start an exam. `team_id`: the team whose lead set it, as above."""

    __tablename__ = "exam_windows"
    __table_args__ = (
        CheckConstraint("(user_id IS NULL) <> (organization_id IS NULL)", name="subject"),
        CheckConstraint("closes_at > opens_at", name="order"),
        Index("ix_exam_windows_exam", "exam_key"),
    )
    id: int | None = Field(default=None, primary_key=True)
    exam_key: str = Field(max_length=64)
    user_id: int | None = Field(default=None, foreign_key="users.id", index=True, ondelete="CASCADE")
    organization_id: int | None = Field(default=None, foreign_key="organizations.id", index=True, ondelete="CASCADE")
    opens_at: datetime = Field(sa_type=UTCDateTime)
    closes_at: datetime = Field(sa_type=UTCDateTime)
    team_id: int | None = Field(default=None, foreign_key="organizations.id", index=True, ondelete="CASCADE")
    set_by: int = Field(foreign_key="users.id", index=True)
    created_at: datetime = Field(sa_type=UTCDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Response(SQLModel, table=True):
    """One saved answer. Exam answers are appended with a client sequence number; the highest one counts."""

    __tablename__ = "responses"
    __table_args__ = (
        UniqueConstraint("attempt_id", "position", "sequence", name="uq_responses_attempt_position_sequence"),
        Index("ix_responses_practice", "user_id", "item_id"),
        Index("ix_responses_item", "item_id", "id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE")
    attempt_id: int | None = Field(default=None, foreign_key="attempts.id", ondelete="CASCADE")
    position: int | None = None
    sequence: int | None = None
    item_id: str = Field(max_length=64)
    item_version: str = Field(max_length=16)
    presentation: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    payload: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    is_flagged: bool = False
    seconds: int | None = None  # how long the item was on the screen, as the browser measured it
    saved_at: datetime = Field(sa_type=UTCDateTime)
    undone_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Score(SQLModel, table=True):
    """The score of a response under one version of the key and of the scoring rules. Appended, never overwritten."""

    __tablename__ = "scores"
    __table_args__ = (
        UniqueConstraint("response_id", "key_version", "scoring", name="uq_scores_response_key"),
        CheckConstraint("value >= 0 AND value <= 1", name="value"),
    )
    id: int | None = Field(default=None, primary_key=True)
    response_id: int = Field(foreign_key="responses.id", ondelete="CASCADE")
    key_version: str = Field(max_length=16)
    scoring: int = Field(default=SCORING, sa_column_kwargs={"server_default": "1"})
    value: float
    parts: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    scored_at: datetime = Field(sa_type=UTCDateTime)


class StoredCalibration(SQLModel, table=True):
    """One calibration of an exam's bank: settings, data and fit. Abilities are in logits, normal(0, 1) in its group.

    `number` counts the calibrations of an exam. `data_digest` is a hash of the matrix that was calibrated (or of the file that
    was imported). `population_mean` and `population_sd` are the prior that exams use: the abilities of people who come.
    """

    __tablename__ = "calibrations"
    __table_args__ = (
        UniqueConstraint("exam_key", "number", name="uq_calibrations_exam_number"),
        CheckConstraint("origin IN ('answers', 'import')", name="origin"),
        CheckConstraint("population_sd > 0", name="population_sd"),
    )
    id: int | None = Field(default=None, primary_key=True)
    exam_key: str = Field(max_length=64)
    number: int
    origin: str = Field(default="answers", max_length=16)
    persons: int
    answers: int
    log_likelihood: float | None = None
    cycles: int
    is_converged: bool
    priors: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    population_mean: float = 0.0
    population_sd: float = 1.0
    last_attempt_id: int = 0
    scoring: int = Field(default=SCORING, sa_column_kwargs={"server_default": "1"})
    data_digest: str = Field(max_length=64)
    software: str = Field(max_length=80)
    made_by: int | None = Field(default=None, foreign_key="users.id", index=True)
    made_at: datetime = Field(sa_type=UTCDateTime)


class StoredItem(SQLModel, table=True):
    """One item of a calibration. `steps` are as many as `levels` - 1; errors are null where the answers say nothing."""

    __tablename__ = "calibrated_items"
    __table_args__ = (CheckConstraint("slope > 0", name="slope"), CheckConstraint("levels >= 2", name="levels"))
    calibration_id: int = Field(foreign_key="calibrations.id", primary_key=True, ondelete="CASCADE")
    item_id: str = Field(primary_key=True, max_length=64)
    key_version: str = Field(max_length=16)
    levels: int
    slope: float
    steps: list[float] = Field(sa_column=Column(JSON, nullable=False))
    slope_error: float | None = None
    step_errors: list[float | None] | None = Field(default=None, sa_column=Column(JSON))
    answers: int


class CalibrationAdoption(SQLModel, table=True):
    """Which calibration an exam uses from now on; `calibration_id` null: none, the exam goes back to classical decisions."""

    __tablename__ = "calibration_adoptions"
    id: int | None = Field(default=None, primary_key=True)
    exam_key: str = Field(max_length=64, index=True)
    calibration_id: int | None = Field(default=None, foreign_key="calibrations.id", index=True)
    adopted_by: int = Field(foreign_key="users.id", index=True)
    reason: str = Field(max_length=500)
    adopted_at: datetime = Field(sa_type=UTCDateTime)


class Cut(SQLModel, table=True):
    """An adopted cut of an exam, as a share of the highest score, signed with reason and date. The newest one counts.

    It fits scores of its `scoring` only. `study_id` is the standard-setting study that it comes from.
    `error` is the standard error of the study's cut over judges.
    """

    __tablename__ = "cuts"
    __table_args__ = (CheckConstraint("score > 0 AND score < 1", name="score"),)
    id: int | None = Field(default=None, primary_key=True)
    exam_key: str = Field(max_length=64, index=True)
    study_id: int | None = None
    score: float
    scoring: int = Field(default=SCORING, sa_column_kwargs={"server_default": "1"})
    recommended: float
    error: float
    judges: int
    items: int
    reason: str = Field(max_length=1000)
    signature: str = Field(max_length=120)
    adopted_by: int = Field(foreign_key="users.id", index=True)
    adopted_at: datetime = Field(sa_type=UTCDateTime)


class ExamBar(SQLModel, table=True):
    """A person who has seen the items of a bank with their keys, as a judge, starts no exam from it until `ends_at`."""

    __tablename__ = "exam_bars"
    __table_args__ = (Index("ix_exam_bars_person", "user_id", "bank"),)
    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE")
    bank: str = Field(max_length=64)
    starts_at: datetime = Field(sa_type=UTCDateTime)
    ends_at: datetime = Field(sa_type=UTCDateTime)


class ExamQuality(SQLModel, table=True):
    """How good decisions of an exam version were found to be, from first attempts up to a moment.

    Livingston-Lewis `accuracy`, `consistency` and `kappa`, alpha and the standard error of measurement (share of the highest
    score); null where there is not enough data.
    """

    __tablename__ = "exam_qualities"
    id: int | None = Field(default=None, primary_key=True)
    exam_key: str = Field(max_length=64, index=True)
    exam_version: str = Field(max_length=16)
    n: int
    passed: int
    mean: float | None = None
    sd: float | None = None
    cut_score: float
    alpha: float | None = None
    sem: float | None = None
    accuracy: float | None = None
    consistency: float | None = None
    kappa: float | None = None
    computed_at: datetime = Field(sa_type=UTCDateTime)
