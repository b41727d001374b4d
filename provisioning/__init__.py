"""Pushes what tenants and inventory intend to devices: plans, runs, steps, drivers, drift."""
