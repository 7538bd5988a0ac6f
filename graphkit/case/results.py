"""What the last run of a case found, and what people decided about it."""

from typing import TYPE_CHECKING

import polars as pl

from graphkit.case import judgements
from graphkit.case.explain import explain
from graphkit.case.loading import read_quarantine
from graphkit.case.opened import OpenedCase, quiet
from graphkit.case.search import search
from graphkit.case.summary import summary
from graphkit.errors import NotFoundError
from graphkit.explanation import Explanation

if TYPE_CHECKING:
    import pandas as pd


class ResultsOfCase(OpenedCase):
    """Read the findings of a case, have them explained, decide about them."""

    def findings(self) -> "pd.DataFrame":
        """The findings of the last run, flagged first, each with its party's name and the decision that stands.

        ``sold`` and ``related_a``, ``related_ab``, ``related_abc``: of the cars that the unit's party first sold at
        retail, how many went to related parties by tier (only tier A proves a relation). ``is_stale``
        marks a decision made under another version or other settings of the detector.
        """
        run = self._run()
        names = run.frame("identities").select("party_id", party_name="name")
        order = pl.col("verdict").replace_strict({"flagged": 0, "indeterminate": 1}, default=2, return_dtype=pl.Int8)
        found = run.frame("findings").join(names, on="party_id", how="left", maintain_order="left")
        found = judgements.with_judgements(found, self._folder.judgements, self._stamps())
        by_tier = run.frame("tiers").select("unit_id", "sold", "related_a", "related_ab", "related_abc")
        found = found.join(by_tier, on="unit_id", how="left", maintain_order="left")
        keys = [order, pl.col("unit_kind") != "party", pl.col("q"), pl.col("observed") * -1, pl.col("finding_id")]
        return found.sort(keys, nulls_last=True).to_pandas()

    def hits(self) -> "pd.DataFrame":
        """The hits of the last run: one row a car and detector, and one a step of its way that a company answers for
        (``subject_kind``), with its verdict and reason.
        """
        return self.frame("hits").to_pandas()

    def scores(self) -> "pd.DataFrame":
        """The scores of the last run, highest first; their contributions are ``table("contributions")``."""
        return self.frame("scores").sort("score", "party_id", descending=[True, False]).to_pandas()

    def clusters(self) -> "pd.DataFrame":
        """The clusters of the last run, most units first, with the sales of their core by tier (see ``findings``)."""
        run = self._run()
        core = run.frame("cluster_members").filter(pl.col("standing") == "core").select("cluster_id", "party_id")
        sales = run.frame("tiers").filter(pl.col("unit_kind") == "party").join(core, on="party_id")
        by_tier = sales.group_by("cluster_id").agg(pl.sum("sold", "related_a", "related_ab", "related_abc"))
        found = run.frame("clusters").join(by_tier, on="cluster_id", how="left")
        return found.sort("units", "cluster_id", descending=[True, False]).to_pandas()

    def restatement(self) -> "pd.DataFrame":
        """Booked sales, what moved in and what cannot be supported, by maker, dealer, city and month."""
        return self.frame("restatement").to_pandas()

    def payments_passed_over(self) -> int:
        """How many payments of the last run went from the buyer of an invoice to its seller and pay for no car."""
        return int(self._run().about["payments_passed_over"])

    def summary(self) -> str:
        """The last run in plain sentences."""
        return summary(self._run(), self.path, self.settings().name)

    def is_stale(self) -> bool:
        """Whether rows, coverage or denials changed since the last run; its day and its regime are its own."""
        run = self._run()
        about = run.about
        now = self.settings().under(run.regime).relying_on(self.doubted()).stated()
        then = {key: about["settings"][key] for key in now}
        self._tables(quiet)
        return now != then or about["tables"] != self._row_hashes()

    def explain(self, what: str) -> Explanation:
        """Explain a finding, a car or a party by its id; printing it gives text, ``.rows(title)`` a table.

        Raises ``NotFoundError`` where the case has nothing of that id.
        """
        run = self._run() if self._folder.current.exists() else None
        made = judgements.read(self._folder.judgements)
        return explain(what, self._tables(quiet), read_quarantine(self._folder), self.settings(), run, made)

    def search(self, text: str) -> "pd.DataFrame":
        """Parties, cars and documents with ``text`` in a name, code or number: kind, id, name, matched, table."""
        tables = self._tables(quiet)
        known = self._run().frame("identities") if self._folder.current.exists() else tables["parties"]
        return search(text, tables, known).to_pandas()

    def judge(self, finding: str, verdict: str, why: str) -> None:
        """Record ``confirm``, ``reject`` or ``explain`` for a finding, or ``undo`` the last one, with a reason."""
        found = self.frame("findings").filter(pl.col("finding_id") == finding)
        if found.is_empty():
            raise NotFoundError(f"the last run has no finding {finding}: list them with graphkit findings")
        detector = str(found["detector"][0])
        decision = judgements.Judgement(finding, verdict, why, detector, self._stamps()[detector])
        with self._folder.locked():
            judgements.record(self._folder.judgements, decision)

    def judgements(self) -> "pd.DataFrame":
        """Every decision ever made, oldest first, with who, when and why."""
        return judgements.read(self._folder.judgements).to_pandas()
