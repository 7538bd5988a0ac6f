"""Demo and loaner cars that no register lists: the dealer drives them for a while, then sells them."""

import narwhals as nw

from graphkit.algorithms.dates import days_between
from graphkit.model import USED_KM, LookAlike, Reference

LOOK_ALIKE = LookAlike(
    id="demo_use",
    title="demo or loaner car that its dealer drove",
    told_apart_by=(
        "insured for or plated to the dealer, kept 90 days or longer, and more than 100 km by then; where no odometer "
        "was read, plated to the dealer and its use is given as demo"
    ),
    needs=("policies",),
    references=(
        Reference(
            "SEC, order on demonstrators and loaners counted as retail sales",
            "2020-09-24",
            "Release 33-10850",
        ),
        Reference("SMMT, on what counts as pre-registration", "2001-01", "cars kept three months or longer"),
    ),
)

KEPT_DAYS = 90
"""Days from the policy to the end user: a car that waits shorter for its buyer is stock (a judgement)."""


def driven(until: nw.Expr) -> nw.Expr:
    """On ledger columns: the dealer's own car, kept 90 days up to ``until``, and in use as a demo car is.

    ``until`` is the day on which an end user got the car (``end_sale_on``, or ``handed_over_on`` where that is
    earlier), and the last day of the case (``market.as_of``) where nobody has.
    """
    return _is_kept(until) & (_is_driven() | (_is_called_demo() & _is_plated_to_dealer() & ~_is_idle()))


def leaves_open(until: nw.Expr) -> nw.Expr:
    """On ledger columns: the dealer's own car, called a demo car or plated to the dealer, and nothing tells its use.

    Such a car is undecided: what is missing is ``("whether the car was used", leaves_open(until))``.
    """
    may_be = _is_called_demo() | _is_plated_to_dealer()
    return _is_kept(until) & may_be & ~driven(until) & ~_is_idle()


def _is_kept(until: nw.Expr) -> nw.Expr:
    own = (nw.col("first_insured_id") == nw.col("dealer_id")).fill_null(False) | _is_plated_to_dealer()
    return own & (days_between(nw.col("first_insured_on"), until) >= KEPT_DAYS).fill_null(False)


def _is_driven() -> nw.Expr:
    return (nw.col("km_unsold") > USED_KM).fill_null(False)


def _is_idle() -> nw.Expr:
    """Read after 90 days, and it had not been driven."""
    is_late = days_between(nw.col("first_insured_on"), nw.col("km_unsold_on")) >= KEPT_DAYS
    return is_late.fill_null(False) & (nw.col("km_unsold") <= USED_KM).fill_null(False)


def _is_called_demo() -> nw.Expr:
    return (nw.col("first_policy_use") == "demo").fill_null(False) | (nw.col("use") == "demo").fill_null(False)


def _is_plated_to_dealer() -> nw.Expr:
    return (nw.col("first_owner_id") == nw.col("dealer_id")).fill_null(False)
