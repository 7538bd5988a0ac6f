"""What a detector says of itself in the head of its file: one sentence, then six parts in one order."""

import sys
from collections.abc import Mapping
from inspect import cleandoc
from types import MappingProxyType

from graphkit.model import Detector

PARTS = ("What it finds", "Why it matters", "How it decides", "Lawful look-alikes", "What it misses", "References")
"""The parts that each detector has, in the order in which a reader asks."""


def written(detector: Detector) -> tuple[str, ...]:
    """The lines in the head of the detector's file, as they are written."""
    return tuple(cleandoc(sys.modules[detector.detect.__module__].__doc__ or "").splitlines())


def summary(detector: Detector) -> str:
    """The sentence that stands before the parts."""
    lines = written(detector)
    return " ".join(lines[: lines.index("")] if "" in lines else lines)


def parts(detector: Detector) -> Mapping[str, str]:
    """Each of ``PARTS`` with its text, whose lines are those of the file.

    Raises ``ValueError`` where a part is missing, empty, unknown or out of order.

    >>> from graphkit.detectors import DETECTORS
    >>> tuple(parts(DETECTORS[0])) == PARTS
    True
    """
    found: list[tuple[str, list[str]]] = []
    for line in written(detector)[1:]:
        is_head = bool(line) and not line.startswith(" ")
        if is_head and (found or line in PARTS):
            found.append((line, []))
        elif found:
            found[-1][1].append(line)
    said = tuple(title for title, _ in found)
    if said != PARTS:
        has = ", ".join(said) or "none"
        raise ValueError(f"the head of detector {detector.id} must have the parts {', '.join(PARTS)}; it has {has}")
    texts = {title: cleandoc("\n" + "\n".join(lines)) for title, lines in found}
    empty = [title for title, text in texts.items() if not text]
    if empty:
        raise ValueError(f"the head of detector {detector.id} says nothing under {empty[0]}")
    return MappingProxyType(texts)


def paragraphs(text: str) -> tuple[str, ...]:
    """The paragraphs of a part, each as one line.

    >>> paragraphs("one\\ntwo\\n\\nthree")
    ('one two', 'three')
    """
    return tuple(" ".join(part.split()) for part in text.split("\n\n") if part.strip())
