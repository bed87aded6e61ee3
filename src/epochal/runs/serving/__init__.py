"""A run that answers over HTTP: rows in, predictions out."""
