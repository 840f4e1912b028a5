"""Who answers which url. Every answer is computed from state; none knows of a scenario."""
