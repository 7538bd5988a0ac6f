"""Day first or month first: decided for a whole file, or asked about."""

import pytest

from graphkit.tables.date_order import UNDECIDED, date_order


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (["04/05/2024", "25/03/2024"], "dmy"),
        (["04/05/2024", "03/25/2024"], "mdy"),
        (["13/12/2024"], "dmy"),
        (["12/13/2024"], "mdy"),
        (["12/12/2024", "01/02/2024"], UNDECIDED),
        (["25/03/2024", "03/25/2024"], UNDECIDED),
        (["25-03-2024 10:00", "04-05-2024 11:00"], "dmy"),
        (["04.05.2024"], "dmy"),
        (["4.5.2024 10:30:00"], "dmy"),
        (["03.25.2024"], "mdy"),
        (["2024-05-04", "2024/5/4", "20240504", "4 May 2024", "04-May-2024", "45296", "-", ""], None),
        (["2024-05-04", "04/05/2024"], UNDECIDED),
        (["25.03.24", "26.03.24"], "dmy"),
        (["24.03.25", "24.03.26"], UNDECIDED),
        (["1.5", "12.5"], None),
        ([], None),
    ],
)
def test_one_day_above_12_or_points_decide_the_order_for_the_file(cells: list[str], order: str | None) -> None:
    assert date_order(cells) == order
