"""What is common to all detectors: chance, weights, bands and the export gate."""

from graphkit.algorithms.thresholds import Threshold, thresholds
from graphkit.explanation import Explanation, Section
from graphkit.model import FAMILIES
from graphkit.rulebook.threshold_table import threshold_table
from graphkit.scores import gate, weights, windows
from graphkit.scores.against_shuffles import ENOUGH
from graphkit.scores.baselines import MIN_PEERS
from graphkit.scores.score import BANDS
from graphkit.scores.verdicts import ALPHA

_CHANCE = (
    Threshold("q", ALPHA, "at most", "one in twenty of the findings called out would be chance"),
    Threshold("peers", MIN_PEERS, "peers, at least", "of fewer a fit says too little: the reference rate stands in"),
    Threshold(
        "draws",
        ENOUGH,
        "shuffles that reach the count, at least",
        "from then on their share says how likely it is (Besag and Clifford, Biometrika 78, 1991)",
    ),
)
_BANDS = tuple(
    Threshold(band, least, "log10 of odds, at least", "likelihood ratios of 100, 10 and about 3 to 1 (Jeffreys' steps)")
    for least, band in BANDS
)


def scores_rule() -> Explanation:
    """How findings become a score, a band and a flag."""
    sections = (
        Section(
            "Chance",
            (
                "A finding is flagged where it meets the floors of its detector, nothing decisive is missing, and its "
                "q (the share of chance findings among all that are called out) is small. A plain fact has no q.",
                "Each party is asked twice: over all its months, and in its best window of months, whose p is "
                "multiplied by the number of windows there are. Where only the window is flagged, the finding is that "
                "of the window and names its first and last month.",
            ),
            threshold_table((*_CHANCE, *thresholds(windows.SETTINGS))),
        ),
        Section(
            "Weights",
            (
                "A finding of a party weighs the log10 of -1 / (e p ln p), the most that its p can say (Sellke, "
                "Bayarri and Berger, The American Statistician 55, 2001), and at most the cap; a plain fact weighs by "
                "whether a rule in force was broken. In each family of evidence the largest weight counts, and the "
                "lowest negative one; their sum is the party's score. An experimental detector weighs nothing.",
                f"The families are {', '.join(FAMILIES)}. Cars that go round and money that goes round are two, since "
                "invoices show the one and payments the other.",
            ),
            threshold_table(thresholds(weights.SETTINGS)),
        ),
        Section("Bands", ("The word for a score.",), threshold_table(_BANDS)),
        Section(
            "Export gate",
            (
                "A party leaves in an export as flagged only where at least one of its findings is flagged, and one of "
                "three holds:",
                "- a rule in force was broken by as many cars as the floor of its detector asks",
                "- findings of two families of evidence stand out from their peers; where the rule of one binds a "
                "seller to its buyer, the second may be the buyer's on the same cars, and never the reverse",
                "- one finding is proven car by car: enough cars, few undecidable ones, an effect well above the "
                "floor, every look-alike tested, and a small q where chance plays a part; the cars are counted over "
                "the control group, or over the trade set where the rule of a detector shows that its companies act "
                "together, and all the rest is the party's own finding",
                "A q must be small with any one other unit left out as well, since units are few and one may be wrong. "
                "Where one unit more or less may still change whether a party passes, it is near the bound, and its "
                "score says so.",
            ),
            threshold_table(thresholds(gate.SETTINGS)),
        ),
    )
    return Explanation("scores", "scores", "Chance, weights, bands and the export gate (scores)", sections)
