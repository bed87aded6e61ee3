"""Commands of the repository itself: what a contributor runs, and what its pages are made with."""
