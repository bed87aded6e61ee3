"""Features of a table as numbers: fitted, saved and loaded."""
