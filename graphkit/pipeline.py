"""The whole flow on one screen: source tables in; findings, scores, clusters and the restatement out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from graphkit.aggregates import from_reported_counts
from graphkit.algorithms.frames import lazy_of, polars_of
from graphkit.clusters import cluster
from graphkit.detectors import DETECTORS
from graphkit.identity.judged import NOTHING_JUDGED
from graphkit.identity.resolve import Resolved, resolve
from graphkit.ledger import build_ledger
from graphkit.model import Market
from graphkit.parties.relate import Parties, relate
from graphkit.parties.shared import reached
from graphkit.parties.tiers import tiers
from graphkit.reported import beside_reported
from graphkit.restatement import restate
from graphkit.scores.collect import collect, lacks, untested
from graphkit.scores.findings import find
from graphkit.scores.score import score
from graphkit.scores.tallies import of_findings, tally
from graphkit.tables.absence import NOTHING_UNREAD, shadows
from graphkit.tables.coverage import Coverage
from graphkit.tables.known_on import known_on
from graphkit.tables.outputs import SHAPES
from graphkit.tables.reference import rules_by_date
from graphkit.trade.flow_shapes import with_shapes
from graphkit.trade.flows import build_flows
from graphkit.trade.undone_sales import times_undone

Progress = Callable[[str, int, int], None]
STEPS = ("identity", "ledger and flows", "related parties", "detectors", "scores", "clusters", "restatement")


@dataclass(frozen=True)
class Results:
    """Everything a run gives: the tables of ``SHAPES`` by name, the resolved input tables, and the detectors not
    run.
    """

    frames: Mapping[str, pl.DataFrame]
    tables: Mapping[str, pl.DataFrame]
    not_run: Mapping[str, tuple[str, ...]]


def run(
    tables: Mapping[str, pl.DataFrame],
    quarantine: Mapping[str, pl.DataFrame],
    *,
    coverage: Coverage,
    regime: str,
    as_of: date,
    denials: Mapping[str, str],
    sources: pl.DataFrame,
    judged: pl.DataFrame = NOTHING_JUDGED,
    unread: pl.DataFrame = NOTHING_UNREAD,
    only: tuple[str, ...] = (),
    progress: Progress = lambda step, done, total: None,
) -> Results:
    """Run the flow on loaded tables as they were known on ``as_of``; ``only`` keeps the detectors of these ids.

    ``judged`` are the pairs of parties that a person decided about (``graphkit.identity.judged``), ``unread`` the cells
    of loaded rows that could not be read (``SHAPES["unread_cells"]``).
    """

    def step(name: str) -> None:
        progress(name, STEPS.index(name), len(STEPS))

    coverage = coverage.known_on(as_of)
    step("identity")
    who = resolve(known_on(tables, as_of), judged)
    # a national case is loaded twice over otherwise: from here on only the resolved rows are read
    del tables
    prepared = prepare(who, quarantine, coverage=coverage, regime=regime, as_of=as_of, unread=unread, step=step)
    ledger, flows, parties = prepared.ledger, prepared.flows, prepared.parties

    step("detectors")
    chosen = [detector for detector in DETECTORS if not only or detector.id in only]
    not_run = {detector.id: lacking for detector in chosen if (lacking := lacks(detector, who.tables))}
    running = [detector for detector in chosen if detector.id not in not_run]
    found = collect(prepared.market, running, who.tables)

    step("scores")
    tallies = tally(running, found.hits)
    findings = find(
        running,
        found.hits,
        found.exposure,
        found.units,
        who.identities,
        parties.groups,
        regime=regime,
        as_of=as_of,
        denials=denials,
        untested={detector.id: untested(detector, who.tables, coverage) for detector in running},
        shuffled=found.shuffled,
        tallies=tallies,
        built=ledger.select("vin", maker_id="manufacturer_id"),
    )
    scores, contributions = score(
        running, findings, found.hits, found.exposure, found.units, who.identities, parties.groups
    )

    step("clusters")
    clusters, members = cluster(
        running,
        findings,
        found.hits,
        flows,
        parties.groups,
        parties.control,
        who.identities,
        ledger,
        found.evidence,
    )

    step("restatement")
    restatement, restated = restate(running, ledger, found.hits, findings)
    progress("done", len(STEPS), len(STEPS))
    frames = {
        "identities": who.identities,
        "ledger": ledger,
        "flows": flows,
        "control": parties.control,
        "relations": parties.relations,
        "tiers": tiers(who.tables["sales"], parties.relations),
        "proofs": parties.proofs,
        "groups": parties.groups,
        "shadows": prepared.shadows,
        "hits": found.hits,
        "exposure": found.exposure,
        "units": found.units,
        "evidence": found.evidence,
        "sources": sources,
        "unread_cells": unread,
        "findings": findings,
        "tallies": of_findings(tallies, findings),
        "scores": scores,
        "contributions": contributions,
        "clusters": clusters,
        "cluster_members": members,
        "restatement": restatement,
        "restated_vehicles": restated,
        "reported": beside_reported(who.tables["reported_counts"], ledger, coverage),
        "aggregates": from_reported_counts(who.tables["reported_counts"], who.identities),
    }
    return Results(
        frames={name: SHAPES[name].canonical(frame) for name, frame in frames.items()},
        tables=who.tables,
        not_run=not_run,
    )


@dataclass(frozen=True)
class Prepared:
    """What stands before any detector: the market that they read, and of its tables those that a run gives."""

    market: Market
    ledger: pl.DataFrame
    flows: pl.DataFrame
    parties: Parties
    shadows: pl.DataFrame


def prepare(
    who: Resolved,
    quarantine: Mapping[str, pl.DataFrame],
    *,
    coverage: Coverage,
    regime: str,
    as_of: date,
    unread: pl.DataFrame = NOTHING_UNREAD,
    step: Callable[[str], None] = lambda name: None,
) -> Prepared:
    """Make the market of resolved tables as they were known on ``as_of``, with a ``coverage`` of that day."""
    lazy = {name: lazy_of(frame) for name, frame in who.tables.items()}

    step("ledger and flows")
    ledger = SHAPES["ledger"].canonical(polars_of(build_ledger(lazy, coverage)))
    flows = SHAPES["flows"].canonical(with_shapes(polars_of(build_flows(lazy))))

    step("related parties")
    parties = relate(who.tables, flows, coverage, who.identities, regime, as_of)
    unreadable = shadows(who.tables, quarantine, unread)
    sales, registered, payments = (who.tables[name] for name in ("sales", "parties", "payments"))
    undone = times_undone(sales, registered, payments, parties.groups, reached(registered, sales))

    market = Market(
        tables=lazy,
        ledger=lazy_of(ledger),
        flows=lazy_of(flows),
        identities=lazy_of(who.identities),
        control=lazy_of(parties.control),
        groups=lazy_of(parties.groups),
        relations=lazy_of(parties.relations),
        proofs=lazy_of(parties.proofs),
        undone=lazy_of(undone),
        shadows=lazy_of(unreadable),
        coverage=coverage,
        regime=regime,
        as_of=as_of,
        rules=rules_by_date(),
    )
    return Prepared(market, ledger, flows, parties, unreadable)
