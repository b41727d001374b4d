"""Pages about plans, runs, devices and drift."""
