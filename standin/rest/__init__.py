"""The management port: what splunkd answers to its apps' REST clients."""
