"""Many requests at once, on SQLite and on PostgreSQL.

First that the race is there with the guard off, then that the guard stops it.
"""
