"""What `engine="auto"` takes for a network whose layers all run on `native`, on the CPU."""

from epochal.training import engine_choice


def chosen() -> tuple[str, str]:
    """Its name and its reason."""
    if engine_choice.native_available():
        return "native", "native runs every layer of the model, on the CPU"
    return "xla", f"xla runs any Keras model; not native, because {engine_choice.NOT_BUILT}"
