# make run    set up what is missing and serve a trial city   (PORT=8080 DATA=data TLS=1)
# make test   install what the tests need and run them at short counts
# make prove  the same tests at long counts, and the long proofs
# make bench  measure this machine
# make clean  remove what set-up made; data/ stays

SHELL = /bin/sh
BIN = .venv/bin
PYTHONS = $(or $(PYTHON),python3.13 python3.12 python3.11 python3)
NEW_ENOUGH = import sys; sys.exit(sys.version_info < (3, 11))
PIP = $(BIN)/python -m pip --disable-pip-version-check install --quiet

.PHONY: run test prove bench clean front-end test-tools

run: .venv/.run front-end
	@$(BIN)/python -m app run --example $(if $(filter-out 0,$(TLS)),--tls) $(if $(PORT),--port "$(PORT)") $(if $(DATA),--data "$(DATA)")

# Three workers: many tests wait for a browser, a clock or another process. A file stays with one worker.
# A test is asked a second time before it counts as failed: a browser on a crowded machine may miss a deadline.
test: test-tools
	@$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder --reruns 2 --reruns-delay 1 $(ARGS)

prove: test-tools
	@HAGC_COUNTS=long $(BIN)/python -m pytest -n 2 --dist loadfile --timeout 3600 $(ARGS)

bench: .venv/.test front-end
	@$(BIN)/python -m tests.bench $(ARGS)

clean:
	rm -rf .venv node_modules static/vendor build dist .pytest_cache .hypothesis ./*.egg-info
	find app pos tests -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# npm and the browser are asked each time: both answer at once when nothing is missing.
front-end: .venv/.run
	@$(BIN)/python -m app.setup.vendor

test-tools: .venv/.test
	@$(BIN)/python -m app.setup.vendor --tests
	@$(BIN)/python -m app.setup.browser

.venv/.run: setup.cfg pyproject.toml $(BIN)/pip
	@echo "Installing HAGC into .venv ..."
	@$(PIP) --editable .
	@touch $@

.venv/.test: setup.cfg pyproject.toml $(BIN)/pip
	@echo "Installing HAGC and its tests into .venv ..."
	@$(PIP) --editable ".[test]"
	@touch .venv/.run $@

$(BIN)/pip:
	@for python in $(PYTHONS); do \
	   if $$python -c '$(NEW_ENOUGH)' 2>/dev/null; then found=$$python; break; fi; \
	 done; \
	 if [ -z "$$found" ]; then \
	   echo "HAGC needs Python 3.11 or newer: install it, or name one: make PYTHON=/path/to/python3" >&2; exit 1; \
	 fi; \
	 if ! $$found -c 'import ensurepip, venv' 2>/dev/null; then \
	   echo "$$found has no venv module: install it (Debian, Ubuntu: apt-get install python3-venv)" >&2; exit 1; \
	 fi; \
	 $$found -m venv .venv
