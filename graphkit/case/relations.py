"""Who is related to a party of a case, and why two parties are or are not, with the rows that prove it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from graphkit.case.registers import canonical, name_of, registers_of
from graphkit.case.runs import Run
from graphkit.errors import NotFoundError
from graphkit.explanation import Explanation, Section, cited
from graphkit.parties.answers import EXCLUDED, Answer, Registers, between, related_to
from graphkit.parties.dealings import dealings, of_weight
from graphkit.parties.regimes import RULES, checked

_CONDITIONS = {rule.id: rule.condition for rule in RULES}


def related(run: Run, party: str, regime: str | None, as_of: date | None, files: Mapping[str, str]) -> Explanation:
    """Everybody tied to a party: Related parties, Ties that do not count, Proof."""
    registers = registers_of(run, as_of)
    party_id = canonical(party, registers)
    rule_set = checked(regime or run.regime)
    found = related_to(party_id, registers, rule_set)
    title = f"Related to {name_of(party_id, registers)} ({party_id}) under {rule_set}, as known on {registers.as_of}"
    sections = _sections(found, registers, files, party_id)
    return Explanation("relations", party_id, title, sections)


def explain_relation(
    run: Run, one: str, other: str, regime: str | None, as_of: date | None, files: Mapping[str, str]
) -> Explanation:
    """Whether two parties are related, by which rule and since when, or why not; and what they deal with each other."""
    registers = registers_of(run, as_of)
    ids = [canonical(party, registers) for party in (one, other)]
    rule_set = checked(regime or run.regime)
    if ids[0] == ids[1]:
        raise NotFoundError(f"{one} and {other} are one party, {ids[0]}: name two")
    found = between(ids[0], ids[1], registers, rule_set)
    known = run.scan("flows").filter((pl.col("on_date") <= registers.as_of).fill_null(True))
    dealt = dealings(ids[0], ids[1], known)
    names = " and ".join(f"{name_of(party, registers)} ({party})" for party in ids)
    verdict = Section("Verdict", (_verdict(found, rule_set, dealt),))
    sections = (verdict, *_sections(found, registers, files, ids[0]), Section("Dealings", (), dealt))
    return Explanation("relation", "/".join(ids), f"{names} under {rule_set}, as known on {registers.as_of}", sections)


def _verdict(found: Answer, regime: str, dealt: pl.DataFrame) -> str:
    relations = found.relations
    of_tier_a = relations.filter(pl.col("tier") == "A")
    if not of_tier_a.filter(pl.col("verdict") == "proven").is_empty():
        return f"related under {regime}, proven: see the rule and the days"
    if not of_tier_a.is_empty():
        return f"possibly related under {regime}: dates, shares or identities that would prove it are missing"
    excluded = relations.filter(pl.col("verdict") == EXCLUDED)["rule"].unique(maintain_order=True).to_list()
    depends = "; ".join(_dealt(row) for row in of_weight(dealt).iter_rows(named=True))
    rules = dict.fromkeys(excluded, "") | ({"R9": f" ({depends})"} if depends else {})
    why = "; ".join(
        f"{_CONDITIONS[rule]}: rule {rule} does not relate them under {regime}{said}" for rule, said in rules.items()
    )
    indicated = relations.filter(pl.col("tier").is_in(["B", "C"])).height
    hint = " (there are indicators of tier B or C, which prove nothing)" if indicated else ""
    return f"not related{hint}: " + (why or f"no register ties them by a rule of {regime}")


def _dealt(row: Mapping[str, Any]) -> str:
    """What one party sold or paid the other, and which part of the whole that is on either side."""
    source, target = row["source_id"], row["target_id"]
    if row["kind"] == "payment":
        said, gave, got = f"{row['amount']:,.0f} {row['currency'] or ''}".rstrip(), "paid", "was paid"
    else:
        cars = "car" if row["units"] == 1 else "cars"
        said, gave, got = f"{row['units']:,} {cars} ({row['kind'].replace('_', ' ')})", "sold", "bought"
    wholes = {f"{source} {gave}": row["share_of_source"], f"{target} {got}": row["share_of_target"]}
    parts = [f"{share * 100:.1f} % of all that {whole}" for whole, share in wholes.items() if share is not None]
    return f"{source} {gave} {target} {said}, of this kind {' and '.join(parts)}"


def _sections(
    found: Answer, registers: Registers, files: Mapping[str, str], party_id: str
) -> tuple[Section, Section, Section]:
    other = pl.when(pl.col("party_a") == party_id).then("party_b").otherwise("party_a")
    names = registers.identities.filter(pl.col("party_id") == pl.col("canonical_id")).select("party_id", "name")
    rows = (
        found.relations.with_columns(
            party_id=other, condition=pl.col("rule").replace_strict(_CONDITIONS, return_dtype=pl.String)
        )
        .join(names, on="party_id", how="left", maintain_order="left")
        .select(
            "party_id", "name", "tier", "rule", "condition", "verdict", "valid_from", "valid_to", "weight", "proof_id"
        )
        .sort("tier", "party_id", "valid_from", nulls_last=False)
    )
    counts = rows.filter(pl.col("verdict") != EXCLUDED)
    steps = rows.select("party_id", "proof_id").join(found.proofs, on="proof_id", maintain_order="left_right")
    proof = cited(steps, registers.tables, files).drop("share_low", "share_high", "row_key")
    return (
        Section("Related parties", () if counts.height else ("none",), counts),
        Section("Ties that do not count", (), rows.filter(pl.col("verdict") == EXCLUDED).drop("tier", "weight")),
        Section("Proof", (), proof),
    )
