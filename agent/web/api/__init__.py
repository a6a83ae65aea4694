"""The JSON API under `/v1/api`: lead capture is open to browsers, everything else needs a session or token."""
