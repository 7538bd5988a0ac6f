"""Who is who in a case, who is tied to whom, and who owns whom."""

from datetime import date
from typing import TYPE_CHECKING

from graphkit.case import merges, owning, relations
from graphkit.case.opened import OpenedCase, quiet
from graphkit.explanation import Explanation

if TYPE_CHECKING:
    import pandas as pd


class PartiesOfCase(OpenedCase):
    """Ask for the relations and owners of a party, and decide which parties are one."""

    def related(self, party: str, regime: str | None = None, as_of: date | None = None) -> Explanation:
        """Everybody who is tied to a party, related or not: rule, tier, verdict, days, and the rows that prove it.

        ``regime`` is the last run's unless given, ``as_of`` the day whose knowledge counts (at most the run's).
        ``.rows("Related parties")`` and ``.rows("Proof")`` are tables. Raises ``NotFoundError`` for an unknown party,
        ``CaseError`` for an unknown regime or a day after that of the run.
        """
        return relations.related(self._run(), party, regime, as_of, self._files())

    def explain_relation(
        self, one: str, other: str, regime: str | None = None, as_of: date | None = None
    ) -> Explanation:
        """Whether two parties are related and why, or why not, as :meth:`related`.

        ``.rows("Dealings")`` is what they sold and paid to each other. A tenth of what one sells, buys or pays is
        dependence, which alone is no relation: the verdict says so (R9).
        """
        return relations.explain_relation(self._run(), one, other, regime, as_of, self._files())

    def owners(self, party: str, as_of: date | None = None) -> Explanation:
        """Who owns a party in the end: direct and integrated shares with bounds, control, beneficial owners.

        ``.rows("Owners")`` is the table, the section "Ownership tree" shows it, ``.rows("Holdings")`` and
        ``.rows("Agreements")`` (by contract, declared, joint, in concert) the rows that it rests on.
        """
        return owning.owners_of(self._run(), party, as_of, self._files())

    def suggested_merges(self, top: int | None = None) -> "pd.DataFrame":
        """Pairs of parties that may be one, likeliest first, with the facts of both: party_a, party_b, name_a, …

        ``reason`` says what speaks for it and ``against`` what differs. With the extra ``graphkit[resolve]`` there is
        also a ``probability``, learnt from the case without labels, and its ``weights`` by column (log2 of how much
        likelier the agreement is in one party than in two). A pair is merged only when :meth:`merge` says so.
        """
        from graphkit.case.merge_review import side_by_side
        from graphkit.identity.likelihood import with_probabilities
        from graphkit.identity.suggestions import suggested

        resolved, judged = self._resolved()
        parties = self._tables(quiet)["parties"]
        rules = suggested(parties, resolved, judged)
        found = with_probabilities(rules, parties, resolved, judged)
        return side_by_side(found if top is None else found.head(top), parties, resolved).to_pandas()

    def merges(self) -> "pd.DataFrame":
        """Every party id that stands for another now, and those that could not be joined: party_id, canonical_id, …

        ``basis`` (judged, code, name_city, contact, branch, name_birth_company) and ``reason`` say why.
        """
        from graphkit.case.merge_review import merges as current_merges

        return current_merges(self._resolved()[0]).to_pandas()

    def merge(self, party_a: str, party_b: str, why: str) -> None:
        """Record that two party ids are one party; it holds from the next run on, until it is undone.

        Raises ``NotFoundError`` for an id that the case has not, and ``GraphkitError`` with the chain where it would
        contradict what was judged before, or would join two valid codes that differ.
        """
        self._judge_pair(merges.SAME, party_a, party_b, why)

    def keep_apart(self, party_a: str, party_b: str, why: str) -> None:
        """Record that two party ids are not one party: no rule joins them, and they are not suggested again."""
        self._judge_pair(merges.APART, party_a, party_b, why)

    def undo_merge(self, party_a: str, party_b: str, why: str) -> None:
        """Take back the last decision about a pair, so that the one before it stands again, if there was one."""
        self._judge_pair(merges.UNDO, party_a, party_b, why)

    def merge_history(self) -> "pd.DataFrame":
        """Every decision ever made about who is one party, oldest first: when, who, party_a, party_b, decision, why."""
        return merges.read(self._folder.merges).to_pandas()

    def _judge_pair(self, decision: str, party_a: str, party_b: str, why: str) -> None:
        resolved, _ = self._resolved()
        with self._folder.locked():
            merges.record(self._folder.merges, decision, (party_a, party_b), why, resolved)
