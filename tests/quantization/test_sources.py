"""Sources are what their hash says, or nothing."""

import hashlib
from pathlib import Path

import pytest

from appliance.errors import ModelLoadError
from quantization.sources import Registry, Source, fetch

CONTENT = b"weights"


def source(sha256: str) -> Source:
    """Build a source of a package that exists nowhere."""
    return Source(
        registry=Registry.PYPI,
        package="classbox-no-such-package",
        version="1.0",
        member="models/weights.tflite",
        sha256=sha256,
        licence="Apache-2.0",
    )


def keep(cache: Path, sha256: str, content: bytes) -> Path:
    """Put a file into the cache under a hash."""
    kept = cache / sha256 / "weights.tflite"
    kept.parent.mkdir()
    kept.write_bytes(content)
    return kept


def test_a_kept_file_needs_no_network(tmp_path: Path) -> None:
    """Fetched once, used for ever."""
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    kept = keep(tmp_path, sha256, CONTENT)

    assert fetch(source(sha256), tmp_path) == kept


def test_an_altered_file_is_refused_and_removed(tmp_path: Path) -> None:
    """The message has both hashes, and the next try fetches again."""
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    kept = keep(tmp_path, sha256, b"something else")

    with pytest.raises(ModelLoadError, match=rf"expected sha256 {sha256}, got"):
        fetch(source(sha256), tmp_path)
    assert not kept.exists()
