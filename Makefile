# Trainer Academy. `make help` lists everything.
PYTHON ?= python3.11
VENV ?= .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.run-ready
TEST_STAMP := $(VENV)/.test-ready
NODE_STAMP := node_modules/.ready
PRETTIER := node_modules/.bin/prettier --log-level warn "trainer_academy/templates/**/*.html"
# A machine may have Python 3.11 only under the name python3.
PYTHON_FOUND := $(shell command -v $(PYTHON) || command -v python3)
export PORT ?= 8000

.DEFAULT_GOAL := help
.PHONY: help run test check format bench mutants lock screenshots demo-reset content-check messages clean

help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

$(BIN)/python:
	@$(PYTHON_FOUND) -c 'import sys; sys.exit(sys.version_info[:2] < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=...")'
	@# Debian's Python may lack ensurepip: then the machine's own pip puts pip into the environment.
	$(PYTHON_FOUND) -m venv $(VENV) 2>/dev/null || { $(PYTHON_FOUND) -m venv --without-pip $(VENV) && $(PYTHON_FOUND) -m pip --python $(BIN)/python install --quiet pip; }

$(RUN_STAMP): requirements/base.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/base.txt
	@touch $@

$(TEST_STAMP): requirements/dev.txt requirements/axe.txt $(RUN_STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/axe.txt
	@touch $@

$(NODE_STAMP): package.json
	sh tests/install_system.sh node
	npm install --silent --no-audit --no-fund
	@touch $@

run: $(RUN_STAMP) ## Install, migrate, make demo data once, and serve on http://127.0.0.1:$PORT
	@exec $(BIN)/python -m trainer_academy.serve

test: $(TEST_STAMP) $(NODE_STAMP) ## Format, lint, types, content, and all tests on SQLite, PostgreSQL and Chromium
	sh tests/install_system.sh
	$(BIN)/ruff format --check .
	$(PRETTIER) --check
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/flask --app wsgi content check
	$(BIN)/python -m pytest -q -n 2 --dist worksteal

check: $(TEST_STAMP) $(NODE_STAMP) ## Format, lint, types, content, and whether every test can be imported
	$(BIN)/ruff format --check .
	$(PRETTIER) --check
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/flask --app wsgi content check
	$(BIN)/python -m pytest -q --collect-only > /dev/null

format: $(TEST_STAMP) $(NODE_STAMP) ## Format code and templates, and mend what the linter can mend
	$(BIN)/ruff format .
	$(PRETTIER) --write
	$(BIN)/ruff check --fix .

content-check: $(RUN_STAMP) ## Report every mistake in content/ with file and line
	$(BIN)/flask --app wsgi content check

bench: $(TEST_STAMP) ## Measure pages beside bare Flask views, rescoring and item analysis of 10,000 attempts, certificates, calibration beside mirt
	$(BIN)/python tests/perf/bench.py
	$(BIN)/python -m tests.perf.rescore
	$(BIN)/python -m tests.perf.issuing
	$(BIN)/python -m tests.perf.calibrating
	$(BIN)/python -m tests.perf.analysing

mutants: $(TEST_STAMP) ## Plant faults in rules and SQL conditions; the share that the tests notice, by room
	$(BIN)/python -m tests.mutants

screenshots: $(TEST_STAMP) ## Make the pictures of the README
	sh tests/install_system.sh
	$(BIN)/python tests/browser/screenshots.py

messages: $(TEST_STAMP) ## Collect the texts of the interface for translators
	$(BIN)/pybabel -q extract -F babel.cfg -k lazy_gettext -k _l -k mark -o trainer_academy/translations/messages.pot --omit-header trainer_academy

lock: | $(BIN)/python ## Write the requirements files with hashes again
	$(BIN)/python -m pip install --quiet uv
	cd requirements && for name in base dev; do ../$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --python-version 3.11 $$name.in -o $$name.txt; done
	cd requirements && ../$(BIN)/uv pip compile --quiet --upgrade --no-deps --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --python-version 3.11 axe.in -o axe.txt

demo-reset: ## Delete the local database, keys, mail and demo accounts
	rm -rf instance

clean: ## Delete the environment and caches
	rm -rf $(VENV) node_modules .mypy_cache .ruff_cache .pytest_cache .cache
