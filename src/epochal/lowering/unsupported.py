"""Why a model is no feed-forward chain that the `native` engine trains."""


class Unsupported(Exception):
    """The end of a sentence that begins "the model is no chain of known layers: "."""
