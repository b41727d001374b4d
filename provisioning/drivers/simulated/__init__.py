"""A device that lives in tables of its own: the demo and the tests push to it, and every screen says so."""
