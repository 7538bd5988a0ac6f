"""graphkit: finds, proves and scores inflated car sales in invoices, insurance, plates, registers and customs.

>>> from graphkit import Case
>>> Case.__name__
'Case'
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphkit.case.case import Case
    from graphkit.rulebook.book import rules

__version__ = "0.1.0"
__all__ = ["Case", "__version__", "rules"]


def __getattr__(name: str) -> Any:
    # these rooms load the data libraries; ``import graphkit`` stays light until one is used
    if name == "Case":
        from graphkit.case.case import Case

        return Case
    if name == "rules":
        from graphkit.rulebook.book import rules

        return rules
    raise AttributeError(f"module 'graphkit' has no attribute {name!r}")
