"""``fields``, ``filter``, ``range``, ``sortings``, ``option`` and ``verbose`` over rows."""
