"""Where events end up: props applied, kept in SQLite."""
