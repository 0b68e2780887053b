"""The database's shape: one line of Alembic migrations for each system, one PostgreSQL schema each."""
