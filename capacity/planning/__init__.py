"""The arithmetic of capacity: values and dates in, values out. No database, no clock, no settings in here."""
