"""A strict interpreter for the part of SPL that an app's searches, alerts and dashboards use.

What it does not know is an ``SplError`` with its position; nothing is ignored and nothing guessed.
Every construct names the page of Splunk's documentation that it follows (``Page``).
"""
