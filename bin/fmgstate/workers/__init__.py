"""Refreshing on workers: Celery tasks outside Splunk, Redis as broker and shared store.

The only folder that knows Celery, YAML and Prometheus. It is installed on worker hosts with the
extra ``workers`` and is not part of the Splunk package.
"""
