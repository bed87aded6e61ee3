"""Intervals and sets that hold the truth as often as asked, from predictions of rows left out."""
