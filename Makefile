# Few words to work with; `make` alone lists them. What a running Fourfold understands is `fourfold --help`.
SHELL := /bin/sh
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help up test check fix bench lock docs faults fuzz environment dev-environment documents-environment lint types imports

# The environment's own Python when there is one (version managers' stand-ins are slow), else the first that is new enough.
PYTHON := $(or $(wildcard .venv/bin/python),$(shell \
	for python in python3.11 python3.12 python3.13 python3.14 python3; do \
		$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; \
	done))
BIN := .venv/bin
SYNC = $(if $(PYTHON),@$(PYTHON) -I requirements/sync.py,@echo "Python 3.11 or later is needed." >&2; exit 1;)

help: ## list what there is
	@sed -n 's/^\([a-z]*\):.*## /  \1\t/p' Makefile | expand -t 12

up: environment documents-environment ## make the environment, start everything, print where it is
	@exec $(BIN)/fourfold up

test: dev-environment ## make the environment, check, and run all tests on the real embedded servers
	$(SYNC) s3
	$(SYNC) mongo
	$(SYNC) node
	@$(MAKE) check
	@$(BIN)/python -m slipcover -m pytest -n 3 --dist loadfile --no-header
	@$(BIN)/python -m slipcover --merge .coverage.json --out .coverage.json --fail-under 90 > .coverage.txt || { \
		echo "Less than 90 % of lines and branches are run; .coverage.txt tells which are not."; exit 1; }

check: dev-environment ## lint, format, types, floors
	@$(MAKE) -j 2 --output-sync=target lint types imports

fix: dev-environment ## repair what can be repaired
	@$(BIN)/ruff check --fix-only --quiet
	@$(BIN)/ruff format --quiet

bench: environment documents-environment ## measure against the bare alternatives; writes bench/results.json
	@exec $(BIN)/python -m bench

faults: dev-environment documents-environment ## kill and pause processes under load (minutes)
	@exec $(BIN)/pytest -m faults

fuzz: dev-environment documents-environment ## send generated requests to every route (minutes)
	@exec $(BIN)/pytest -m fuzz

docs: environment ## write the references that are made from the code
	@exec $(BIN)/fourfold docs

lock: ## write the locks anew; UPGRADE=--upgrade takes the newest versions, LOCKS=mongo writes one
	$(SYNC) lock $(LOCKS) $(UPGRADE)

# The parts of the above.
environment:
	$(SYNC) app

dev-environment:
	$(SYNC) dev

documents-environment:
	$(SYNC) mongo

lint:
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet || { echo "Not formatted; make fix formats:"; $(BIN)/ruff format --check; exit 1; }

types:
	@$(BIN)/mypy --no-error-summary

imports:
	@told=$$($(BIN)/lint-imports 2>&1) || { echo "$$told"; exit 1; }
