# The two commands of the README are `make run` and `make test`; both prepare what is missing first.
PYTHON ?= python3
PY := .venv/bin/python
ARGS ?=
TESTS ?= tests

.PHONY: run test test-fast check lint clean setup setup-test

run: setup
	@$(PY) main.py $(ARGS); status=$$?; \
	if [ $$status -eq 4 ] && [ -z "$(ARGS)" ]; then $(PY) main.py export --all out/gallery; else exit $$status; fi

test: setup-test
	@QT_QPA_PLATFORM=offscreen $(PY) -m pytest $(TESTS) $(ARGS)

test-fast: setup-test
	@QT_QPA_PLATFORM=offscreen $(PY) -m pytest -m "not slow" -x $(TESTS) $(ARGS)

check: setup-test
	@$(PY) main.py check $(ARGS)

lint: setup-test
	@$(PY) -m ruff check . && $(PY) -m mypy && PYTHONPATH=. .venv/bin/lint-imports --no-logo

clean:
	@rm -rf out build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -not -path "./.venv/*" -prune -exec rm -rf {} +

setup:
	@command -v $(PYTHON) >/dev/null || { echo "loupe: Python 3.11 or newer is needed; install python3 and run make again" >&2; exit 4; }
	@$(PYTHON) scripts/setup.py run

setup-test:
	@command -v $(PYTHON) >/dev/null || { echo "loupe: Python 3.11 or newer is needed; install python3 and run make again" >&2; exit 4; }
	@$(PYTHON) scripts/setup.py test
