"""Nothing that rests on an experimental detector leaves a case."""

from collections.abc import Mapping, Sequence

import polars as pl

from graphkit.model import Detector


def settled(frames: Mapping[str, pl.DataFrame], detectors: Sequence[Detector]) -> dict[str, pl.DataFrame]:
    """The tables of a run without what experimental detectors found, tested or cite; the others as they are."""
    experimental = [detector.id for detector in detectors if detector.status == "experimental"]
    kept = {
        name: frames[name].filter(~pl.col("detector").is_in(experimental))
        for name in ("findings", "tallies", "hits", "exposure")
    }
    for name, other, key in (("evidence", "hits", "hit_id"), ("units", "exposure", "unit_id")):
        kept[name] = frames[name].join(kept[other].select(key), on=key, how="semi", maintain_order="left")
    return {**frames, **kept}
