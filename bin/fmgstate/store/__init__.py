"""Where snapshots live: one contract (``base``), several implementations."""
