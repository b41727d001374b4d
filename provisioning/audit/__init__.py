"""The isolation audit: what of one tenant can reach, or be reached by, what is not its own, as the devices stand."""
