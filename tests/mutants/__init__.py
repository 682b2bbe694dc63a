"""Mutation runs over the rooms whose conditions matter most: `python -m tests.mutants`. Not a test: it tries the tests."""
