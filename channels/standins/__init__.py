"""The other side of a vendor, for the demo and the tests: what the world does to our webhooks."""
