"""Why the `native` engine does not run a model."""


class Unsupported(Exception):
    """The end of a sentence that begins "unsupported model: "."""
