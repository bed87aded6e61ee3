"""A Keras model as values: its state, its steps, its graph, and copies of it."""
