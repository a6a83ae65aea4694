"""The demo: invented leads pushed through the real doors into the real engine, with stand-ins where vendors would be.

It sits above the wiring and may name providers and stand-ins; nothing else imports it.
"""
