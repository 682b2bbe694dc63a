"""Tests. The package makes `tests.postgres` and the builders importable from every folder below."""
