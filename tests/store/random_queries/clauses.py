"""The clauses before the RETURN that random queries share."""

from tests.store.random_queries.conditions import predicate
from tests.store.random_queries.draft import Draft, walk


def where(draft: Draft, share: float = 0.7) -> None:
    if draft.chance(share):
        draft.lines.append(f"WHERE {predicate(draft)}")


def match(draft: Draft, hops: int, start: str | None = None, *, optional: bool = False) -> None:
    draft.lines.append(f"{'OPTIONAL ' if optional else ''}MATCH {walk(draft, hops, start)}")


def carry(draft: Draft, names: list[str]) -> None:
    """What is in reach after a WITH."""
    draft.scope = {name: draft.scope[name] for name in names}
