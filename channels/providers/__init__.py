"""One file per vendor, each behind a door of `channels`. Only the wiring and the tests import these."""
