"""The SPLUNK_HOME tree: packages, conf files, stored passwords."""
