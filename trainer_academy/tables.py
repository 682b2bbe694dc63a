"""Imports each slice's models so that the metadata is whole. Migrations and tests read it from here."""

from trainer_academy.accounts import models as accounts
from trainer_academy.assessments import contest_models as contests
from trainer_academy.assessments import measurement_models as measured
from trainer_academy.assessments import models as assessments
from trainer_academy.assessments import rating_models as ratings
from trainer_academy.core.db import metadata
from trainer_academy.courses import models as courses
from trainer_academy.credentials import models as credentials
from trainer_academy.measurement import analysis_models as analysed
from trainer_academy.measurement import calibration_models as calibrated
from trainer_academy.measurement import card_models as cards
from trainer_academy.measurement import report_models as reports
from trainer_academy.measurement import simulation_models as simulations
from trainer_academy.measurement import study_models as studies
from trainer_academy.notices import models as notices
from trainer_academy.pool import models as pool
from trainer_academy.vendors import models as vendors

__all__ = [
    "accounts", "analysed", "assessments", "calibrated", "cards", "contests", "courses", "credentials", "measured", "metadata",
    "notices", "pool", "ratings", "reports", "simulations", "studies", "vendors",
]  # fmt: skip
