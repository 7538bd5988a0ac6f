"""What clears a car in one detector does not accuse it in the next: no look-alike is silent about any detector."""

import tomllib
from pathlib import Path

import pytest

from graphkit import look_alikes
from graphkit.detectors import DETECTORS

SAID = tomllib.loads((Path(__file__).parent / "reaches.toml").read_text(encoding="utf-8"))
LOOK_ALIKES = sorted(path.stem for path in Path(look_alikes.__path__[0]).glob("*.py") if path.stem != "__init__")


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda detector: detector.id)
@pytest.mark.parametrize("look_alike", LOOK_ALIKES)
def test_a_look_alike_is_tested_or_its_absence_has_a_reason(look_alike: str, detector) -> None:
    why = SAID.get(look_alike, {}).get(detector.id)
    if look_alike in detector.look_alike_ids:
        assert why is None, f"{detector.id} tests {look_alike}: take the line out of tests/detectors/reaches.toml"
    else:
        assert why, (
            f'say in tests/detectors/reaches.toml, [{look_alike}], why its cars cannot matter: {detector.id} = "…"'
        )


def test_reasons_are_about_what_there_is() -> None:
    assert sorted(SAID) == LOOK_ALIKES, "tests/detectors/reaches.toml has a section of each file of look_alikes/"
    known = {detector.id for detector in DETECTORS}
    assert all(set(of) <= known for of in SAID.values())
