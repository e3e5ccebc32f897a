"""The bench of many connections, with few: all that it counts holds, and nothing that it makes is refused."""

import pytest

from tests.bench import many
from tests.bench.figures import Figure


def test_what_is_overdue_among_few_is_worked_off_in_order_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, size in {"FEW": 20, "MANY": 200, "LATE": 130, "TIMES": 1}.items():
        monkeypatch.setattr(many, name, size)

    counted = [each for each in many.BENCH.measure(False) if isinstance(each, Figure) and not each.unit]

    assert [(figure.name.strip(), figure.value) for figure in counted][:4] == [
        ("sweeps until 130 overdue have been rung for", 3),
        ("of these rung for twice or not at all", 0),
        ("out of the order of their age", 0),
        ("at the same moment as another one", 0),
    ]
