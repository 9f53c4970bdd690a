"""Recordings are found by what their windows share."""

from pathlib import Path

import numpy as np
import pytest

from appliance.domain.arrays import Float64Array
from appliance.errors import ConfigError
from training.datasets.rldd import find_borders, join_blinks, read_rldd


def windows_of(blinks: Float64Array, *, count: int) -> Float64Array:
    """Cut (B, 4) blinks into windows of 30, two blinks apart."""
    return np.array([blinks[2 * one : 2 * one + 30] for one in range(count)])


def test_a_border_is_where_windows_stop_sharing_blinks() -> None:
    """Two recordings of the same label and fold are still told apart."""
    rng = np.random.default_rng(1)
    both = np.concatenate(
        [
            windows_of(rng.normal(size=(34, 4)), count=3),
            windows_of(rng.normal(size=(32, 4)), count=2),
        ]
    )
    same = np.zeros(5, dtype=np.intp)

    assert find_borders(both, same, same).tolist() == [True, False, False, True, False]


def test_a_border_is_where_the_label_or_the_fold_changes() -> None:
    """Even if blinks are shared by chance."""
    windows = windows_of(np.zeros((36, 4)), count=4)
    label, fold = np.array([0, 5, 5, 5]), np.array([1, 1, 1, 2])

    assert find_borders(windows, label, fold).tolist() == [True, True, False, True]


def test_blinks_are_joined_each_once() -> None:
    """Windows overlap by all but two."""
    blinks = np.random.default_rng(2).normal(size=(34, 4))

    assert join_blinks(windows_of(blinks, count=3)) == pytest.approx(blinks)


def test_a_file_round_trips(tmp_path: Path) -> None:
    """Recordings are numbered in the order of the file."""
    windows = windows_of(np.random.default_rng(3).normal(size=(34, 4)), count=3)
    path = tmp_path / "blinks.npz"
    np.savez(path, windows=windows.astype(np.float32), label=[0, 0, 10], fold=[1, 1, 1])

    assert read_rldd(path).recording.tolist() == [0, 0, 1]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The message says which file."""
    with pytest.raises(ConfigError, match=r"none\.npz: cannot read the blink windows"):
        read_rldd(tmp_path / "none.npz")
