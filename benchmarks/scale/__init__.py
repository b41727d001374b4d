"""A provider of any size on PostgreSQL, and the time that its pages take."""
