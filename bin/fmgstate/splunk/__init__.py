"""Between Splunk and this library: the only folder that imports Splunk's own libraries."""
