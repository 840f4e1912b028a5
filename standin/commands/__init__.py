"""Custom search commands of installed packages, run through the chunked protocol (version 2).

The protocol was never published as a whole. What is done here follows what Splunk's Python SDK
sends and parses, the description of the getinfo reply that Splunk's support gave on its community
pages, and published recordings of exchanges with Splunk 8.2.1.
"""
