"""Mouth and ears: how words leave and arrive. Knows nothing of leads.

The modules beside this one are *doors*: values and Protocols, standard library only, importable from every floor.
Implementations live in `channels.providers`; only the wiring imports those.
"""
