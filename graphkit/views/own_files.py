"""Templates, styles and scripts of this room, and the hashes by which a page allows its own and no other."""

import base64
import hashlib
from functools import cache
from importlib.resources import files


@cache
def own(*names: str) -> str:
    """The text of files of this room, one after the other."""
    return "\n".join(files("graphkit.views").joinpath(name).read_text(encoding="utf-8") for name in names)


def hashed(text: str) -> str:
    """A script or style as a content security policy names it.

    >>> hashed("")
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
    """
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
