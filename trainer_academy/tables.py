"""Imports each room's models so that the metadata is whole. Migrations and tests read it from here."""

from trainer_academy.accounts import models as accounts
from trainer_academy.assessments.bank import models as bank
from trainer_academy.assessments.contests import models as contests
from trainer_academy.assessments.corrections import models as corrections
from trainer_academy.assessments.exams import models as exams
from trainer_academy.assessments.practice import models as practice
from trainer_academy.assessments.rating import models as ratings
from trainer_academy.core import limits, schedule
from trainer_academy.core.db import metadata
from trainer_academy.courses import models as courses
from trainer_academy.credentials.life import models as credentials
from trainer_academy.measurement.analysis import models as analysed
from trainer_academy.measurement.calibrations import models as calibrated
from trainer_academy.measurement.cards import models as cards
from trainer_academy.measurement.reports import models as reports
from trainer_academy.measurement.simulations import models as simulations
from trainer_academy.measurement.standard_setting import models as studies
from trainer_academy.notices import models as notices
from trainer_academy.pool import models as pool
from trainer_academy.vendors import models as vendors

__all__ = [
    "accounts",
    "analysed",
    "bank",
    "calibrated",
    "cards",
    "contests",
    "corrections",
    "courses",
    "credentials",
    "exams",
    "limits",
    "metadata",
    "notices",
    "pool",
    "practice",
    "ratings",
    "reports",
    "schedule",
    "simulations",
    "studies",
    "vendors",
]
