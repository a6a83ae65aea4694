"""Stand-ins for other people's systems: real servers for demos and tests, on loopback only.

They speak as the vendors' documentation says and share no code with the providers, so that one's mistake is not the
other's.
"""
