# What one does with this checkout. Needs python3 (3.11 or newer, with venv) and make; everything else lands in .venv.

unexport PYTHONDONTWRITEBYTECODE  # compiled once, or every start costs two seconds more

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PORT   ?= 8080
ARGS   ?=
PIP    := $(BIN)/python -m pip install --disable-pip-version-check --quiet --no-input --no-deps --require-hashes
# uv installs the same files with the same hashes in a tenth of the time; where it cannot, pip does.
UV     := UV_HTTP_TIMEOUT=20 $(BIN)/uv pip install --python $(BIN)/python --quiet --no-deps --require-hashes --compile-bytecode

.DEFAULT_GOAL := help
.PHONY: help demo test check format map texts lock bench clean

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: $(VENV)/.runtime  ## two associations with members, offers and posts, in your browser (PORT=9000 moves them)
	@exec $(BIN)/commensal demo --port $(PORT) $(ARGS)

test: $(VENV)/.dev $(VENV)/.interop  ## the whole suite, on SQLite and on a real PostgreSQL (ARGS='-k inbox' for a part of it)
	$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

check: $(VENV)/.dev  ## format, lint, strict types, the direction of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev  ## puts the source into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

map: $(VENV)/.runtime  ## the tree, each module with the sentence that says what it is for
	@$(BIN)/python tests/support/map.py

texts: $(VENV)/.dev  ## brings the catalogues of web/locale up to the texts in the source
	@$(BIN)/python tests/support/texts.py

bench: $(VENV)/.dev  ## what real nodes cost, beside what this machine can do (ARGS="inbound apps --sqlite" for a part of it)
	$(BIN)/python bench $(ARGS)

lock: $(VENV)/.python  ## resolves the dependencies of pyproject.toml anew, with hashes and without addresses
	$(BIN)/python -m pip install --disable-pip-version-check --quiet uv
	printf 'uv\nhatchling\neditables\n' | $(LOCK) - --output-file locks/installer.txt
	$(LOCK) --group dev pyproject.toml --output-file locks/dev.txt
	$(LOCK) --constraint locks/dev.txt pyproject.toml --output-file locks/runtime.txt

LOCK = $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate

clean:  ## removes .venv, caches and the data of the demo
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis demo-data
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Commensal needs Python 3.11 or newer; PYTHON=python3.12 make ... names another one.")'
	@echo "Making $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installer: locks/installer.txt | $(VENV)/.python
	@$(PIP) -r $<
	@touch $@

# The program itself runs from the checkout; the tool that builds it is in locks/installer.txt, so nothing else is fetched.
$(VENV)/.runtime: locks/runtime.txt pyproject.toml $(VENV)/.installer
	@echo "Installing the libraries of $< ..."
	@$(UV) -r $< 2>$(VENV)/uv.log || $(PIP) -r $<
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-input --no-deps --no-build-isolation --no-index --editable .
	@touch $@

$(VENV)/.dev: locks/dev.txt $(VENV)/.runtime
	@echo "Installing the test tools of $< ..."
	@$(UV) -r $< 2>$(VENV)/uv.log || $(PIP) -r $<
	@touch $@

# Other people's programs that the tests meet. Without npm those tests say that they were skipped.
$(VENV)/.interop: tests/interop/package-lock.json | $(VENV)/.python
	@if command -v npm >/dev/null; then echo "Installing what tests/interop meets ..."; \
		npm ci --prefix tests/interop --ignore-scripts --no-audit --no-fund --loglevel=error >$(VENV)/npm.log 2>&1 \
		&& touch $@ || echo "npm could not install it; see $(VENV)/npm.log"; fi
