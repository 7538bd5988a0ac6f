"""Two lists paired one to one, the nearest first, and which pairs nothing but the order of their keys decided."""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

Step = tuple[float, int]
"""How far two ends lie apart: by amount, then by days."""


def one_to_one(candidates: Sequence[tuple[float, int, str, str]]) -> list[tuple[str, str, bool]]:
    """Pair the ends of candidates (amount apart, days apart, left, right), given in that order: left, right, is sure.

    Each end is in one pair at most: the smallest difference in amount is taken first, then the fewest days, then the
    smallest keys. Where only keys decide the pair is not sure, and neither is one that would be another had they
    decided otherwise.

    >>> one_to_one([(0.0, 1, "p1", "s1"), (0.0, 2, "p2", "s2"), (0.0, 2, "p2", "s3")])
    [('p1', 's1', True), ('p2', 's2', False)]
    """
    return _Pairing(candidates).pairs()


@dataclass
class _Pairing:
    """Candidates in their order, and from which step on an end could have gone to another one."""

    rows: Sequence[tuple[float, int, str, str]]
    open_from: dict[str, Step] = field(default_factory=dict)

    def pairs(self) -> list[tuple[str, str, bool]]:
        """Left, right, and whether more than their keys decided."""
        partners: defaultdict[str, list[tuple[Step, str]]] = defaultdict(list)
        named = [((gap, days), f"p{left}", f"s{right}") for gap, days, left, right in self.rows]
        for step, left, right in named:
            partners[left].append((step, right))
            partners[right].append((step, left))
        found: list[tuple[str, str, bool]] = []
        done: set[str] = set()
        for step, level in groupby(named, key=lambda row: row[0]):
            free = [(left, right) for _, left, right in level if left not in done and right not in done]
            choices = Counter(end for pair in free for end in pair)
            for left, right in free:
                if left in done or right in done:
                    self._opens(step, left, right)
                    continue
                done |= {left, right}
                is_sure = choices[left] == choices[right] == 1 and not (self._is_open(left, step, right))
                found.append((left[1:], right[1:], is_sure))
                if not is_sure:
                    for end in (left, right):
                        for later, other in partners[end]:
                            self._opens(max(later, step), other)
        return found

    def _opens(self, step: Step, *ends: str) -> None:
        for end in ends:
            self.open_from[end] = min(step, self.open_from.get(end, step))

    def _is_open(self, left: str, step: Step, right: str) -> bool:
        never = (math.inf, 0)
        return min(self.open_from.get(left, never), self.open_from.get(right, never)) <= step
