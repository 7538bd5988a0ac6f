"""How each kind of node and edge looks: shapes and the colour-blind-safe colours of Okabe and Ito."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    """The word of the legend, the shape, the fill and the size in pixels of one kind of node."""

    word: str
    shape: str
    colour: str
    size: int


NODES: Mapping[str, Look] = {
    "manufacturer": Look("manufacturer", "square", "#0072B2", 20),
    "dealer": Look("dealer", "dot", "#56B4E9", 14),
    "affiliate": Look("affiliate", "diamond", "#D55E00", 14),
    "buyer": Look("buyer", "square", "#E69F00", 9),
    "insurer": Look("insurer", "star", "#009E73", 16),
    "exporter": Look("exporter", "triangle", "#CC79A7", 15),
    "destination": Look("destination", "triangleDown", "#999999", 13),
    "person": Look("person", "hexagon", "#F0E442", 11),
    "government": Look("government", "square", "#4D4D4D", 12),
    "vehicle": Look("vehicle", "dot", "#B8BDC6", 5),
}
"""Every kind of node that the picture of a cluster has, in the order of the legend."""

RECORDS: Mapping[str, Look] = {
    "vendor": Look("vendor", "square", "#56B4E9", 11),
    "party": Look("other party", "diamond", "#56B4E9", 11),
    "sale": Look("sale", "triangle", "#E69F00", 9),
    "policy": Look("policy", "hexagon", "#009E73", 9),
    "identifier": Look("shared address, phone …", "star", "#F0E442", 12),
    "reported_count": Look("reported count", "triangleDown", "#56B4E9", 11),
    "cluster": Look("cluster", "hexagon", "#D55E00", 18),
    "finding": Look("finding", "triangleDown", "#D55E00", 14),
    "run": Look("run", "star", "#999999", 12),
    "other": Look("other", "triangle", "#999999", 11),
    "unreturned": Look("not returned", "square", "#FFFFFF", 5),
}
"""The further kinds of node that a query may return; no two of all looks have both shape and colour in common."""

FLAGGED = "#B2182B"
"""The ring around a flagged party."""

EDGES: Mapping[str, str] = {
    "retail": "#D55E00",
    "bought": "#D55E00",
    "insured": "#009E73",
    "exported": "#CC79A7",
    "to exporter": "#CC79A7",
    "payment": "#E69F00",
    "SOLD": "#D55E00",
    "BOUGHT_BY": "#D55E00",
    "TRADED": "#D55E00",
    "ISSUED": "#009E73",
    "INSURES": "#009E73",
    "COVERS": "#009E73",
    "EXPORTED": "#CC79A7",
    "PAID": "#E69F00",
    "BUILT": "#0072B2",
    "CONTROLS_BY_AGREEMENT": "#0072B2",
    "CONCERNS": "#B2182B",
    **dict.fromkeys(("OWNS", "CONTROLS", "IN_GROUP_OF", "RELATED_TO", "HOLDS_POSITION", "FAMILY_OF"), "#7A6F1D"),
}
"""The colour of a flow or of a car's line by its kind, of a relationship by its type; others are grey."""

REPEATED = ("retail", "insured", "to exporter")
"""The flows that the lines of the cars say again where cars are drawn."""

GREY = "#9AA0A6"
TIE = "#7A6F1D"
