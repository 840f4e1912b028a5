# Every target makes what it needs. Stamps in .build/ keep a second run quick.
# Another interpreter: make PYTHON=/path/to/python3.11 ...

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

export PYTHON
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore

PY := .venv/bin/python
PIP_INSTALL := -m pip install --quiet --quiet --no-input
PYTEST_ARGS ?= -n auto --dist loadfile
MINUTES ?= 20
APP := fortimanager_policy_state
VERSION := $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' bin/fmgstate/__init__.py)
TARBALL := dist/$(APP)-$(VERSION).tar.gz
SHIPPED := $(shell find bin default conf_added metadata static lookups appserver README -type f \
             -not -path '*/__pycache__/*' 2>/dev/null) \
           app.manifest globalConfig.json LICENSE NOTICE build.py requirements/app.txt requirements/app-redis.txt

.PHONY: help demo demo-workers drills test test-here test-pythons test-clients test-peers test-lines test-live test-pages chaos lint format bench package inspect clean

help:  ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/make \1\t\2/p' Makefile | expand -t 20

demo: .venv/.ready $(TARBALL)  ## watch the app collect 80 simulated FortiGates, publish, answer
	@$(PY) -m demo

test: test-here test-pythons  ## all tests on this Python, the library's on 3.9 and 3.13 too

test-here: .venv/.ready $(TARBALL)  ## all tests on this Python only (PYTEST_ARGS="-k word")
	@$(PY) -m pytest $(PYTEST_ARGS)

test-pythons: .venv/.ready  ## the library's tests on the Pythons that Splunk brings
	@$(PY) tests/pythons.py 3.9 3.13

test-clients: .venv/.ready  ## public FortiManager clients, unmodified, against the simulator
	@$(PY) tests/clients/run.py

test-peers: .venv/.ready  ## the policy engine beside independent implementations
	@$(PY) tests/peers/run.py

test-pages: .venv/.ready $(TARBALL)  ## the app's pages and Splunk's data sources in Chromium, on the stand-in
	@$(PY) tests/pages/run.py

test-lines: .venv/.ready $(TARBALL)  ## 100,000 log lines of 80 FortiGates, each added field beside the truth
	@FMGSTATE_LINES=100000 $(PY) -m pytest tests/splunk/test_lines_enriched.py

test-live: .venv/.ready  ## the tests of SPL asked of a running Splunk (deploy/splunk)
	@test -n "$$SPLUNK_URL" -a -n "$$SPLUNK_TOKEN" || { echo "set SPLUNK_URL and SPLUNK_TOKEN"; exit 2; }
	@$(PY) -m pytest -rs tests/live tests/standin/spl

lint: .venv/.ready  ## ruff (rules and format) and mypy --strict
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(PY) -m mypy --python-version 3.11 standin

chaos: .venv/.ready  ## random faults and edits while collecting, for MINUTES (20)
	@$(PY) -m tests.chaos.long --minutes $(MINUTES)

drills: .venv/.ready  ## workers, Redis and FortiManager killed, the long versions
	@$(PY) -m pytest -s -p no:xdist tests/workers/drills/long_drills.py

demo-workers: .venv/.ready  ## the same FortiGates on Redis and 8 Celery workers
	@$(PY) -m demo.workers

format: .venv/.ready  ## put the code in shape
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

bench: .venv-bench/.ready  ## measure, beside public peers
	@PYTHONPATH=bin .venv-bench/bin/python -m benchmarks

package: $(TARBALL)  ## dist/*.tar.gz, ready to install in Splunk
	@echo $(TARBALL)

inspect: $(TARBALL) .venv-package/.ready  ## Splunk's AppInspect and slim over the package
	@.venv-package/bin/python .ci/inspect_package.py $(TARBALL)

clean:  ## remove all that was made
	rm -rf .venv .venv-* .build dist .demo .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(TARBALL): $(SHIPPED) .venv-package/.ready
	@.venv-package/bin/python build.py

.venv/.ready: requirements/app.txt requirements/test.txt requirements/dev.txt
	@$(PY) -c "" 2>/dev/null || "$$(.ci/find-python)" -m venv --clear .venv
	@$(PY) $(PIP_INSTALL) -r requirements/dev.txt
	@touch $@

.venv-package/.ready: requirements/package.txt
	@.venv-package/bin/python -c "" 2>/dev/null || "$$(.ci/find-python)" -m venv --clear .venv-package
	@.venv-package/bin/python $(PIP_INSTALL) -r requirements/package.txt
	@touch $@

.venv-bench/.ready: requirements/bench.txt requirements/dev.txt requirements/test.txt requirements/app.txt
	@.venv-bench/bin/python -c "" 2>/dev/null || "$$(.ci/find-python)" -m venv --clear .venv-bench
	@.venv-bench/bin/python $(PIP_INSTALL) -r requirements/bench.txt
	@touch $@
