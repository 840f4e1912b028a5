"""Saved searches on their schedule, alert conditions, throttling, alert actions.

Follows savedsearches.conf.spec, alert_actions.conf.spec and the Alerting Manual. The clock is
given, never read: whoever runs the scheduler says what time it is.
"""
