"""Whether decisions about who is one party contradict one another or valid codes, and the chain by which they do."""

from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

import polars as pl

from graphkit.identity.judged import groups_of
from graphkit.identity.name_parts import parent_name
from graphkit.identity.resolve import Resolved

if TYPE_CHECKING:
    import networkx as nx


def contradiction(judged: pl.DataFrame, pair: tuple[str, str], resolved: Resolved) -> str | None:
    """The sentence that says why ``judged`` (pairs that would stand) cannot hold around ``pair``, or None.

    ``resolved`` is what identity makes of the case without the newest of them: parties that codes or names join by
    themselves stay joined in a chain, unless a person judged them apart.
    """
    import networkx as nx

    tied = _ties(judged, pair, resolved)
    if pair[0] not in tied or pair[1] not in tied:
        return None
    near = [sorted(nx.single_source_shortest_path(tied, party)) for party in pair]
    apart = judged.filter(~pl.col("is_same"))
    for party_a, party_b, said in apart.select("party_a", "party_b", "said").iter_rows():
        if party_a in tied and party_b in nx.single_source_shortest_path(tied, party_a):
            chain = _chain(tied, party_a, party_b)
            return f"that contradicts itself: {chain}, but {party_a} and {party_b} were judged apart: {said}"
    return next((said for members in near if (said := _different_codes(tied, members, resolved))), None)


def _ties(judged: pl.DataFrame, pair: tuple[str, str], resolved: Resolved) -> "nx.Graph":
    """The parties that ``pair`` is joined to, by judgement or by identity itself, each edge with its reason."""
    import networkx as nx

    groups = groups_of(judged)
    ids = pl.concat([groups["party_id"], pl.Series(pair, dtype=pl.String)]).unique()
    who = resolved.identities.select("party_id", "canonical_id", "basis", "reason")
    canonical = who.filter(pl.col("party_id").is_in(ids.implode()))["canonical_id"].unique()
    near = who.filter(pl.col("canonical_id").is_in(canonical.implode()))
    tied: nx.Graph = nx.Graph()
    tied.add_nodes_from(near["party_id"].sort().to_list())
    for row in near.filter(pl.col("party_id") != pl.col("canonical_id"), pl.col("basis") != "judged").iter_rows(
        named=True
    ):
        tied.add_edge(row["party_id"], row["canonical_id"], by="identity", said=row["reason"] or "")
    for row in judged.filter("is_same").iter_rows(named=True):
        tied.add_edge(row["party_a"], row["party_b"], by="judged", said=f"judged: {row['said']}")
    newly_apart = judged.filter(~pl.col("is_same"), pl.col("party_a") == pair[0], pl.col("party_b") == pair[1])
    if not newly_apart.is_empty():
        # judging apart what only a rule joined takes the rule's merge away, which is no contradiction
        tied.remove_edges_from([(a, b) for a, b, by in tied.edges(data="by") if by == "identity"])
    return tied


def _chain(tied: "nx.Graph", start: str, end: str) -> str:
    import networkx as nx

    path = nx.shortest_path(tied, start, end)
    steps = []
    for one, other in pairwise(path):
        said = " ".join(str(tied.edges[one, other]["said"]).split()).rstrip(".")
        steps.append(f"{one} is {other} ({said})" if said else f"{one} is {other}")
    return " and ".join(steps)


def _different_codes(tied: "nx.Graph", members: list[str], resolved: Resolved) -> str | None:
    rows = resolved.identities.filter(pl.col("party_id").is_in(members)).with_columns(
        parent=parent_name(pl.col("name"))
    )
    # a canonical row may show a code that was filled in from another, which then stands before it
    ordered = rows.sort(pl.col("party_id") == pl.col("canonical_id"), "party_id")
    facts: list[dict[str, Any]] = ordered.to_dicts()
    for one, other in combinations(facts, 2):
        both = f"{one['party_id']} and {other['party_id']}"
        is_branch = one["parent"] is not None or other["parent"] is not None
        has_one_uscc = one["uscc"] is not None and one["uscc"] == other["uscc"]
        said = None
        if one["uscc"] and other["uscc"] and one["uscc"] != other["uscc"] and not is_branch:
            said = f"{both} have different valid USCCs"
        elif one["lei"] and other["lei"] and one["lei"] != other["lei"] and not has_one_uscc and not is_branch:
            said = f"{both} have different valid LEIs"
        elif {one["kind"], other["kind"]} in ({"person", "company"}, {"person", "government"}):
            said = f"one of {both} is a person and the other is not"
        if said:
            return f"that cannot be: {_chain(tied, one['party_id'], other['party_id'])}, but {said}"
    return None
