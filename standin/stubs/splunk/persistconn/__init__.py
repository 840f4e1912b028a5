"""Stand-in for splunk.persistconn."""
