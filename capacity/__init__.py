"""Reads inventory and tenants: ceilings, what fills up next, recommendation, charts."""
