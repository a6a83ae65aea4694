"""Tend: a self-hosted agent that nurtures real-estate leads. It decides, remembers, acts and shows.

Floors, from the top: wiring, web and scheduler, flows, store, rules. Everything may look down, nothing may look up.
"""
