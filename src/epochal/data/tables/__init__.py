"""Tables: read from files, their cells parsed, their columns described, leaks found."""
