"""Why predictions are what they are: which columns and rows matter, and would more rows help."""
