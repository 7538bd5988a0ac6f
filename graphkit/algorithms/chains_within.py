"""Chains of dated steps that never leave the group in which they begin."""

import polars as pl


def chains_within(steps: pl.DataFrame, groups: pl.DataFrame, *, window: int, max_length: int) -> pl.DataFrame:
    """The chains of two steps or more between parties of one group as of the first step: ``chain, step, row``.

    ``steps`` has row, scope (chains keep to one), from_id, to_id, day and place (its order within the day), and
    ``is_marked``: a chain has such a step. ``groups`` has party_id, group_id, first and last (days, inclusive). Each
    step follows the one before it in time, up to ``window`` days after the first; no party is met twice. A chain is
    given from each of its steps on, and as long as it gets, up to ``max_length`` steps.

    >>> steps = pl.DataFrame({
    ...     "row": [7, 8], "scope": ["V", "V"], "from_id": ["D", "T"], "to_id": ["T", "S"], "day": [1, 5],
    ...     "place": [0, 0], "is_marked": [True, False],
    ... })
    >>> groups = pl.DataFrame({"party_id": ["D", "S", "T"], "group_id": "H", "first": 0, "last": 9})
    >>> chains_within(steps, groups, window=30, max_length=6).rows()
    [(0, 1, 7), (0, 2, 8)]
    """
    begun = steps.join(groups.rename({"party_id": "from_id"}), on="from_id")
    begun = begun.filter(pl.col("day").is_between("first", "last")).drop("first", "last")
    chains = _to_the_group(begun.with_columns(begun_on="day"), groups).select(
        "group_id", "begun_on", "scope", "day", "place", "is_marked", at="to_id", rows=pl.concat_list("row"),
        met=pl.concat_list("from_id", "to_id"),
    )  # fmt: skip
    found = []
    for _ in range(max_length - 1):
        longer = _longer(chains, steps, groups, window)
        goes_on = longer.select(pl.col("rows").list.head(pl.col("rows").list.len() - 1)).unique()
        found.append(chains.join(goes_on, on="rows", how="anti"))
        chains = longer
    return _numbered(pl.concat([*found, chains]).filter("is_marked", pl.col("rows").list.len() > 1))


def led_into(
    circles: pl.DataFrame, steps: pl.DataFrame, groups: pl.DataFrame, *, window: int, max_length: int
) -> pl.DataFrame:
    """The circles (``chain, step, row``) that one step inside their group leads into, with that step before them.

    The group is that of the step's own day: both its parties and the last one of the circle are of it. The step has a
    party that the circle does not meet. ``steps``, ``groups`` and the bounds are those of :func:`chains_within`.
    """
    whole = circles.join(steps, on="row").sort("chain", "step").group_by("chain", maintain_order=True).agg(
        pl.col("scope").first(), at=pl.col("from_id").first(), next_day=pl.col("day").first(),
        next_place=pl.col("place").first(), end_id=pl.col("to_id").last(), end_day=pl.col("day").last(),
        met=pl.col("from_id"), rows=pl.col("row"),
    )  # fmt: skip
    before = whole.filter(pl.col("rows").list.len() < max_length).join(
        steps, left_on=["scope", "at"], right_on=["scope", "to_id"]
    )
    is_before = (pl.col("day") < pl.col("next_day")) | (
        (pl.col("day") == pl.col("next_day")) & (pl.col("place") < pl.col("next_place"))
    )
    is_new = (pl.col("from_id") != pl.col("end_id")) & ~pl.col("met").list.contains(pl.col("from_id"))
    before = before.filter(is_before, is_new, pl.col("end_day") - pl.col("day") <= window)
    for party, home in (("from_id", ["from_id"]), ("at", ["at", "group_id"]), ("end_id", ["end_id", "group_id"])):
        before = before.join(groups.rename({"party_id": party}), on=home)
        before = before.filter(pl.col("day").is_between("first", "last")).drop("first", "last")
    return _numbered(before.select(rows=pl.concat_list("row", "rows")))


def _numbered(chains: pl.DataFrame) -> pl.DataFrame:
    """A row a step of these chains (``rows``): chain, step, row."""
    told = chains.sort("rows").select("rows", chain=pl.int_range(pl.len(), dtype=pl.Int64)).explode("rows")
    step = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("chain")
    return told.select("chain", step.alias("step"), row="rows")


def _longer(chains: pl.DataFrame, steps: pl.DataFrame, groups: pl.DataFrame, window: int) -> pl.DataFrame:
    """The chains with one more step, as often as there is one."""
    onward = chains.join(steps, left_on=["scope", "at"], right_on=["scope", "from_id"], suffix="_next")
    is_later = (pl.col("day_next") > pl.col("day")) | (
        (pl.col("day_next") == pl.col("day")) & (pl.col("place_next") > pl.col("place"))
    )
    in_time = pl.col("day_next") - pl.col("begun_on") <= window
    onward = onward.filter(is_later, in_time, ~pl.col("met").list.contains(pl.col("to_id")))
    return _to_the_group(onward, groups).select(
        "group_id", "begun_on", "scope", day="day_next", place="place_next",
        is_marked=pl.col("is_marked") | pl.col("is_marked_next"), at="to_id",
        rows=pl.concat_list("rows", "row"), met=pl.concat_list("met", "to_id"),
    )  # fmt: skip


def _to_the_group(steps: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """The steps to a party that was of their ``group_id`` on the day on which their chain began."""
    inside = steps.join(groups.rename({"party_id": "to_id"}), on=["to_id", "group_id"])
    return inside.filter(pl.col("begun_on").is_between("first", "last")).drop("first", "last")
