"""Search commands without splunklib: protocol version 2, written for chunks of 50,000 events.

A command is a ``Command`` (``command``): a name, its options, and ``start``, which is called once
the options are known and gives what the command does: ``Enrich``, ``Transform`` or ``Generate``.
Standard library only, nothing of FortiManager; commands themselves are the files ``fmg*``.
"""
