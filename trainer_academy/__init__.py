"""Trainer Academy: courses, exams, verifiable certificates and a pool of certified AI trainers."""
