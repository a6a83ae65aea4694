"""Memory: tables, migrations, and named questions asked of them. SQLAlchemy Core is the seam, SQLite is the fake."""
