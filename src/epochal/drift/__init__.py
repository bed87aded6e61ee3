"""New rows beside those of the training, whether they are drawn alike, and which are unlike all."""
