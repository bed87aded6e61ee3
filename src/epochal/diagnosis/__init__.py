"""What a training shows: rules over its curves, and what to try next."""
