"""Preprocessing of a table's features into numbers: fitted, saved and loaded."""
