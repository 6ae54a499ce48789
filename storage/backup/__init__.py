"""Operations on whole databases: restoring a backup, and moving from SQLite to PostgreSQL."""
