"""What epochal uses of Keras, JAX and scikit-learn beyond their public interface: one file each."""
