"""The JSON API under `/v1/api`: lead capture (open to browsers and programs), everything else behind a session or token."""
