"""What `engine="auto"` takes for a feed-forward chain on the CPU."""

from epochal.engine import native
from epochal.training.engine_choice import NOT_BUILT


def chosen() -> tuple[str, str]:
    """Its name and its reason."""
    if native.AVAILABLE:
        return "native", "the model is a feed-forward chain on the CPU"
    return "xla", f"xla runs any Keras model; not native, because {NOT_BUILT}"
