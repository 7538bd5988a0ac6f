"""The public face of a case: one class over a case folder; results are pandas tables or a networkx graph."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import polars as pl

from graphkit.case import asking, importing, judgements, merges, owning, relations
from graphkit.case.checking import Check, check_case
from graphkit.case.explain import explain
from graphkit.case.explanation import Explanation
from graphkit.case.folder import Folder, create, open_folder
from graphkit.case.last_day import last_day
from graphkit.case.loading import read_quarantine, read_stamps, read_tables, refresh, sources_frame
from graphkit.case.runs import Run, current_run, describe, stamp, write_run
from graphkit.case.search import search
from graphkit.case.settings import Settings, new_settings, read_settings
from graphkit.case.summary import summary
from graphkit.detectors import DETECTORS
from graphkit.errors import CaseError, NotFoundError
from graphkit.files import hash_frame, replacing
from graphkit.tables.inputs import TABLES
from graphkit.tables.outputs import SHAPES
from graphkit.tables.stubs import vehicle_stubs

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

    from graphkit.case.asking import Questions
    from graphkit.identity.resolve import Resolved
    from graphkit.store.address import Prompt
    from graphkit.store.push import Pushed
    from graphkit.views.network import Network

# pipeline, views, exports and store take most of a second each to import, so only what needs one imports it

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is (0 where that is not known)."""


def _quiet(step: str, done: int, total: int) -> None:
    pass


class Case:
    """A case folder: import files, check, run, read the findings, decide about them, hand them on.

    >>> import tempfile
    >>> case = Case.new(Path(tempfile.mkdtemp()) / "harbour")
    >>> len(case.table("sales"))
    0
    """

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    @classmethod
    def new(cls, path: str | Path, name: str | None = None) -> "Case":
        """Make an empty case folder; raises ``CaseError`` where something is there already."""
        path = Path(path)
        return cls(create(path, new_settings(name or path.resolve().name)))

    @classmethod
    def open(cls, path: str | Path) -> "Case":
        """Open a case folder; raises ``CaseError`` where it is none, or of another version."""
        case = cls(open_folder(Path(path)))
        case.settings()
        return case

    @property
    def path(self) -> Path:
        """Where the case lies."""
        return self._folder.path

    def settings(self) -> Settings:
        """What ``case.toml`` says now; raises ``CaseError`` naming the key that is wrong."""
        return read_settings(self._folder.settings)

    def import_files(
        self,
        paths: Sequence[str | Path] | str | Path,
        table: str | None = None,
        replace: bool = False,
        progress: Progress = _quiet,
    ) -> "pd.DataFrame":
        """Take files into the case, all or none: file, table, status, rows, loaded, quarantined, unmapped columns.

        The table is guessed from the header unless ``table`` names it; a ``.toml`` file states coverage and denials.
        Raises ``InputError`` naming the file that is refused.
        """
        files = [Path(path) for path in ([paths] if isinstance(paths, str | Path) else paths)]
        return importing.import_files(self._folder, files, table, replace, progress).to_pandas()

    def check(self, progress: Progress = _quiet) -> Check:
        """What is loaded, quarantined and why, referred to but undefined, and which detectors can run."""
        from graphkit.identity.resolve import resolve
        from graphkit.parties.contradictions import contradictions

        tables = self._tables(progress)
        resolved = resolve(tables, merges.standing(self._folder.merges))
        who = resolved.identities.filter("is_stub").select(kind=pl.lit("party"), id=pl.col("party_id"))
        cars = vehicle_stubs(tables).select(kind=pl.lit("vehicle"), id=pl.col("vin"))
        quarantine = read_quarantine(self._folder)
        settings = self.settings()
        day = settings.covers().last_day() or last_day(tables) or date.max
        odd = contradictions(resolved.tables, resolved.identities, settings.covers(), day)
        return check_case(settings, tables, quarantine, resolved.tables, pl.concat([who, cars]), odd)

    def run(self, as_of: date | None = None, only: Sequence[str] = (), progress: Progress = _quiet) -> "pd.DataFrame":
        """Run the detectors, score, cluster and restate as known on ``as_of``; give the findings.

        ``as_of`` is the last covered day unless given; ``only`` keeps the detectors of these ids. Raises
        ``NotFoundError`` for a detector that does not exist and ``CaseError`` for a case without rows.
        """
        from graphkit import pipeline

        known = [detector.id for detector in DETECTORS]
        unknown = [name for name in only if name not in known]
        if unknown:
            raise NotFoundError(f"there is no detector {unknown[0]}: choose from {', '.join(known)}")
        settings = self.settings()
        quarantine = read_quarantine(self._folder)
        sources, day = self._sources_and_day(settings, quarantine, as_of, progress)
        results = pipeline.run(
            # read again, so that the flow alone holds them and can let them go
            read_tables(self._folder),
            quarantine,
            coverage=settings.covers(),
            regime=settings.regime,
            as_of=day,
            only=tuple(only),
            denials=settings.denials(),
            sources=sources,
            judged=merges.standing(self._folder.merges),
            progress=progress,
        )
        about = describe(
            self._row_hashes(),
            sources,
            self._stamps(),
            settings.stated() | {"as_of": str(day), "only": sorted(only)},
        )
        not_run = {name: list(lacking) for name, lacking in results.not_run.items()}
        with self._folder.locked():
            write_run(self._folder, results.frames, results.tables, about | {"not_run": not_run})
        return self.findings()

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
        """The hits of the last run: one row a car and detector, with its verdict and reason."""
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
        """Reported sales less what cannot be supported, by maker, dealer, city and month."""
        return self.frame("restatement").to_pandas()

    def table(self, name: str) -> "pd.DataFrame":
        """An input table as it was loaded, or a table of the last run, by name."""
        return self.frame(name).to_pandas()

    def frame(self, name: str) -> pl.DataFrame:
        """The same as ``table``, as a polars frame."""
        if name in TABLES:
            return self._tables(_quiet)[name]
        if name in SHAPES:
            return self._run().frame(name)
        raise NotFoundError(f"there is no table {name}: choose from {', '.join([*TABLES, *SHAPES])}")

    def summary(self) -> str:
        """The last run in plain sentences."""
        return summary(self._run(), self.path, self.settings().name)

    def is_stale(self) -> bool:
        """Whether rows, coverage or denials changed since the last run."""
        about = self._run().about
        now = self.settings().stated()
        then = {key: about["settings"][key] for key in now}
        self._tables(_quiet)
        return now != then or about["tables"] != self._row_hashes()

    def explain(self, what: str) -> Explanation:
        """Explain a finding, a car or a party by its id; printing it gives text, ``.rows(title)`` a table.

        Raises ``NotFoundError`` where the case has nothing of that id.
        """
        run = self._run() if self._folder.current.exists() else None
        made = judgements.read(self._folder.judgements)
        return explain(what, self._tables(_quiet), read_quarantine(self._folder), self.settings(), run, made)

    def search(self, text: str) -> "pd.DataFrame":
        """Parties, cars and documents with ``text`` in a name, code or number: kind, id, name, matched, table."""
        tables = self._tables(_quiet)
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
        """Whether two parties are related and why, or why not; otherwise as :meth:`related`."""
        return relations.explain_relation(self._run(), one, other, regime, as_of, self._files())

    def owners(self, party: str, as_of: date | None = None) -> Explanation:
        """Who owns a party in the end: direct and integrated shares with bounds, control, beneficial owners.

        ``.rows("Owners")`` is the table, the section "Ownership tree" shows it, ``.rows("Holdings")`` its rows.
        """
        return owning.owners_of(self._run(), party, as_of, self._files())

    def _files(self) -> dict[str, str]:
        return {entry.source_id: entry.name for entry in self.settings().source}

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
        parties = self._tables(_quiet)["parties"]
        rules = suggested(parties, resolved, judged)
        found = with_probabilities(rules, parties, resolved, judged)
        return side_by_side(found if top is None else found.head(top), parties, resolved).to_pandas()

    def merges(self) -> "pd.DataFrame":
        """Every party id that stands for another now, and those that could not be joined: party_id, canonical_id, …

        ``basis`` (judged, code, name_city, contact, branch, name_birth_company) and ``reason`` say why.
        """
        from graphkit.case.merge_review import merges as standing_merges

        return standing_merges(self._resolved()[0]).to_pandas()

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

    def queries(self) -> "pd.DataFrame":
        """The library of questions to the graph: group, question, name, params."""
        return asking.listing().to_pandas()

    def query(self, name: str, /, *, progress: Progress = _quiet, **params: Any) -> "pd.DataFrame":
        """The rows of a question of the library, by its name; the first one builds the graph store.

        Raises ``NotFoundError`` for an unknown question, ``QueryError`` for wrong parameters, ``StoreError`` where the
        store cannot be used or the question takes more than 30 seconds.
        """
        asking.bound(name, params, self.known())
        with self.questions(progress) as questions:
            return questions.ask(name, params).to_pandas()

    def cypher(
        self,
        text: str,
        params: Mapping[str, Any] | None = None,
        *,
        timeout: float = asking.TIMEOUT,
        limit: int = asking.LIMIT,
        progress: Progress = _quiet,
    ) -> "pd.DataFrame":
        """The rows of a Cypher text of your own, which may only read: at most ``limit``, within ``timeout`` seconds.

        Raises ``QueryError`` naming what is refused in it, ``StoreError`` where it takes too long.
        """
        from graphkit.store.vetting import vet

        vet(text)
        with self.questions(progress) as questions:
            return questions.cypher(text, params or {}, timeout=timeout, limit=limit).frame.to_pandas()

    def known(self) -> dict[str, Any]:
        """The parameters of questions that the last run answers by itself, such as as_of and regime."""
        return asking.known_of(self._run())

    def questions(self, progress: Progress = _quiet) -> "AbstractContextManager[Questions]":
        """The embedded graph held open for several questions: ``with case.questions() as questions: …``."""
        return asking.embedded(self._folder, self._run(), progress)

    def on_server(
        self,
        uri: str,
        auth: tuple[str, str] | None = None,
        database: str | None = None,
        *,
        insecure: bool = False,
        prompt: "Prompt | None" = None,
    ) -> "AbstractContextManager[Questions]":
        """The same on a Neo4j that the case was pushed to, with ``auth`` (user, password) or the environment's.

        Raises ``StoreError`` where the server cannot be reached or the line to it is open.
        """
        case = (self._folder, self._run())
        return asking.on_server(uri, auth, database, insecure=insecure, prompt=prompt, case=case)

    def push(
        self,
        uri: str,
        auth: tuple[str, str] | None = None,
        database: str | None = None,
        *,
        scope: str = "case",
        replace: bool = False,
        insecure: bool = False,
        prompt: "Prompt | None" = None,
        progress: Progress = _quiet,
    ) -> "Pushed":
        """Fill a Neo4j with the graph of the case, or with what its findings touch (``scope="findings"``).

        Done again it changes nothing; after an interruption it goes on from there. ``auth`` is (user, password), else
        GRAPHKIT_NEO4J_USER and GRAPHKIT_NEO4J_PASSWORD. Raises ``StoreError`` where the server cannot be reached, the
        line to it is open and not ``insecure``, or the database holds something else and not ``replace``.
        """
        from graphkit.store.address import checked, credentials
        from graphkit.store.bolt import Graph
        from graphkit.store.projection import projection
        from graphkit.store.push import push

        about, tables, results = asking.graph_of(self._folder, self._run(), self.settings().name, scope)
        user, password = auth or credentials(prompt)
        with Graph.connect(checked(uri, insecure=insecure), user, password, database=database) as graph:
            return push(graph, lambda: projection(tables, results), about, progress, replace=replace)

    def graph(self, cluster: str | None = None) -> "nx.MultiDiGraph":
        """One cluster as a networkx graph, or all of them in one, each edge with its ``cluster_id``."""
        import networkx as nx

        whole: nx.MultiDiGraph = nx.MultiDiGraph()
        wanted = [cluster] if cluster else self.frame("clusters")["cluster_id"].to_list()
        for cluster_id in wanted:
            part = self._network(cluster_id).to_networkx()
            whole.add_nodes_from(part.nodes(data=True))
            for source, target, key, facts in part.edges(keys=True, data=True):
                whole.add_edge(source, target, key=f"{cluster_id}/{key}", cluster_id=cluster_id, **facts)
        return whole

    def view(self, what: str) -> Path:
        """Draw a cluster, or who owns a party, as one page beside the run; give its path.

        Raises ``NotFoundError`` where the last run has no such cluster or party.
        """
        from graphkit.views.page import render

        run = self._run()
        is_cluster = what in run.frame("clusters")["cluster_id"]
        if not is_cluster and what not in run.frame("identities")["party_id"]:
            raise NotFoundError(
                f"the last run has no cluster or party {what}: clusters.csv and graphkit search list them"
            )
        drawn = self._network(what) if is_cluster else owning.chart(run, what, self.settings().name)
        path = run.views / (f"{what}.html" if is_cluster else f"owners-{quote(what, safe='')}.html")
        with replacing(path) as beside:
            beside.write_text(render(drawn), encoding="utf-8")
        return path

    def export(
        self, folder: str | Path | None = None, formats: Sequence[str] = ("csv", "xlsx", "graphml")
    ) -> list[Path]:
        """Write the last run for other programs into ``folder`` (else ``export/``); give the files written.

        As flagged only parties that pass the gate leave, and persons never. Formats: csv, parquet, xlsx, graphml, gexf.
        """
        from graphkit.exports.folder import write_folder

        target = Path(folder) if folder else self.path / "export"
        return write_folder(self._run().frames(), self.graph(), target, formats)

    def export_graph(self, folder: str | Path | None = None, progress: Progress = _quiet) -> list[Path]:
        """Write the whole graph as files for ``neo4j-admin database import`` into ``folder`` (else ``neo4j-admin/``).

        With them go the constraints, a style for Neo4j Browser and a README with the command. It is the case itself,
        persons included: hand it on only to who may see them.
        """
        from graphkit.store.bulk import write_bulk
        from graphkit.store.grass import grass
        from graphkit.store.projection import projection
        from graphkit.store.push import marker
        from graphkit.views.style import NODES

        about, tables, results = asking.graph_of(self._folder, self._run(), self.settings().name, "case")
        style = grass({kind: (look.colour, look.size) for kind, look in NODES.items()})
        batches = chain([marker(about)], projection(tables, results))
        return write_bulk(batches, Path(folder) if folder else self.path / "neo4j-admin", style, progress)

    def _sources_and_day(
        self, settings: Settings, quarantine: dict[str, pl.DataFrame], as_of: date | None, progress: Progress
    ) -> tuple[pl.DataFrame, date]:
        tables = self._tables(progress)
        day = as_of or settings.covers().last_day() or last_day(tables)
        if day is None:
            raise CaseError(f"{self.path} has no dated rows: import files first, or give a day with --as-of")
        return sources_frame(settings, tables, quarantine), day

    def _tables(self, progress: Progress) -> dict[str, pl.DataFrame]:
        refresh(self._folder, self.settings(), progress)
        return read_tables(self._folder)

    def _row_hashes(self) -> dict[str, str]:
        rows = {name: held["rows"] for name, held in read_stamps(self._folder).items()}
        judged = merges.standing(self._folder.merges)
        # a run is also made of what people judged about its parties
        return rows if judged.is_empty() else rows | {"merges": hash_frame(judged)}

    def _resolved(self) -> "tuple[Resolved, pl.DataFrame]":
        from graphkit.identity.resolve import resolve

        judged = merges.standing(self._folder.merges)
        return resolve(self._tables(_quiet), judged), judged

    def _judge_pair(self, decision: str, party_a: str, party_b: str, why: str) -> None:
        resolved, _ = self._resolved()
        with self._folder.locked():
            merges.record(self._folder.merges, decision, (party_a, party_b), why, resolved)

    def _run(self) -> Run:
        return current_run(self._folder)

    def _network(self, cluster: str) -> "Network":
        from graphkit.views.network import network

        run = self._run()
        return network(cluster, run.frames(), run.resolved(), case_name=self.settings().name)

    def _stamps(self) -> dict[str, str]:
        return {detector.id: stamp(detector) for detector in DETECTORS}
