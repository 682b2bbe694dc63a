"""Trainer Academy: courses, exams, verifiable certificates and a pool of certified AI trainers."""

__version__ = "0.1.0"
