"""Face: the Litestar app, webhooks, the JSON API, pages. Handlers verify, call one flow or one view, and answer."""
