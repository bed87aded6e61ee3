"""A run's folder: what it holds, written whole or not at all, and read with care."""
