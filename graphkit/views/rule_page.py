"""The rule book as one HTML file: no script, no request, readable on a phone and on paper."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from graphkit.explanation import Explanation
from graphkit.views.own_files import hashed, own

_HEADINGS = {"detector": "Detectors", "regime": "Regimes: who counts as related"}
_OTHERS = "Common to all"
_MARKS = re.compile(r"``(?P<code>.+?)``|(?<![\w*])\*(?P<stressed>[^*\s][^*]*)\*(?!\w)|(?P<address>https?://[^\s;,]+)")


def render(rules: Sequence[Explanation], version: str) -> str:
    """The page of one rule, or of several with their contents; ``version`` is graphkit's. Write it as UTF-8.

    Equal rules give equal text.
    """
    css = own("rules.css")
    environment = Environment(loader=FunctionLoader(own), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("rules.html").render(
        title=rules[0].title if len(rules) == 1 else "The rule book",
        policy=f"default-src 'none'; style-src {hashed(css)}; base-uri 'none'; form-action 'none'",
        css=Markup(css),
        version=version,
        rules=rules,
        groups=_groups(rules) if len(rules) > 1 else (),
        blocks=_blocks,
        inline=_inline,
    )


def _groups(rules: Sequence[Explanation]) -> list[tuple[str, list[Explanation]]]:
    return [(heading, list(some)) for heading, some in groupby(rules, lambda rule: _HEADINGS.get(rule.kind, _OTHERS))]


def _blocks(lines: Sequence[str]) -> Iterator[tuple[bool, list[str]]]:
    """Lines as runs of items (those that begin with a dash) and of sentences."""
    for is_list, some in groupby(lines, lambda line: line.startswith("- ")):
        yield is_list, [line.removeprefix("- ") for line in some]


def _inline(value: Any) -> Markup:
    """Text with ``code``, *stress* and web addresses marked; all else as it is."""
    text, parts, at = "" if value is None else str(value), [], 0
    for found in _MARKS.finditer(text):
        parts.append(escape(text[at : found.start()]))
        parts.append(_marked(found))
        at = found.end()
    return Markup("").join([*parts, escape(text[at:])])


def _marked(found: re.Match[str]) -> Markup:
    if found["code"]:
        return Markup("<code>{}</code>").format(found["code"])
    if found["stressed"]:
        return Markup("<em>{}</em>").format(found["stressed"])
    address = found["address"].rstrip(".)")
    after = found["address"][len(address) :]
    return Markup('<a href="{0}" rel="noreferrer">{0}</a>{1}').format(address, after)
