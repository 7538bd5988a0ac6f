"""The part of the registers that can tie some parties to anybody: all above them, and all below those."""

from collections.abc import Mapping

import polars as pl

_DOWN = {"ownership": ("owner_id", "owned_id"), "control_agreements": ("controller_id", "controlled_id")}


def neighbourhood(parties: pl.Series, tables: Mapping[str, pl.DataFrame], states: pl.Series) -> dict[str, pl.DataFrame]:
    """``tables`` with only those rows of ownership, agreements, offices and kinship that bear on ``parties``.

    They are what stands above the parties (owners, agreements, offices, relatives of these persons) and what stands
    below that, without going down from a state body, through which nobody is tied. Control, stakes and relations of
    the parties come out as from the whole registers.
    """
    down = pl.concat([tables[name].select(top=start, bottom=end) for name, (start, end) in _DOWN.items()]).unique()
    family = _both_ways(tables["kinship"].select(one="person_id", other="relative_id"))
    allies = tables["control_agreements"].filter(pl.col("basis") == "concert")
    sides = _both_ways(allies.select(one="controller_id", other="controlled_id"))
    offices = tables["positions"].select(one="company_id", other="person_id")
    up = pl.concat([down.select(one="bottom", other="top"), offices, family, sides]).unique()
    over = _reached(parties, up)
    below = pl.concat([down.select(one="top", other="bottom"), sides]).unique()
    sources = over.filter(~over.is_in(states.implode()))
    # what is held directly is held by a state body too
    held = down.filter(pl.col("top").is_in(parties.implode()))["bottom"]
    around = pl.concat([over, held, _reached(sources, below)]).unique()
    everybody = around.implode()
    return dict(tables) | {
        "ownership": tables["ownership"].filter(pl.col("owned_id").is_in(everybody)),
        "control_agreements": tables["control_agreements"].filter(
            pl.any_horizontal(pl.col("controller_id", "controlled_id").is_in(everybody))
        ),
        "positions": tables["positions"].filter(pl.col("person_id").is_in(everybody)),
        "kinship": tables["kinship"].filter(pl.any_horizontal(pl.col("person_id", "relative_id").is_in(everybody))),
    }


def above(parties: list[str], tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """``tables`` with only the holdings and agreements in the parties, and in whoever stands above them."""
    down = pl.concat([tables[name].select(one=end, other=start) for name, (start, end) in _DOWN.items()]).unique()
    allies = tables["control_agreements"].filter(pl.col("basis") == "concert")
    sides = _both_ways(allies.select(one="controller_id", other="controlled_id"))
    everybody = _reached(pl.Series(parties, dtype=pl.String), pl.concat([down, sides]).unique()).implode()
    return dict(tables) | {
        "ownership": tables["ownership"].filter(pl.col("owned_id").is_in(everybody)),
        "control_agreements": tables["control_agreements"].filter(pl.col("controlled_id").is_in(everybody)),
    }


def _both_ways(pairs: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([pairs, pairs.select(one="other", other="one")])


def _reached(start: pl.Series, steps: pl.DataFrame) -> pl.Series:
    """Whoever can be reached, the start included."""
    reached = fresh = start.unique().to_frame("one")
    while not fresh.is_empty():
        onward = steps.join(fresh, on="one", how="semi").select(one="other").unique()
        fresh = onward.join(reached, on="one", how="anti")
        reached = pl.concat([reached, fresh])
    return reached["one"]
