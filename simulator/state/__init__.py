"""What the simulated FortiManager knows. Nothing here knows of requests, HTTP or scenarios."""
