"""Implementations of the doors beside this package. Only the wiring and their own tests import them."""
