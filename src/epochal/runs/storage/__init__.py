"""The folder of a run: its files, written completely or not at all, and checked when read."""
