"""The people and the shop of the store's tests."""

from pathlib import Path

import app.store

SCHEMA = Path(app.store.__file__).parent / "schema"
