"""How fast control and integrated ownership are on an ownership register as large as a country's.

``python -m tests.benchmarks.ownership`` makes a register of 1,000,000 companies and 1,500,000 holdings: a knot of 500
companies that hold one another in a circle and across, chains up to 1,000 deep, 20 hubs with 5,000 companies each, a
quarter of the other holdings dated. It prints seconds and peak memory, each measurement in a process of its own, of
control for all, and of the answer to one party in the knot, at a hub and at the bottom. Then, on small registers of the
same kind and without dates, the ratio to a plain fixpoint on a networkx graph, and to numpy's dense inverse.
``--companies`` makes another size.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable

import networkx as nx
import numpy as np
import polars as pl

from graphkit.algorithms import control, integrated_ownership

COMPANIES = 1_000_000
SAMPLE = 20_000
DENSE = 4_000
KNOT = 500
DAYS = 5_000


def register(companies: int = COMPANIES) -> pl.DataFrame:
    """owner, owned, share, first, last: one and a half holdings a company, the same on every machine."""
    rng = np.random.default_rng(5)
    scale = companies / COMPANIES
    parts = [_knot(), *_chains(scale)]
    parts.append(_hubs(_after(parts), scale))
    parts.append(_forest(rng, _after(parts), companies, companies * 3 // 2 - sum(part.height for part in parts)))
    rows = pl.concat(parts)
    first, length = rng.integers(0, DAYS, rows.height), rng.integers(1, DAYS, rows.height)
    is_dated = (rng.random(rows.height) < 0.25) & (rows["owned"].to_numpy() >= _after(parts[:-2]))
    return rows.select(
        pl.format("C{}", pl.col("owner").cast(pl.String).str.zfill(7)).alias("owner"),
        pl.format("C{}", pl.col("owned").cast(pl.String).str.zfill(7)).alias("owned"),
        "share",
        first=pl.Series(np.where(is_dated, first, 0)),
        last=pl.Series(np.where(is_dated, np.minimum(first + length, DAYS), DAYS)),
    ).sample(fraction=1, shuffle=True, seed=5)


def _holdings(owner: np.ndarray, owned: np.ndarray, share: float | np.ndarray) -> pl.DataFrame:
    return pl.DataFrame({"owner": owner, "owned": owned, "share": np.broadcast_to(share, owner.shape)})


def _after(parts: list[pl.DataFrame]) -> int:
    return 1 + int(pl.concat(parts)["owned"].max())  # type: ignore[arg-type]


def _knot() -> pl.DataFrame:
    """Each company of the knot is held by the one before it with 51 %, and by four others with 10 % each."""
    at = np.arange(KNOT)
    circle = _holdings(at, (at + 1) % KNOT, 0.51)
    return pl.concat([circle, *(_holdings(at, (at + step) % KNOT, 0.1) for step in (7, 31, 101, 211))])


def _chains(scale: float) -> list[pl.DataFrame]:
    """One chain of 1,000 companies, and a hundred of 100."""
    lengths = [1_000] + [100] * round(100 * scale)
    starts = np.cumsum([KNOT, *lengths])
    nodes = [np.arange(start, start + length - 1) for start, length in zip(starts, lengths, strict=False)]
    return [_holdings(at, at + 1, 0.6) for at in nodes]


def _hubs(first: int, scale: float) -> pl.DataFrame:
    """Twenty holders of 5,000 companies each, a majority in half of them."""
    hubs = np.repeat(np.arange(first, first + 20), max(2, round(5_000 * scale)))
    held = np.arange(first + 20, first + 20 + len(hubs))
    return _holdings(hubs, held, np.where(held % 2 == 0, 0.8, 0.3))


def _forest(rng: np.random.Generator, first: int, companies: int, holdings: int) -> pl.DataFrame:
    """Every other company has one holder among those before it, and some a second one that takes the rest."""
    owned = np.arange(first, companies)
    share = rng.choice([1.0, 0.7, 0.6, 0.51, 0.5, 0.4, 0.3], len(owned))
    one = _holdings(rng.integers(0, owned), owned, share)
    minor = np.flatnonzero(share < 1)
    more = rng.choice(minor, min(len(minor), holdings - len(owned)), replace=False)
    return pl.concat([one, _holdings(rng.integers(0, owned[more]), owned[more], 1 - share[more])])


def parties(companies: int) -> dict[str, str | None]:
    """Whose answer is measured: everybody's, and that of one party in each kind of place."""
    hub = int(pl.concat(_chains(companies / COMPANIES))["owned"].max()) + 1  # type: ignore[arg-type]
    at = {"a company of the knot": 3, "a hub": hub, "a company at the bottom": companies - 1}
    return {"all": None} | {place: f"C{number:07d}" for place, number in at.items()}


def measure(task: str, companies: int, party: str | None) -> dict[str, float]:
    """One task on the register, after its code was compiled once on a register of three."""
    of = None if party is None else [party]
    rows = register(companies)
    columns = (rows["owner"], rows["owned"], rows["share"])
    tasks = {
        "control": lambda: control(*columns, first=rows["first"], last=rows["last"], of=of),
        "integrated": lambda: integrated_ownership(*columns, of=of),
    }
    _compile()
    started, worked = time.perf_counter(), time.process_time()
    found = tasks[task]()
    seconds, work = time.perf_counter() - started, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"rows": found.height, "seconds": seconds, "work": work, "peak": peak}


def _compile() -> None:
    control(["A"], ["B"], [1], of=["A"])
    integrated_ownership(["A"], ["B"], [1], of=["A"])


def alone(task: str, companies: int, party: str | None) -> dict[str, float]:
    """The measurement in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.ownership", "--task", task, "--companies", str(companies)]
    command += [] if party is None else ["--party", party]
    return dict(json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout))


def plain(rows: pl.DataFrame) -> set[tuple[str, str]]:
    """The peer: a queue for every holder on a networkx graph."""
    graph = nx.DiGraph()
    for owner, owned, share in rows.select("owner", "owned", "share").iter_rows():
        before = graph.get_edge_data(owner, owned, {"votes": 0})["votes"]
        graph.add_edge(owner, owned, votes=before + round(share * 1_000_000))
    pairs = set()
    for holder in graph:
        votes: dict[str, int] = defaultdict(int)
        members, waiting = {holder}, [holder]
        while waiting:
            for owned, held in graph[waiting.pop()].items():
                votes[owned] += held["votes"]
                if votes[owned] > 500_000 and owned not in members:
                    members.add(owned)
                    waiting.append(owned)
        pairs |= {(holder, member) for member in members - {holder}}
    return pairs


def dense(rows: pl.DataFrame) -> int:
    """The peer: the whole of I - W, inverted."""
    names = pl.concat([rows["owner"], rows["owned"]]).unique().sort()
    W = np.zeros((len(names), len(names)))
    at = [names.search_sorted(rows[end]).to_numpy() for end in ("owner", "owned")]
    np.add.at(W, tuple(at), rows["share"].to_numpy())
    N = np.linalg.inv(np.eye(len(names)) - W)
    shares = N / np.diag(N)[:, None]
    return int((shares > 1e-12).sum()) - len(names)


def main() -> None:
    """All measurements; with ``--task`` one of them, as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--companies", type=int, default=COMPANIES)
    parser.add_argument("--task", choices=("control", "integrated"))
    parser.add_argument("--party")
    given = parser.parse_args()
    if given.task:
        print(json.dumps(measure(given.task, given.companies, given.party)))
        return
    for task in ("control", "integrated"):
        for place, party in parties(given.companies).items():
            if task == "integrated" and party is None:
                continue
            found = alone(task, given.companies, party)
            print(
                f"{task} of {given.companies:,} companies, {place}: {found['rows']:,} rows in {found['seconds']:.2f} s"
                f" ({found['work']:.2f} s of processor), {found['peak']:,.0f} MB at most",
                flush=True,
            )
    _compile()
    sample = register(SAMPLE)
    took = [
        _seconds(lambda: control(sample["owner"], sample["owned"], sample["share"])),
        _seconds(lambda: plain(sample)),
    ]
    print(
        f"control of {SAMPLE:,}: {took[0]:.2f} s; on networkx: {took[1]:.2f} s, {took[1] / took[0]:.1f} times as long"
    )
    small = register(DENSE)
    columns = (small["owner"], small["owned"], small["share"])
    took = [_seconds(lambda: integrated_ownership(*columns)), _seconds(lambda: dense(small))]
    print(f"integrated ownership of {DENSE:,}: {took[0]:.2f} s; dense: {took[1]:.2f} s, {took[1] / took[0]:.1f} times")


def _seconds(task: Callable[[], object]) -> float:
    started = time.process_time()
    task()
    return time.process_time() - started


if __name__ == "__main__":
    main()
