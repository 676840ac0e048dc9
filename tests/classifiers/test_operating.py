import numpy as np
import pytest

from cxmining.classifiers.operating import FILE, HeldOut, OperatingPoint
from cxmining.errors import ModelError, UsageError


@pytest.fixture
def held_out():
    rng = np.random.default_rng(0)
    scores = rng.random((500, 3)).astype(np.float16).astype(np.float32)
    return HeldOut(scores, rng.random((500, 3)) < scores, rng.random((500, 3)) < 0.95)


def test_higher_precision_gives_less_and_higher_recall_gives_more(held_out):
    def given(point):
        return (held_out.scores >= point.thresholds(held_out)).sum()

    assert given(OperatingPoint("precision", 0.9)) < given(OperatingPoint("precision", 0.6))
    assert given(OperatingPoint("recall", 0.9)) > given(OperatingPoint("recall", 0.6))
    assert given(OperatingPoint("misses", 0.05)) > given(OperatingPoint("misses", 0.3))


def test_what_was_saved_is_read_back(held_out, tmp_path):
    held_out.save(tmp_path)
    again = HeldOut.load(tmp_path, 3)
    np.testing.assert_array_equal(again.scores, held_out.scores)
    np.testing.assert_array_equal(again.known, held_out.known)


def test_missing_damaged_and_foreign_files_are_refused(held_out, tmp_path):
    with pytest.raises(ModelError, match="missing"):
        HeldOut.load(tmp_path, 3)
    held_out.save(tmp_path)
    with pytest.raises(ModelError, match="do not fit"):
        HeldOut.load(tmp_path, 4)
    (tmp_path / FILE).write_bytes((tmp_path / FILE).read_bytes()[:50])
    with pytest.raises(ModelError, match="damaged"):
        HeldOut.load(tmp_path, 3)


@pytest.mark.parametrize("target", [0.0, 1.0, -1.0])
def test_targets_out_of_range_are_refused(target):
    with pytest.raises(UsageError, match="between 0 and 1"):
        OperatingPoint("recall", target)
