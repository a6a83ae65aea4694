"""Ground floor: pure functions over frozen facts. No input or output, no clock, no logging; `now` is an argument."""
