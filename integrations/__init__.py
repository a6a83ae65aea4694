"""Other people's systems: CRMs, lead sources, language models. Knows nothing of leads.

The modules beside this one are *doors*: values and Protocols, standard library only, importable from every floor.
Implementations live in `integrations.providers`; only the wiring imports those.
"""
