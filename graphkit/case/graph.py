"""The graph of a case: asked, drawn, written for other programs, pushed to a server."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from graphkit.case import asking, owning
from graphkit.case.opened import OpenedCase, Progress, quiet
from graphkit.errors import NotFoundError
from graphkit.files import replacing

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

    from graphkit.case.asking import Questions
    from graphkit.store.address import Prompt
    from graphkit.store.push import Pushed
    from graphkit.views.network import Network

# views, exports and store take most of a second each to import, so only what needs one imports it


class GraphOfCase(OpenedCase):
    """Ask the graph of a case in Cypher, see its clusters, hand it on."""

    def queries(self) -> "pd.DataFrame":
        """The library of questions to the graph: group, question, name, params."""
        return asking.listing().to_pandas()

    def query(self, name: str, /, *, progress: Progress = quiet, **params: Any) -> "pd.DataFrame":
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
        progress: Progress = quiet,
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

    def questions(self, progress: Progress = quiet) -> "AbstractContextManager[Questions]":
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
        progress: Progress = quiet,
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

    def export_graph(self, folder: str | Path | None = None, progress: Progress = quiet) -> list[Path]:
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

    def _network(self, cluster: str) -> "Network":
        from graphkit.views.network import network

        run = self._run()
        return network(cluster, run.frames(), run.resolved(), case_name=self.settings().name)
