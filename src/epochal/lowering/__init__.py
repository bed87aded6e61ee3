"""A compiled Keras model as a graph of the `native` engine, or the reason why it is none."""
