"""Private parallel export of new cars: declared as new at customs, so never plated at home."""

import narwhals as nw

from graphkit.model import LookAlike, Reference

LOOK_ALIKE = LookAlike(
    id="parallel_export",
    title="new car exported as new by a private trader",
    told_apart_by="a customs declaration as new, and no plate",
    needs=("exports",),
    references=(
        Reference("CnEVPost, on new cars of one maker exported privately", "2023-07-25", "nearly 600 in three weeks"),
    ),
)


def exported_as_new() -> nw.Expr:
    """On ledger columns: the car left the country declared as new."""
    return (nw.col("declared_as") == "new").fill_null(False)
