"""What FortiManager's tables look like: keys, defaults, integer values of enumerations."""
