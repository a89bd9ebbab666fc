# The two commands of the README are `make run` and `make test`; both prepare what is missing first.
PYTHON ?= python3
PY := .venv/bin/python
ARGS ?=
TESTS ?= tests
JOBS ?= 2
FAST_JOBS ?= 2
PICTURES := mathematics.clt classical.gradient_descent classical.gradient_descent_1d classical.pca systems.scheduling \
  transformer.attention transformer.rope deep.mlp deep.lstm tuning.lora distributed.collectives

.PHONY: run test test-fast test-ray check lint pictures clean setup setup-test setup-ray

run: setup
	@$(PY) main.py $(ARGS); status=$$?; \
	if [ $$status -eq 4 ] && [ -z "$(ARGS)" ]; then $(PY) main.py export --all out/gallery; else exit $$status; fi

test: setup-test
	@QT_QPA_PLATFORM=offscreen $(PY) -m pytest -n $(JOBS) --dist loadgroup $(TESTS) $(ARGS)

test-fast: setup-test
	@QT_QPA_PLATFORM=offscreen $(PY) -m pytest -m "not slow" -x -n $(FAST_JOBS) --dist loadgroup $(TESTS) $(ARGS)

test-ray: setup-ray
	@QT_QPA_PLATFORM=offscreen $(PY) -m pytest tests/ray $(ARGS)

check: setup-test
	@$(PY) main.py check $(ARGS)

lint: setup-test
	@$(PY) -m ruff check . && $(PY) -m mypy && PYTHONPATH=. .venv/bin/lint-imports --no-logo

pictures: setup
	@mkdir -p docs/pictures
	@for id in $(PICTURES); do for lang in en zh; do \
	  name=$${id#*.}; [ $$lang = en ] || name=$${name}_zh; \
	  $(PY) main.py export $$id -o docs/pictures/$$name.png --theme light --lang $$lang --size 1280x800 || exit; \
	done; done

clean:
	@rm -rf out build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -not -path "./.venv/*" -prune -exec rm -rf {} +

setup:
	@command -v $(PYTHON) >/dev/null || { echo "loupe: Python 3.11 or newer is needed; install python3 and run make again" >&2; exit 4; }
	@$(PYTHON) scripts/setup.py run

setup-test:
	@command -v $(PYTHON) >/dev/null || { echo "loupe: Python 3.11 or newer is needed; install python3 and run make again" >&2; exit 4; }
	@$(PYTHON) scripts/setup.py test

setup-ray:
	@command -v $(PYTHON) >/dev/null || { echo "loupe: Python 3.11 or newer is needed; install python3 and run make again" >&2; exit 4; }
	@$(PYTHON) scripts/setup.py cluster
