# The two commands of the README, each with an environment of its own.
# PYTHON may name any interpreter from 3.11 on.

PYTHON ?= python3
ENV    := .venv/run
TOOLS  := .venv/tox

.PHONY: run test python clean

run: $(ENV)/ready
	@$(ENV)/bin/harness run --method soft_nms --task coco

test: $(TOOLS)/ready
	@$(TOOLS)/bin/tox run

# --no-compile: byte-compiling every module of every package takes longer than importing the few
# that a run needs.
$(ENV)/ready: pyproject.toml constraints.txt | python
	@echo "Setting up $(ENV) (once) ..."
	@$(PYTHON) -m venv --clear $(ENV)
	@$(ENV)/bin/python -m pip install -qq --disable-pip-version-check --no-compile -c constraints.txt -e .
	@touch $@

$(TOOLS)/ready: constraints.txt | python
	@echo "Setting up $(TOOLS) (once) ..."
	@$(PYTHON) -m venv --clear $(TOOLS)
	@$(TOOLS)/bin/python -m pip install -qq --disable-pip-version-check -c constraints.txt tox
	@touch $@

python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12 ..." >&2; exit 2; }

clean:
	rm -rf .venv .tox build
