# Thin: what each target does stands in tox.ini. Only Python 3.9 to 3.13, git and make are needed;
# tox goes into .venv and brings the rest. Another Python: make test PYTHON=python3.12
PYTHON ?= python3
TOX := .venv/bin/tox

.DEFAULT_GOAL := help
.PHONY: help demo test check docs clean

help: ## print this
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  What must pass before a change lands: bash .ci/run. Any environment of tox.ini: $(TOX) run -e NAME"

demo: $(TOX) ## make a project from the starter, compile it, run its workflow on this machine
	$(TOX) run -e demo

test: $(TOX) ## run the tests with this Python and the newest Kedro it takes
	$(TOX) run -e test,test-mlflow

check: $(TOX) ## check style, types and imports
	$(TOX) run -e lint,types,imports

docs: $(TOX) ## build the documentation into docs/_build
	$(TOX) run -e docs

clean: ## remove what the other targets made
	rm -rf .venv .tox .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis docs/_build

$(TOX):
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(None if (3, 9) <= v <= (3, 13) else "Python 3.9 to 3.13 is needed, %s is Python %d.%d; try make PYTHON=python3.12" % ((sys.executable,) + v))'
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet 'tox>=4.23'
