"""A bundle for MediaPipe Tasks is packed from plain TFLite files."""

import sys

import pytest

from appliance.errors import MissingProgramError
from quantization.build.mediapipe_bundle import add_normalisation, members
from quantization.measure.box import Variant


@pytest.mark.parametrize("variant", Variant)
def test_a_bundle_holds_a_detector_and_the_asked_landmarks(variant: Variant) -> None:
    """Under the names that MediaPipe looks for, each with its own range of inputs."""
    detector, landmarks = members(variant)

    assert (detector.name, detector.recipe) == ("pose_detector.tflite", "pose_detector")
    assert landmarks.name == "pose_landmarks_detector.tflite"
    assert landmarks.recipe == f"pose_landmark_{variant}"
    assert [(x - detector.mean) / detector.std for x in (0, 255)] == [-1, 1]
    assert [(x - landmarks.mean) / landmarks.std for x in (0, 255)] == [0, 1]


def test_without_mediapipe_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its schemas are needed."""
    monkeypatch.setitem(sys.modules, "mediapipe", None)

    with pytest.raises(MissingProgramError, match=r"pip install 'classbox\[mediapipe\]'"):
        add_normalisation(b"", mean=0.0, std=255.0)


def test_the_normalisation_is_added_and_the_rest_left_alone() -> None:
    """MediaPipe's own schemas read it back."""
    schemas = "mediapipe.tasks.metadata"
    tflite = pytest.importorskip(
        f"{schemas}.schema_py_generated", reason="needs classbox[mediapipe]"
    )
    metadata = pytest.importorskip(f"{schemas}.metadata_schema_py_generated")
    flatbuffers = pytest.importorskip("flatbuffers")
    weights = tflite.BufferT()
    weights.data = [1, 2, 3]
    model = tflite.ModelT()
    model.version, model.buffers = 3, [tflite.BufferT(), weights]
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")

    packed = add_normalisation(bytes(builder.Output()), mean=127.5, std=63.75)

    assert packed[4:8] == b"TFL3"
    back = tflite.ModelT.InitFromPackedBuf(packed, 0)
    assert list(back.buffers[1].data) == [1, 2, 3]
    (entry,) = back.metadata
    assert entry.name == b"TFLITE_METADATA"
    described = metadata.ModelMetadataT.InitFromPackedBuf(bytes(back.buffers[entry.buffer].data), 0)
    (unit,) = described.subgraphMetadata[0].inputTensorMetadata[0].processUnits
    assert (list(unit.options.mean), list(unit.options.std)) == ([127.5], [63.75])
