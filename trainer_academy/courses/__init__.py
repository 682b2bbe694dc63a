"""Courses and lessons from files, enrollment and progress. Not for: items, exams or certificates."""
