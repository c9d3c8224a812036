# Amends. `make help` lists the targets. Nothing here needs more than Python >= 3.11, and Java >= 17 with Maven for Kafka.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MEMBERS := libs/events libs/cli services/ingest services/scoring services/alerting services/profile-sync deploy/demo/crm
DEMO_SECONDS ?=
TEST_WORKERS ?= 2 # each has a broker and a database of its own, and most tests wait more than they compute
.DEFAULT_GOAL := help

.PHONY: help setup demo test test-fast check format docs dashboards k8s bench-ingest bench-scoring bench-alerting bench-profile-sync bench-capacity lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.dev ## set up the virtual environment with everything, locked
demo: $(VENV)/.run ## run a small contact centre through Amends; DEMO_SECONDS=90 bounds it
	@$(BIN)/amends demo $(if $(DEMO_SECONDS),--seconds $(DEMO_SECONDS))

test: $(VENV)/.dev ## all tests, on a real Kafka broker and a real PostgreSQL
	@$(BIN)/python -m pytest -n $(TEST_WORKERS) --dist loadfile

test-fast: $(VENV)/.dev ## only the pure tests: no broker, no database
	@$(BIN)/python -m pytest tests/unit tests/house

check: $(VENV)/.dev ## format, lint, types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev ## format and fix what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(VENV)/.dev ## renew docs/asyncapi.yaml and the tables of docs/configuration.md
	$(BIN)/python -m events.asyncapi > docs/asyncapi.yaml
	$(BIN)/python -m deploy.settings_page

dashboards: $(VENV)/.dev ## renew deploy/grafana/dashboards from deploy/grafana/boards
	$(BIN)/python -m deploy.grafana

k8s: $(VENV)/.dev ## renew what deploy/k8s/components has from the code: topics, users, rules
	$(BIN)/python -m deploy.k8s

BENCH_ROUNDS ?=
BENCH_SECONDS ?=

bench-ingest: $(VENV)/.dev ## measure ingest against the bare limit and the usual way (about 7 minutes, on an idle machine)
	@BENCH_ROUNDS=$(BENCH_ROUNDS) BENCH_SECONDS=$(BENCH_SECONDS) $(BIN)/python -m bench.ingest

bench-scoring: $(VENV)/.dev ## measure scoring beside Bytewax, Pathway, Quix Streams, Faust and a bare loop (on an idle machine; see docs/bench.md)
	@$(BIN)/python -m bench.scoring

bench-alerting: $(VENV)/.dev ## measure an accepted answer's way to its delivery, steadily and while parts are killed (about 4 minutes, on an idle machine)
	@$(BIN)/python -m bench.alerting

bench-profile-sync: $(VENV)/.dev ## measure notes into a CRM against the ceiling its limit sets, and reading a remark (about 2 minutes, on an idle machine)
	@$(BIN)/python -m bench.profile_sync

bench-capacity: $(VENV)/.dev ## measure what a contact, an answer, a case and a preference cost the database, Kafka and each service (about 4 minutes)
	@$(BIN)/python -m bench.capacity

lock: $(VENV)/.dev ## renew the locked requirements from requirements/*.in
	cd requirements && ../$(BIN)/uv pip compile --upgrade --universal --python-version 3.11 --generate-hashes --no-header -q run.in -o run.txt
	cd requirements && ../$(BIN)/uv pip compile --upgrade --universal --python-version 3.11 --generate-hashes --no-header -q -c run.txt dev.in -o dev.txt
	cd requirements && ../$(BIN)/uv pip compile --upgrade --universal --python-version 3.11 --generate-hashes --no-header -q checkov.in -o checkov.txt

clean: ## remove the virtual environment and the private broker and database
	rm -rf $(VENV) .local

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "Amends needs Python 3.11 or newer; '$(PYTHON)' was not found. Set PYTHON=/path/to/python3."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Amends needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). Set PYTHON=/path/to/python3."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "This Python cannot make virtual environments: install its venv package (Debian: apt-get install python3-venv)."; exit 1; }
	@echo "setting up $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements/run.txt $(MEMBERS:%=%/pyproject.toml) | $(VENV)/bin/python
	@echo "installing the locked dependencies ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/run.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation $(MEMBERS:%=-e ./%)
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	@echo "installing what the tests and checks need ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@
