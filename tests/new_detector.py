"""``python -m tests.new_detector plated_to_dealer``: the skeleton of a detector, red until it is written."""

import argparse
import re
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
SKELETON = Path(__file__).parent / "detectors" / "skeleton"
"""The files of a detector as they begin, with NAME for its id; their place in the tree is their path."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.new_detector", description=__doc__)
    parser.add_argument("name", help="what the detector finds, in snake_case: the name of its file and its id")
    name = parser.parse_args().name
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
        parser.error(f"{name} is not in snake_case")
    if (ROOT / "graphkit" / "detectors" / f"{name}.py").exists():
        parser.error(f"graphkit/detectors/{name}.py is there already")
    for path in [*_written(name), *_entered(name)]:
        print(f"wrote {path.relative_to(ROOT)}")
    print(f"next: python -m pytest -q tests/detectors/test_{{complete,cases,edges}}.py -k {name}")
    return 0


def _written(name: str) -> list[Path]:
    written = []
    for source in sorted(path for path in SKELETON.rglob("*") if path.is_file()):
        place = ROOT / str(source.relative_to(SKELETON)).replace("NAME", name).removesuffix(".skeleton")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(source.read_text(encoding="utf-8").replace("NAME", name), encoding="utf-8")
        written.append(place)
    return written


def _entered(name: str) -> list[Path]:
    """Enter it where every detector is: the tuple, its needs and numbers, what is planted and drawn, the README."""
    return [
        _changed("graphkit/detectors/__init__.py", lambda text: _in_the_tuple(text, name)),
        _changed("tests/detectors/edges/needs.csv", lambda text: _in_the_needs(text, name)),
        _changed("tests/detectors/reaches.toml", lambda text: _in_the_reaches(text, name)),
        _changed("tests/detectors/test_numbers.py", lambda text: _in_the_numbers(text, name)),
        _changed("graphkit/simulate/simulator.py", lambda text: _planted(text, name)),
        _changed("graphkit/simulate/labels.py", lambda text: _labelled(text, name)),
        _changed("tests/simulate/test_simulated_truth.py", lambda text: _in_the_groups(text, name)),
        _changed("tests/promises/markets/random_market.py", lambda text: _in_the_random_markets(text, name)),
        _changed("README.md", lambda text: _in_the_table(text, name)),
    ]


PLANTED_LAST = "        ]\n    )\n    # a number on the car says nothing"
DRAWN_LAST = "    tables = draft.loaded()\n"
LABELLED_LAST = "    }\n    rows = [vins.select"


def _changed(place: str, change: Callable[[str], str]) -> Path:
    path = ROOT / place
    before = path.read_text(encoding="utf-8")
    after = change(before)
    if after == before:
        raise SystemExit(f"{place} no longer looks as tests/new_detector.py expects it: mend _entered there")
    path.write_text(after, encoding="utf-8")
    return path


def _in_the_tuple(text: str, name: str) -> str:
    names = sorted({name, *re.findall(r"^    (\w+)\.DETECTOR,$", text, flags=re.MULTILINE)})
    imports, entries = ("".join(f"    {one}{end},\n" for one in names) for end in ("", ".DETECTOR"))
    text = re.sub(r"(from graphkit\.detectors import \(\n)(?:    \w+,\n)*", rf"\g<1>{imports}", text)
    return re.sub(r"(= \(\n)(?:    \w+\.DETECTOR,\n)*", rf"\g<1>{entries}", text)


def _in_the_needs(text: str, name: str) -> str:
    lines = text.splitlines(keepends=True)
    # after the header and every detector before it; a remark belongs to the line below it
    before = [at for at, line in enumerate(lines) if not at or (line[0] != "#" and line.split(",")[0] < name)]
    lines.insert(before[-1] + 1, f"{name},registrations,vin owner_id plated_on,registrations\n")
    return "".join(lines)


REASON = '{name} = "<write why its cars cannot matter here, or test it>"\n'


def _in_the_reaches(text: str, name: str) -> str:
    """A line for every look-alike but the one that the skeleton tests."""
    first, *sections = text.split("\n[")
    entered = []
    for section in sections:
        look_alike, *lines = section.rstrip("\n").splitlines(keepends=True)
        if look_alike.rstrip() != "declared_stock]":
            lines = sorted([*(line.rstrip("\n") + "\n" for line in lines), REASON.format(name=name)])
        entered.append("".join([look_alike, *lines]).rstrip("\n") + "\n")
    return "\n[".join([first, *entered])


NUMBERS = """    "NAME": {
        "weights": (0.5, 0.5),
        "floors": (10, 10, 0.1, 2.0),
        "settings": {"window_days": 30},
        "reference_rate": (0.05, 0.05),
        "judged": ("booking", "dealer", "rate", "experimental", "1"),
        "deduction": None,
    },
"""


def _in_the_numbers(text: str, name: str) -> str:
    entries = list(re.finditer(r'^    "(\w+)": \{\n(?:        .*\n)+    \},\n', text, flags=re.MULTILINE))
    if not entries:
        return text
    at = next((entry.start() for entry in entries if entry[1] > name), entries[-1].end())
    return text[:at] + NUMBERS.replace("NAME", name) + text[at:]


def _planted(text: str, name: str) -> str:
    block = re.search(r"from graphkit\.simulate import \(\n((?:    \w+,\n)*)\)", text)
    if block is None:
        return text
    names = sorted([*block[1].splitlines(keepends=True), f"    {name}_cars,\n"])
    text = text.replace(block[1], "".join(names), 1)
    return text.replace(PLANTED_LAST, f"            {name}_cars.{name}_cars(world),\n{PLANTED_LAST}")


def _labelled(text: str, name: str) -> str:
    label = f"""

def _{name}(lives: pl.DataFrame) -> pl.DataFrame:
    # <write which cars truly meet the rule: the columns are those of _lives>
    return lives.filter(pl.col("plated_on").is_null() & pl.col("plated_on").is_not_null())
"""
    return text.replace(LABELLED_LAST, f'        "{name}": _{name}(lives),\n{LABELLED_LAST}') + label


def _in_the_groups(text: str, name: str) -> str:
    block = re.search(r"^GROUPS = \{\n((?:    .*\n)*)\}", text, flags=re.MULTILINE)
    if block is None:
        return text
    return text.replace(block[1], "".join(sorted([*block[1].splitlines(keepends=True), f'    "{name}": 1,\n'])), 1)


def _in_the_random_markets(text: str, name: str) -> str:
    block = re.search(r"(?:^from tests\.promises\.markets\..*\n)+", text, flags=re.MULTILINE)
    if block is None or DRAWN_LAST not in text:
        return text
    imports = [*block[0].splitlines(keepends=True), f"from tests.promises.markets.random_{name} import draw_{name}\n"]
    text = text.replace(block[0], "".join(sorted(imports)), 1)
    return text.replace(DRAWN_LAST, f'    draw_{name}(draft.apart("{name}"))\n{DRAWN_LAST}', 1)


def _in_the_table(text: str, name: str) -> str:
    last = list(re.finditer(r"^\|.*\| `\w+` \|\n", text, flags=re.MULTILINE))[-1].end()
    return f"{text[:last]}| <write what it finds> | <write in which records> | `{name}` |\n{text[last:]}"


if __name__ == "__main__":
    sys.exit(main())
