"""FortiManager's JSON-RPC API as questions and answers; nothing here knows what they mean."""
