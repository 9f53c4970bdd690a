"""Shards are kept on disk, and how their students are seen can be told again."""

from pathlib import Path

import numpy as np

from appliance.domain.tokens import PoseColumn, pose_column
from training.fusion.recipe import Args
from training.fusion.shards import circumstances, load_shard


def test_whoever_is_nominal_loses_nothing(tmp_path: Path) -> None:
    """Each body of theirs is seen in every token; of the others, some are missed."""
    args = Args(work=tmp_path, students=40, minutes=0.2, shards=1)
    lesson = load_shard(args, 0)
    nominal = circumstances(args, 0).losses == 0

    seen = lesson.pose[:, :, pose_column(PoseColumn.POSE_PRESENT)].min(axis=1)
    rate = lesson.pose[:, -1, pose_column(PoseColumn.POSE_RATE)]
    assert 0.4 < nominal.mean() < 0.9
    assert seen[nominal].min() == 1
    assert rate[nominal].min() > rate[~nominal].min()


def test_a_shard_is_made_once(tmp_path: Path) -> None:
    """The second time it is read, and is the same."""
    args = Args(work=tmp_path, students=4, minutes=0.1, shards=1)
    made = load_shard(args, 0)
    (file,) = tmp_path.iterdir()
    made_at = file.stat().st_mtime_ns
    read = load_shard(args, 0)

    assert file.stat().st_mtime_ns == made_at
    np.testing.assert_array_equal(made.face, read.face)
    np.testing.assert_array_equal(made.states, read.states)
