# Two commands are enough on a fresh machine with Python 3.11 or newer: make demo, make test.
PYTHON ?= python3
VENV := .venv/bin
DEMO := demo
PORT ?= 8000

.PHONY: demo test test-slow coverage lint bench serve clean mlflow

.venv/ready: requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(VENV)/python -m pip install --quiet --disable-pip-version-check uv
	$(VENV)/uv pip install --quiet --compile-bytecode --python $(VENV)/python -r requirements.txt
	$(VENV)/uv pip install --quiet --python $(VENV)/python --no-deps --editable .
	touch $@

# One thread: threads that wait for each other over matrices this small cost far more than they save.
demo: export OMP_NUM_THREADS = 1
demo: .venv/ready
	$(VENV)/oeuvre generate --out $(DEMO)/catalogue
	$(VENV)/oeuvre build --source painter-by-numbers --root $(DEMO)/catalogue --out $(DEMO) --split-column in_train --min-works 40
	$(VENV)/oeuvre sort $(DEMO)/catalogue/unseen --models $(DEMO)/models --out $(DEMO)/sorted
	@echo "order: $(DEMO)/sorted/order.csv; timeline: $(DEMO)/sorted/timeline.png; accuracy: $(DEMO)/report/report.md"
	@echo "runs: make mlflow, then open http://127.0.0.1:5000"

test: .venv/ready
	$(VENV)/python -m pytest

test-slow: .venv/ready
	$(VENV)/python -m pytest -m slow

coverage: .venv/ready
	$(VENV)/coverage run -m pytest
	$(VENV)/coverage combine --quiet
	$(VENV)/coverage report --skip-covered --sort=miss

lint: .venv/ready
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/mypy lib jobs oeuvre serve benchmarks
	$(VENV)/lint-imports

.venv/bench: .venv/ready benchmarks/requirements.txt
	$(VENV)/uv pip install --quiet --python $(VENV)/python --constraint requirements.txt -r benchmarks/requirements.txt
	$(VENV)/uv venv --quiet --allow-existing .venv/img2dataset
	$(VENV)/uv pip install --quiet --python .venv/img2dataset/bin/python img2dataset==1.47.0
	touch $@

bench: .venv/bench demo
	$(VENV)/python benchmarks/ingest.py
	$(VENV)/python benchmarks/ingest_whole.py --img2dataset .venv/img2dataset/bin/img2dataset
	$(VENV)/python benchmarks/fetch.py --img2dataset .venv/img2dataset/bin/img2dataset
	$(VENV)/python benchmarks/training_input.py
	$(VENV)/python benchmarks/embed.py
	$(VENV)/python benchmarks/comparators.py
	$(VENV)/python benchmarks/regressors.py
	$(VENV)/python benchmarks/sorting.py
	$(VENV)/python benchmarks/artist.py
	$(VENV)/python benchmarks/sweep.py
	$(VENV)/python benchmarks/service.py --models $(DEMO)/models --images $(DEMO)/catalogue/unseen
	$(VENV)/python benchmarks/report.py

serve: .venv/ready
	OEUVRE_MODELS=$${OEUVRE_MODELS:-$(DEMO)/models} $(VENV)/python -m serve.run --port $(PORT)

mlflow: .venv/ready
	MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false $(VENV)/mlflow server --workers 1 --host 127.0.0.1 --port 5000 \
		--backend-store-uri sqlite:///mlflow.db --artifacts-destination mlartifacts

clean:
	rm -rf .venv $(DEMO) $(DEMO).log
