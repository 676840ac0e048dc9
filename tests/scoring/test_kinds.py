import datetime
import json
from decimal import Decimal

import pyarrow as pa
import pytest

from cxmining.scoring.kinds import ARROW, as_json, column, kind_of, note

DAY = datetime.date(2026, 1, 2)
MOMENT = datetime.datetime(2026, 1, 2, 3, 4, 5)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, "null"), ("x", "string"), (True, "bool"), (3, "int"), (2**60, "bigint"), (2**70, "string"),
        (0.5, "float"),
        (float("nan"), "null"), (DAY, "date"), (MOMENT, "datetime"), (MOMENT.replace(tzinfo=datetime.UTC), "string"),
        (Decimal("1.5"), "string"), ([1], "string"), (b"x", "string"),
    ],
)  # fmt: skip
def test_kind_of(value, kind):
    assert kind_of(value) == kind


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([None, 3], "int"), ([3, 0.5], "float"), ([3, 2**60], "bigint"), ([2**60, 0.5], "string"),
        ([True, 3], "string"),
        ([DAY, MOMENT], "string"), ([DAY, None], "date"), ([1, "x", 2], "string"), ([None], "null"),
    ],
)  # fmt: skip
def test_columns_widen(values, kind):
    kinds = {}
    for value in values:
        note(kinds, {"c": value})
    assert kinds == {"c": kind}


@pytest.mark.parametrize("value", [None, "x", True, 3, 2**60, 0.5, DAY, MOMENT])
def test_values_come_back_typed(value):
    back = json.loads(as_json({"c": value}))["c"]
    made = column([back, None], kind_of(value))
    assert made.type == ARROW[kind_of(value)]
    assert made.to_pylist() == [value, None]


def test_what_json_does_not_have():
    assert json.loads(as_json({"a": float("inf"), "b": {"c": [float("nan")]}})) == {"a": None, "b": {"c": [None]}}
    assert json.loads(as_json({"a": Decimal("1.50"), "b": b"\xff", "c": datetime.time(1, 2)})) == {
        "a": "1.50",
        "b": "\ufffd",
        "c": "01:02:00",
    }


def test_a_mixed_column_is_text():
    assert column([2**60 + 1, 0.5, True, "x", {"deep": [1]}, None], "string").to_pylist() == [
        str(2**60 + 1), "0.5", "true", "x", '{"deep": [1]}', None,
    ]  # fmt: skip
    assert column([1, 0.5], "float").type == pa.float64()
