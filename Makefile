# Jixiao (绩效): each target sets up what it needs; `make` shows this list.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PY := .venv/bin/python
CODE := services deploy tests conftest.py
S ?=
A ?=
YEAR ?= deploy/demo/year
CASES ?= $(if $(wildcard ../shared/cases/open),../shared/cases/open,deploy/demo/cases/open)
VECTORS ?= $(if $(wildcard ../shared/vectors),../shared/vectors,tests/vectors)

help: ## This list
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | column -ts $$'\t'

.venv/.done: requirements-dev.lock deploy/jixiao_pth.py
	@test -x $(PY) || python3 -m venv .venv
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(PY) deploy/jixiao_pth.py
	@touch .venv/.done

build/.contract: .venv/.done $(wildcard proto/*/v1/*.proto) deploy/contract.py
	@$(PY) deploy/contract.py
	@touch build/.contract

setup: build/.contract ## Virtual environment and the generated contract
proto: .venv/.done ## Generate the contract anew
	@$(PY) deploy/contract.py && touch build/.contract

demo: setup ## The demo year on real data, from nothing; DEMO_EXIT=1 ends after the summary, YEAR=<folder>
	@YEAR=$(YEAR) $(PY) -m demo

up: setup ## The services without demo data; Ctrl-C stops
	@$(PY) -m local up

down: setup ## Stop what `make up` or `make demo` left running
	@$(PY) -m local down

# The three walks with faults take as long as all other tests together: `make faults`.
test: setup ## All tests but the faults; one service: make test S=targets
	@$(PY) -m pytest $(if $(S),services/$(S)/tests,--ignore tests/faults)

migrate: setup ## Migrate one service's local database: make migrate S=targets
	@$(PY) -m local migrate $(S)

lint: setup ## ruff, mypy strict, import-linter, buf, charts
	@$(PY) -m ruff format --check --quiet $(CODE) && $(PY) -m ruff check --quiet $(CODE)
	@$(PY) -m mypy services/*/src deploy conftest.py
	@for tests in $$(find services tests -name 'test_*.py' -printf '%h\n' | sort -u); do \
	  $(PY) -m mypy --no-error-summary $$tests || exit 1; done
	@PYTHONPATH=. .venv/bin/lint-imports --no-cache
	@$(PY) deploy/contract.py lint
	@$(PY) deploy/charts_lint.py

vectors: setup ## Every rule vector through the domain code: VECTORS=<folder>
	@$(PY) -m demo.vectors $(VECTORS)

cases: setup ## File and score every published case through a running system: CASES=<folder>
	@$(PY) -m demo cases $(CASES)

where: ## Where an article lives: make where A=D-9
	@git grep -nwE '$(A)(\([0-9]+\))?' -- proto services ':!*/gen/*'; \
	git grep -nE 'def test_(\w+_)?$(shell echo $(A) | tr -d - | tr A-Z a-z)_'

articles: setup ## Article → code → tests, into docs/articles.md; fails on a gap
	@$(PY) deploy/articles.py

bench: setup ## Speed and memory as ratios against bare baselines, into build/bench.json
	@$(PY) -m bench

faults: setup ## Crash points, restarts, cut links, power cuts, full disks (root and FUSE): nothing lost
	@$(PY) -m pytest tests/faults -v --durations=10

traces: setup ## The last traces of the local stack as trees
	@$(PY) -m local traces

chart: setup ## Lint and render the charts
	@$(PY) deploy/charts_lint.py

images: ## Build the images (needs a container engine)
	docker compose build

clean: ## Remove everything generated, the local data too
	@$(MAKE) --no-print-directory down || true
	rm -rf .venv build proto/gen .local

.PHONY: help setup proto demo up down test migrate lint vectors cases where articles bench faults traces chart images clean
