"""`make bench`: the main pages beside bare Flask views that do the same reads and writes. It prints; it judges nothing."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    sys.exit(import_module("tests.perf.run").main(sys.argv[1:]))
