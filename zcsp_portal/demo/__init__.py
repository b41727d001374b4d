"""The demo provider: a made-up company with three years behind it, the same for the same seed and day."""
