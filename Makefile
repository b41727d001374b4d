# The whole of it: `make run` starts the portal, `make test` tests it. `make help` lists the rest.
PYTHON ?= python3
# Test processes beside each other; more than the machine has cores only makes them wait.
TEST_WORKERS ?= 2
BIN := .venv/bin

.PHONY: help run test check bench kill-matrix lab screenshots lock clean set-up set-up-dev

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-12s %s\n", $$1, $$2}'

run: set-up ## Set up and start the portal on 127.0.0.1:8000 (PORT=… for another port)
	@$(BIN)/python -m zcsp_portal.running

test: set-up-dev ## Set up and run every test
	$(BIN)/pytest -n $(TEST_WORKERS) --dist loadgroup $(ARGS)

check: set-up-dev ## Lint, types, floors, migrations, deployment settings
	@$(BIN)/python scripts/check.py

bench: set-up-dev ## Measure beside bare counterparts: onboarding, VNI claims, vSphere, the forecast, pages at scale
	$(BIN)/python -m benchmarks.onboarding
	$(BIN)/python -m benchmarks.port_groups
	$(BIN)/python -m benchmarks.forecast_speed
	$(BIN)/python -m benchmarks.provider_at_scale
	$(BIN)/python -m benchmarks.switch_vlans
	$(BIN)/python -m benchmarks.engine
	$(BIN)/python -m benchmarks.vni_claims

kill-matrix: set-up-dev ## Kill worker, broker, database and devices at every point of a push; print what became of it
	$(BIN)/pytest -q tests/provisioning/kills

lab: set-up-dev ## The main job against vcsim, a real vSphere API, with a real worker and Redis
	$(BIN)/python -m lab.demonstrate

screenshots: set-up-dev ## Take the pictures of the documentation anew
	$(BIN)/python -m lab.screenshots

lock: set-up-dev ## Lock the Python packages anew, with hashes
	$(BIN)/python scripts/lock.py

clean: ## Remove what set-up made; data in var/ stays
	rm -rf .venv node_modules .set-up.lock .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -not -path './node_modules/*' -prune -exec rm -rf {} +

set-up:
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is missing: install Python 3.11 or newer (apt-get install python3 python3-venv)." >&2; exit 1; }
	@$(PYTHON) scripts/set_up.py portal

set-up-dev:
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is missing: install Python 3.11 or newer (apt-get install python3 python3-venv)." >&2; exit 1; }
	@$(PYTHON) scripts/set_up.py dev
