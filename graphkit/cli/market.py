"""The simulated market: ``demo``, ``simulate``, ``evaluate``."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from graphkit.cli.case import CasePath

if TYPE_CHECKING:
    import polars as pl

    from graphkit.case.case import Case
    from graphkit.evaluation import Evaluation

PANEL = "Try it and measure it"
SEED = 20241231
"""The seed of the demo market."""
EARLIER = date(2025, 6, 30)
"""A year before the last covered day of the simulated market."""
VIEWS = 5
"""Clusters that the demo draws."""


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    for command in (demo, simulate, evaluate):
        app.command(rich_help_panel=PANEL)(command)


def demo(
    folder: Annotated[Path, typer.Argument(help="The case folder to make.")] = Path("graphkit-demo"),
    seed: Annotated[int, typer.Option(help="Another seed gives another market.")] = SEED,
) -> None:
    """Simulate a market with planted schemes, run everything on it, and show what was found.

    Example: graphkit demo
    """
    from graphkit.case.case import Case
    from graphkit.cli.printing import shown
    from graphkit.cli.progress import shown_progress
    from graphkit.evaluation import read_labels
    from graphkit.simulate import simulate as simulated
    from graphkit.simulate import write

    market = folder / "market"
    with shown_progress() as progress:
        # a second demo goes on with the folder of the first
        case = Case.open(folder) if market.is_dir() else Case.new(folder, name="demo")
        progress("simulating a market", 0, 0)
        write(simulated(seed), market)
        case.import_files([*sorted(market.glob("*.csv")), market / "coverage.toml"], replace=True, progress=progress)
        # a run of the year before stays in the case, so that the graph can say what changed between two runs
        case.run(as_of=EARLIER, progress=progress)
        case.run(progress=progress)
        for number, cluster in enumerate(case.clusters()["cluster_id"].head(VIEWS)):
            progress("drawing clusters", number, VIEWS)
            case.view(cluster)
    typer.echo(shown(case.summary()))
    typer.echo("\nAgainst what was planted")
    result = _compared(case, read_labels(market / "labels"))
    for row in result.detectors.iter_rows(named=True):
        precision, recall = (f"{row[name]:.1%}" if row[name] is not None else "-" for name in ("precision", "recall"))
        typer.echo(
            f"  {row['detector']}: precision {precision}, recall {recall}, {row['wrong']} wrong of {row['flagged']}"
        )
    typer.echo(
        f"  {result.exported_share:.0%} of the guilty groups exported, {result.found_share:.0%} found as a cluster, "
        f"{result.innocents.height} innocent parties flagged"
    )


def simulate(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to write the market to.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same market.")] = SEED,
) -> None:
    """Write a synthetic, labelled market as source files: planted schemes among honest look-alikes.

    Example: graphkit simulate market --seed 3
    """
    from graphkit.simulate import simulate as simulated
    from graphkit.simulate import write

    write(simulated(seed), folder)
    typer.echo(f"wrote {folder}; next: graphkit new CASE, graphkit import CASE {folder}/*.csv {folder}/coverage.toml")


def evaluate(
    case: CasePath,
    labels: Annotated[Path, typer.Argument(help="The folder of labels that simulate wrote.")],
) -> None:
    """Compare a run with the labels of a simulated market: precision and recall of hits and of exported parties.

    Example: graphkit evaluate graphkit-demo graphkit-demo/market/labels
    """
    from graphkit.case.case import Case
    from graphkit.cli.printing import print_table
    from graphkit.evaluation import read_labels

    result = _compared(Case.open(case), read_labels(labels))
    typer.echo("Hits against the cars that meet each rule")
    print_table(result.detectors)
    typer.echo(f"\nPlanted groups: {result.exported_share:.0%} exported, {result.found_share:.0%} found as a cluster")
    print_table(result.groups)
    typer.echo(
        f"\nInnocent parties flagged: {result.innocents.height}, consumers among them: {result.consumers_flagged}"
    )
    if result.innocents.height:
        print_table(result.innocents)
    typer.echo(f"Clusters that mix planted groups: {result.melted.height}")
    if result.melted.height:
        print_table(result.melted)


def _compared(case: "Case", labels: "dict[str, pl.DataFrame]") -> "Evaluation":
    from graphkit.evaluation import evaluate as compared

    hits, scores, clusters = case.frame("hits"), case.frame("scores"), case.frame("clusters")
    return compared(hits, scores, clusters, case.frame("cluster_members"), labels)
