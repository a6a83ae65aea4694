"""A reader of mail that never answers."""

from __future__ import annotations

import time

time.sleep(600)
