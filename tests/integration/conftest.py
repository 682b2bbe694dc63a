"""The whole application, for integration tests that go through HTTP."""

from __future__ import annotations

from tests.functional.conftest import app, clock, config, learner, library, people

__all__ = ["app", "clock", "config", "learner", "library", "people"]
