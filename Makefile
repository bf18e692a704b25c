# Two commands do everything: `make check` and `make test`. All of them install what they need.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# Modules are compiled once, however the environment is set: the tests start poolgate hundreds of times.
export PYTHONDONTWRITEBYTECODE :=

PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv --quiet
SAMPLES := $(patsubst stacks/%/requirements.txt,%,$(wildcard stacks/*/requirements.txt))
GOOD := $(filter-out rejected-%,$(SAMPLES))
# A sample with settings of its own is judged by itself: all paths of one run have the same.
ALONE := $(filter $(GOOD),$(patsubst stacks/%/poolgate.yaml,%,$(wildcard stacks/*/poolgate.yaml)))
REJECTED := $(patsubst stacks/%/expected.json,%,$(wildcard stacks/rejected-*/expected.json))

READY := .venv/.ready
STACKS_READY := $(SAMPLES:%=stacks/%/venv/.ready)
PACK_READY := policies/venv/.ready
WEB_READY := web/node_modules/.ready
SERVERS_READY := tests/backends/node_modules/.ready

.PHONY: help check test matrix lint engine preview bench mutants soak waits site page fmt docs lock release vulnerabilities clean

help: ## what there is to make
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' $(MAKEFILE_LIST) | expand -t 18

check: $(READY) $(STACKS_READY) ## lint and judge every sample stack; no engine, no cloud
	$(BIN)/poolgate check $(patsubst %,stacks/%,$(filter-out $(ALONE),$(GOOD)))
	for sample in $(ALONE); do $(BIN)/poolgate check stacks/$$sample; done
	$(BIN)/python tools/expected_rejection.py $(REJECTED:%=stacks/%)

test: $(READY) $(STACKS_READY) $(PACK_READY) $(WEB_READY) $(SERVERS_READY) lint engine ## all tests, the real engine included; ENGINE=3.255.0 for another than the newest
	$(if $(ENGINE),export POOLGATE_ENGINE="$$($(BIN)/python -m poolgate.sandbox.engine $(ENGINE))";) $(BIN)/pytest -n 3 --dist worksteal

matrix: $(READY) $(STACKS_READY) $(PACK_READY) $(WEB_READY) $(SERVERS_READY) ## the tests on every engine and Python that is supported; MATRIX="3.255.0 3.12" for some
	$(BIN)/python -m tools.matrix $(MATRIX)

lint: $(READY) ## formatting, lint, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

engine: $(READY) ## find, install or build the Pulumi engine
	$(BIN)/python -m poolgate.sandbox.engine $(ENGINE)

preview: $(READY) $(STACKS_READY) $(PACK_READY) engine ## preview the sample stacks with the real engine and the real pack
	for sample in $(GOOD); do $(BIN)/poolgate preview stacks/$$sample; done
	$(BIN)/python tools/expected_rejection.py --preview $(REJECTED:%=stacks/%)

bench: $(READY) $(STACKS_READY) $(PACK_READY) engine ## what it all costs, as ratios against peers; BASE=COMMIT against that build
	$(BIN)/python -m benchmarks $(if $(BASE),--base $(BASE))

mutants: $(READY) ## mutation tests of the rule library: hours; MUTANTS="--part lint --share 0.06 --only functions" for a sample
	$(BIN)/python -m tools.mutation $(MUTANTS)

soak: $(READY) $(STACKS_READY) $(PACK_READY) engine ## all wrong configurations of the samples, 2,000 in all places, 100 runs alike, 1,000,000 hostile inputs; SOAK="--seed 7 --reader state --count 5000"
	POOLGATE_ALL_MUTANTS=1 $(BIN)/pytest -q tests/mutants/test_samples.py
	$(BIN)/python tools/where_judged.py
	$(BIN)/python tools/same_bytes.py --runs 100
	$(BIN)/python -m tools.soak $(SOAK)

waits: $(READY) ## hold the formulas of `size` to simulations, what docs/waits.csv lacks; WAITS=--anew for all, half an hour
	$(BIN)/python -m tools.waits $(WAITS)

site: $(READY) ## build the documentation's site into build/site; a link that leads nowhere stops it
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going --nitpicky -b dirhtml docs build/site

page: $(WEB_READY) ## build the pages of the HTML reports from web
	cd web && npm run check && npm run build

fmt: $(READY) ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(READY) ## write what is generated: docs/rules.md and the policy-config schema
	$(BIN)/python tools/generate.py

lock: $(READY) ## resolve the pinned requirements anew
	$(BIN)/python tools/lock.py

release: $(READY) $(PACK_READY) ## make wheel, source, the pack's archive and what is in them, into build/release
	$(BIN)/python tools/release.py

vulnerabilities: $(READY) engine ## ask what is known about all that is pinned; a database that cannot be asked fails
	$(BIN)/python tools/vulnerabilities.py

clean: ## remove every environment
	rm -rf .venv policies/venv stacks/*/venv web/node_modules tests/*/node_modules build

$(READY): requirements/uv.txt requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "poolgate needs Python 3.11 or later")'
	@echo "installing poolgate and its tools into .venv"
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@VIRTUAL_ENV=.venv $(UV) pip sync --compile-bytecode --require-hashes requirements/uv.txt requirements/dev.txt
	@VIRTUAL_ENV=.venv $(UV) pip install --no-deps --no-build-isolation --editable .
	@touch $@

stacks/%/venv/.ready: stacks/%/requirements.txt $(READY)
	@echo "installing $< into stacks/$*/venv"
	@test -x stacks/$*/venv/bin/python || $(UV) venv --seed --python $(BIN)/python stacks/$*/venv
	@$(UV) pip install --python stacks/$*/venv/bin/python --require-hashes -r $<
	@touch $@

$(PACK_READY): policies/requirements.txt $(READY)
	@echo "installing $< into policies/venv"
	@test -x policies/venv/bin/python || $(UV) venv --seed --python $(BIN)/python policies/venv
	@$(UV) pip install --python policies/venv/bin/python --require-hashes -r $<
	@touch $@

$(WEB_READY): web/package.json web/package-lock.json $(READY)
	@$(BIN)/python tools/system_packages.py chromium npm
	@echo "installing the page's tools into web/node_modules"
	@cd web && npm ci --no-audit --no-fund
	@touch $@

$(SERVERS_READY): tests/backends/package-lock.json tests/backends/gcs_server/go.sum tools/backend_servers.py | $(READY)
	@$(BIN)/python tools/system_packages.py npm initdb
	@echo "installing the servers that tests of backends start into tests/backends/node_modules"
	@$(BIN)/python tools/backend_servers.py
	@touch $@
