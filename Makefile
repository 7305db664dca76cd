# `make` alone lists what can be made. Everything needs only Python, make and git.
.DEFAULT_GOAL := help
.PHONY: help setup report reports test quick lint format docs lock lock-check sbom clean
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
WHEELS := .wheels
SBOM := dist/sbom.json
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
export PIP_ROOT_USER_ACTION = ignore

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# The wheels stay in a folder, so that a second set-up and the tests need no network.
$(WHEELS)/.ready: requirements.lock
	@echo "downloading the packages of requirements.lock" >&2
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) >&2
	@mkdir -p $(WHEELS)
	@$(PIP) --no-cache-dir download --only-binary :all: --require-hashes -r requirements.lock -d $(WHEELS) >&2
	@touch $@

$(VENV)/.ready: $(WHEELS)/.ready pyproject.toml
	@echo "installing them into $(VENV)" >&2
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) >&2
	@$(PIP) install --no-index --find-links $(WHEELS) --require-hashes -r requirements.lock >&2
	@$(PIP) install --no-index --no-build-isolation --no-deps --editable . >&2
	@touch $@

setup: $(VENV)/.ready  ## make .venv with the hash-locked packages

report: setup  ## run the five notebooks on the sample data and print where the report is
	@$(BIN)/segnb run params/complete_journey.yaml

reports: setup  ## run all params files: one report of each
	@$(BIN)/segnb run $(filter-out params/playbook%,$(wildcard params/*.yaml))

test: setup lint  ## all checks and tests
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

quick: setup  ## the tests that run no notebook
	@$(BIN)/python -m pytest -m "not slow"

lint: setup  ## style, types, floors, spelling, stripped notebooks
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/codespell segnb tests docs params README.md CHANGELOG.md CONTRIBUTING.md
	@$(BIN)/nbstripout --keep-id --verify notebooks/*.ipynb
	@$(BIN)/cog -I docs --check docs/registries.md

format: setup  ## bring code and notebooks into shape
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/nbstripout --keep-id notebooks/*.ipynb

docs: setup  ## renew docs/registries.md from the code
	@$(BIN)/cog -I docs -r docs/registries.md

lock:  ## renew requirements.lock (needs the network)
	@test -x .lock-tool/bin/uv || { $(PYTHON) -m venv .lock-tool && .lock-tool/bin/pip install --quiet uv; }
	@.lock-tool/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
	  --no-header --no-annotate --no-emit-index-url --all-extras pyproject.toml -o requirements.lock

lock-check:  ## ask the resolver for a wheel of every locked package on 3 systems x 4 Pythons (needs the network)
	@test -x .lock-tool/bin/uv || { $(PYTHON) -m venv .lock-tool && .lock-tool/bin/pip install --quiet uv; }
	@for system in x86_64-manylinux_2_28 aarch64-apple-darwin x86_64-pc-windows-msvc; do \
	  for version in 3.11 3.12 3.13 3.14; do \
	    .lock-tool/bin/uv pip compile --quiet --no-header --no-deps --only-binary :all: --python-platform $$system \
	      --python-version $$version requirements.lock -o /dev/null || exit 1; \
	    echo "wheels for $$system, Python $$version"; \
	  done; \
	done

# From the lock and not from what is installed: the packages of every system, and the same bytes anywhere.
sbom: setup  ## write a CycloneDX bill of materials of the locked packages to dist/sbom.json
	@mkdir -p $(dir $(SBOM))
	@$(BIN)/python -W ignore::UserWarning -m cyclonedx_py requirements requirements.lock --pyproject pyproject.toml \
	  --output-reproducible --validate -o $(SBOM)
	@echo $(SBOM)

clean:  ## remove what the targets made, but not the reports
	@rm -rf $(VENV) $(WHEELS) .lock-tool build dist
