# Everything runs from .venv; `make install` makes it. Only test, scenarios, bench and demo need a Docker engine.
.DEFAULT_GOAL := help
BIN := .venv/bin
UNIT := -m "not docker" --ignore=tests/bench --ignore=tests/docs
REPORT := artifacts/scenarios.xml
export PYTHON

.PHONY: help install dev engine compiler format lint types imports unit scenarios test bench fuzz soak chaos docs check demo clean-demo

help:  ## this list
	@grep -hE '^[a-z-]+:.*  ## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*  ## /\1\t/' | expand -t 12

install: .venv/.installed-daemon  ## the program into .venv

dev: .venv/.installed-dev  ## the program and all that its checks need into .venv

.venv/.installed-%: pyproject.toml
	@sh compose/venv.sh $*

engine:  ## a running Docker engine, installed where it is missing (root on Debian or Ubuntu)
	@sh compose/engine.sh

format: dev  ## lay out the code
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .

lint: dev  ## layout, rules and spelling
	$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/codespell

types: dev  ## strict typing
	$(BIN)/mypy

imports: dev  ## who may import whom
	$(BIN)/lint-imports

unit: dev compiler  ## tests without Docker
	$(BIN)/pytest $(UNIT)

compiler:  ## gcc and g++, for the host of C++ processors and the stub of NVML, installed where they are missing
	@gcc --version >/dev/null 2>&1 && g++ --version >/dev/null 2>&1 || apt-get install -y -qq --no-install-recommends g++ libc6-dev

scenarios: dev engine compiler  ## tests on the real engine; a skipped one is a failure
	$(BIN)/pytest -m docker --ignore=tests/bench --junitxml=$(REPORT) && $(BIN)/python .ci/none_skipped.py $(REPORT)

test: dev engine unit docs scenarios  ## all tests, those on the real engine included

bench: .venv/.installed-bench engine  ## measurements beside Envoy, nginx, HAProxy and plain Docker; PARTS="hop --quick"
	$(BIN)/python -m tests.bench $(PARTS)

fuzz: .venv/.installed-fuzz  ## bytes nobody thought of for the HTTP engine, SECONDS=60 for each target
	$(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS),60) --seed $(or $(SEED),0)

soak: dev  ## sidecars and gateway under random faults, SECONDS=600, and whether they come to rest again
	$(BIN)/python -m tests.soak --seconds $(or $(SECONDS),600)

chaos: dev engine  ## every part killed at every moment of every plan, ROWS="engine killed" for some of it, ROUNDS=40 random ones
	$(BIN)/python -m tests.chaos --only "$(ROWS)" --rounds $(or $(ROUNDS),40) $(if $(SEED),--seed $(SEED))

docs: dev  ## what the documentation says is true
	$(BIN)/pytest tests/docs -m "not docker"

check: lint types imports unit docs  ## everything that needs neither Docker nor GPU nor network

demo: install engine  ## set everything up, deploy a sample service, call it, and leave it running
	@sh sample_services/demo.sh

clean-demo:  ## remove what the demo made; .venv and an engine that was installed stay
	@sh sample_services/demo.sh clean
