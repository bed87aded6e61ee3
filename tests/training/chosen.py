"""What `engine="auto"` takes for a feed-forward chain on the CPU: its name and its reason."""

from epochal.engine import native
from epochal.training.engines import NOT_BUILT

CHOSEN = (
    ("native", "the model is a feed-forward chain on the CPU")
    if native.AVAILABLE
    else ("xla", f"xla runs any Keras model; not native, because {NOT_BUILT}")
)
