"""The demo provider: a made-up company with three years behind it, the same for the same seed and day."""

PASSWORD = "try-the-portal"  # noqa: S105  # printed on purpose: the demo's accounts exist in development mode only
