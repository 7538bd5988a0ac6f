"""graphkit: finds, proves and scores inflated car sales in invoices, insurance, plates, registers and customs.

>>> from graphkit import Case
>>> Case.__name__
'Case'
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphkit.case.case import Case

__version__ = "0.1.0"
__all__ = ["Case", "__version__"]


def __getattr__(name: str) -> Any:
    # the case room loads the data libraries; ``import graphkit`` stays light until it is used
    if name == "Case":
        from graphkit.case.case import Case

        return Case
    raise AttributeError(f"module 'graphkit' has no attribute {name!r}")
