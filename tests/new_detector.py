"""``python -m tests.new_detector plated_to_dealer``: the skeleton of a detector, red until it is written."""

import argparse
import re
import sys
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
    print(f"next: python -m pytest tests/detectors/test_complete.py -k {name}")
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
    """The lists that every detector is in: the tuple, and the first table of the README."""
    tuple_, readme = ROOT / "graphkit" / "detectors" / "__init__.py", ROOT / "README.md"
    text = tuple_.read_text(encoding="utf-8")
    names = sorted({name, *re.findall(r"^    (\w+)\.DETECTOR,$", text, flags=re.MULTILINE)})
    imports = "".join(f"    {one},\n" for one in names)
    entries = "".join(f"    {one}.DETECTOR,\n" for one in names)
    text = re.sub(r"(from graphkit\.detectors import \(\n)(?:    \w+,\n)*", rf"\g<1>{imports}", text)
    text = re.sub(r"(= \(\n)(?:    \w+\.DETECTOR,\n)*", rf"\g<1>{entries}", text)
    tuple_.write_text(text, encoding="utf-8")
    rows = list(re.finditer(r"^\| `\w+` \|.*\n", readme.read_text(encoding="utf-8"), flags=re.MULTILINE))
    end, text = rows[-1].end(), readme.read_text(encoding="utf-8")
    row = f"| `{name}` | <write what it finds> | <write in which records> |\n"
    readme.write_text(text[:end] + row + text[end:], encoding="utf-8")
    return [tuple_, readme]


if __name__ == "__main__":
    sys.exit(main())
