"""Cars that a company of the group buys for its own people: plated to it, kept, and driven."""

import narwhals as nw

from graphkit.model import USED_KM, LookAlike, Reference

LOOK_ALIKE = LookAlike(
    id="company_cars",
    title="company cars that the buyer drives itself",
    told_apart_by=(
        "plated to the buyer within 90 days, kept for 90 more, and in use: more than 100 km, or insured again half a "
        "year later"
    ),
    needs=("registrations",),
    references=(
        Reference("SMMT, on what counts as pre-registration", "2001-01", "cars kept three months or longer"),
        Reference(
            "Driver Web, on the Japanese fair competition code for unused registered cars",
            "2019-11-26",
            "article 24507",
        ),
    ),
)


def in_use(kept_until: nw.Expr) -> nw.Expr:
    """On ledger columns: the first owner drove the car, or insured it again and no reading says that it stood still."""
    return (nw.col("km_first_owner") > USED_KM).fill_null(False) | (~nw.col("renewed_on").is_null() & ~idle(kept_until))


def idle(kept_until: nw.Expr) -> nw.Expr:
    """On ledger columns: the odometer was read when the car should have been kept long enough, and it had not run."""
    is_late = nw.col("km_first_owner_on") >= kept_until
    return (is_late & (nw.col("km_first_owner") <= USED_KM)).fill_null(False)
