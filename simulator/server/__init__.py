"""Sockets: HTTPS for clients, plain HTTP for the side door, certificates, latency."""
