"""The rehearsal: the same engine on a moved clock over a copy, with senders that send nothing.

It stands above the wiring, beside the demo; only the command uses it.
"""
