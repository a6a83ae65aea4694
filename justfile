# Short names for people who have just; `python3 run.py` does the same without it.

# Run Tend on invented leads
demo *args:
    python3 run.py demo {{ args }}

# Run every check, or pytest alone with arguments
test *args:
    python3 run.py test {{ args }}

# Format and fix what can be fixed
fix:
    .venv/bin/ruff check --fix
    .venv/bin/ruff format

# Write the locks anew; `just lock --upgrade` moves every version
lock *args:
    uv pip compile {{ compile }} {{ args }} pyproject.toml -o requirements.lock
    uv pip compile {{ compile }} {{ args }} --extra local -c requirements.lock pyproject.toml -o requirements-local.lock
    uv pip compile {{ compile }} {{ args }} --group dev -c requirements-local.lock -o requirements-dev.lock
    uv pip compile {{ compile }} {{ args }} --group build -o build.lock

compile := "--quiet --generate-hashes --universal --python-version 3.11 --no-annotate --no-header"
