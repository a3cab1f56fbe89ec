# The platform's commands. `make` alone lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory --no-builtin-rules

VENV := .venv
PY := $(VENV)/bin/python
SERVICE ?= booking
GROUPS_LOCKED := booking documents notification reporting dev bootstrap bench
CODE := contracts servicekit services devstack tests bench
# The suite in four parts side by side: much of it waits for processes. Each part starts its own servers;
# what is in no other part is in the last.
PARTS := test-way test-pages test-between test-inside
BETWEEN := tests/whole/
PAGES := tests/pages/ tests/broker/
INSIDE := $(filter-out $(BETWEEN) $(PAGES) tests/way/ tests/__pycache__/,$(wildcard tests/*/ tests/test_*.py))
export UV_PYTHON_DOWNLOADS := never
# Hundreds of processes start in a run: each would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup assets lock run stop status logs doctor seed replay passport week check lint typecheck imports \
	contracts sql repository texts test $(PARTS) clean reset parked unpark rebuild verify verify-week simulate mutants chaos powercuts hostile overload prove bots screenshots bench

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- set-up -----------------------------------------------------------------------------------

setup: $(VENV)/.ready ## virtual environment from the locks (hash-checked)

$(VENV)/.ready: requirements-dev.txt requirements-bootstrap.txt
	@python=$$(for one in python3 python3.13 python3.12 python3.11 python; do \
		"$$one" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$one" && break; done); \
	[ -n "$$python" ] || { echo "Python 3.11 or later is needed and not on the path."; exit 1; }; \
	[ -x $(PY) ] || { echo "Making $(VENV) with $$($$python --version) …"; "$$python" -m venv $(VENV); }
	@echo "Installing the locked packages (the first time a minute or so) …"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bootstrap.txt
	@$(VENV)/bin/uv pip sync --quiet --python $(PY) --require-hashes requirements-dev.txt requirements-bootstrap.txt
	@printf '%s\n' "$(CURDIR)" "$(CURDIR)/contracts" \
		>"$$($(PY) -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/buergerbuero.pth"
	@touch $@

assets: setup ## web assets into build/assets
	@$(PY) -m servicekit.web.assets

lock: setup ## renew every lock file from pyproject.toml, package.json and Maven Central
	@for group in $(GROUPS_LOCKED); do \
		echo "requirements-$$group.txt"; \
		$(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
			--no-annotate $$([ "$$group" != bench ] || echo -c requirements-dev.txt) \
			--group "$$group" --output-file "requirements-$$group.txt"; done
	@$(PY) -m servicekit.web.assets --lock
	@$(PY) -m servicekit.testing.binaries

# --- the local platform -----------------------------------------------------------------------

run: assets ## start everything; Ctrl-C stops it
	@exec $(PY) -m devstack up $(ARGS)

stop: setup ## stop everything in order
	@$(PY) -m devstack down

status: setup ## what runs, and where
	@$(PY) -m devstack status

logs: setup ## follow the log files (SERVICE=booking for one)
	@exec $(PY) -m devstack logs $(if $(filter-out file,$(origin SERVICE)),$(SERVICE))

doctor: setup ## what this machine has and lacks
	@$(PY) -m devstack doctor

seed: setup ## master data of the Flensburg office
	@$(PY) -m devstack exec booking seed

replay: setup ## real queues through the platform, every figure checked (FILE=… for another file)
	@exec $(PY) -m devstack.replay $(if $(FILE),--file $(FILE))

passport: assets ## one passport's way through a platform of its own, step by step, to the weekly figures
	@exec $(PY) -m devstack.passport

week: assets ## a week of simulated people, every figure checked (SEED=7 SPEED=max WEEKS=1 SCALE=1 SCENARIO=normal)
	@exec $(PY) -m devstack.week --seed $(or $(SEED),7) --speed $(or $(SPEED),max) --weeks $(or $(WEEKS),1) \
		--scale $(or $(SCALE),1) --scenario $(or $(SCENARIO),normal)

parked: setup ## events that a read model could not take (SERVICE=…)
	@$(PY) -m devstack exec $(SERVICE) parked

unpark: setup ## try the parked events of one key again, in order (SERVICE=… KEY=…)
	@[ -n "$(KEY)" ] || { echo "Say which: make unpark SERVICE=reporting KEY=…"; exit 1; }
	@$(PY) -m devstack exec $(SERVICE) unpark $(KEY)

rebuild: setup ## a read model anew beside the running one (SERVICE=… MODEL=…)
	@[ -n "$(MODEL)" ] || { echo "Say which: make rebuild SERVICE=reporting MODEL=…"; exit 1; }
	@$(PY) -m devstack exec $(SERVICE) rebuild $(MODEL)

verify-week: setup ## a closed week's figures once more from the topics (WEEK=2026-W47)
	@[ -n "$(WEEK)" ] || { echo "Say which: make verify-week WEEK=2026-W47"; exit 1; }
	@$(PY) -m devstack exec reporting verify-week $(WEEK)

verify: setup ## every log counted: positions without holes
	@$(PY) -m devstack verify

reset: setup ## forget the local platform's data
	@$(PY) -m devstack reset

# --- checks and tests -------------------------------------------------------------------------

check: lint typecheck imports contracts sql repository texts ## everything that can be said without running it

lint: setup ## ruff, djlint
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/djlint --quiet --lint $$(find servicekit services -name '*.html.jinja')

typecheck: setup ## mypy strict
	@$(VENV)/bin/mypy $(CODE)

imports: setup ## who may import whom
	@$(VENV)/bin/lint-imports

contracts: setup ## compatible with the last release, generated files up to date
	@$(PY) contracts/check.py

sql: setup ## squawk on every migration
	@$(VENV)/bin/squawk $$(find servicekit services -path '*/migrations/*' -name '*.sql' | sort)

repository: setup ## file sizes, no addresses in locks, no traces of one machine
	@$(VENV)/bin/pytest -q -p no:cacheprovider tests/test_repository.py

texts: setup ## every text that a citizen sees, in every language
	@$(VENV)/bin/pytest -q -p no:cacheprovider tests/pages/test_texts.py

test: assets ## the whole suite on real parts, which it starts itself (ARGS=… for a part of it)
	@devstack/browser.sh
ifdef ARGS
	@$(VENV)/bin/pytest $(ARGS)
else
	@$(MAKE) -k -j4 $(PARTS)
endif

test-way: # whole flows over HTTP and mail
	@$(VENV)/bin/pytest -p no:cacheprovider tests/way/

test-pages: # in a browser; and, so that the parts end together, one Kafka and its readers
	@$(VENV)/bin/pytest -p no:cacheprovider $(PAGES)

test-between: # the whole platform, and the deaths of its processes
	@$(VENV)/bin/pytest -p no:cacheprovider $(BETWEEN)

test-inside: # one service, one table, one rule at a time
	@$(VENV)/bin/pytest -p no:cacheprovider $(INSIDE)

screenshots: assets ## pictures of the main pages into docs/images
	@devstack/browser.sh
	@$(VENV)/bin/pytest -q -p no:cacheprovider tests/pages/screenshots.py

simulate: setup ## the platform on seeds, with everything that may go wrong (N=… seeds, FIRST=…, AGAIN=… one of so many twice)
	@$(PY) -m tests.simulation $(or $(N),1000) $(or $(FIRST),0) $(or $(AGAIN),1)

mutants: setup ## each planted bug, what catches it, and how soon (N=… seeds at most)
	@$(PY) -m tests.simulation mutants $(or $(N),500)

chaos: assets ## people and faults on real processes, each run on an installation of its own (N=3 SECONDS=60 FIRST=0)
	@$(PY) -m tests.chaos $(or $(N),3) $(or $(SECONDS),60) $(or $(FIRST),0)

powercuts: setup ## power cuts under load: nothing acknowledged is lost, a control loses some (N=50; Linux and root)
	@$(PY) -m tests.chaos power-cuts $(or $(N),50)

hostile: assets ## hostile requests over every route, hostile records over every topic (N=10000 SEED=7 ONE=seed:number)
	@HOSTILE=$(or $(N),10000) SEED=$(or $(SEED),7) ONE=$(ONE) $(VENV)/bin/pytest -q -rs -p no:cacheprovider tests/whole/test_hostile.py
	@[ ! -f build/hostile.json ] || cat build/hostile.json

overload: assets ## five times as many as can be answered: who is, who is told to come again, when it is as before
	@$(PY) -m tests.hostile $(or $(SECONDS),30) $(or $(TIMES),5)

prove: assets ## simulation, mutants, chaos, power cuts, hostile input with the full counts: hours; a table at the end
	@devstack/prove.sh

bots: setup ## 200 bots against 50 slow humans, what is assumed and who gets the places (ARGS=--help)
	@$(PY) -m tests.bots $(ARGS)

bench: $(VENV)/.bench assets ## limits, ours and peers in the same rounds (ONLY=reserve or G1,G3 · ROUNDS=7 · PUBLISH=1)
	@devstack/wrk.sh
	@$(PY) -m bench.run --only "$(ONLY)" --rounds $(or $(ROUNDS),3) $(if $(PUBLISH),--publish) $(ARGS)

$(VENV)/.bench: requirements-bench.txt $(VENV)/.ready
	@$(VENV)/bin/uv pip install --quiet --python $(PY) --require-hashes -r requirements-bench.txt
	@touch $@

process: setup ## generated lives of documents through booking and documents (N=100000)
	@$(PY) -m tests.rules.process $(N)

clean: ## remove build products; the platform's data stays
	@rm -rf build node_modules .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	@find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
