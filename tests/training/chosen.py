"""What `engine="auto"` takes for a feed-forward network on the CPU."""

from epochal.training import engine_choice


def chosen() -> tuple[str, str]:
    """Its name and its reason."""
    if engine_choice.native_available():
        return "native", "the model is a feed-forward network on the CPU"
    return "xla", f"xla runs any Keras model; not native, because {engine_choice.NOT_BUILT}"
