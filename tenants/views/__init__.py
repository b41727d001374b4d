"""Pages about tenants: parse, call a verb, render."""
