"""Model folders with models of a few bytes, for tests of what happens around inference."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from tests.support.onnx_bytes import doubling_model

MANIFEST = """name = "{name}"
version = "1"
[inputs.x]
dtype = "f32"
shape = [1, 3]
[outputs.y]
dtype = "f32"
shape = [1, 3]
"""

ENTRY = """[files.{backend}_{precision}]
path = "{path}"
backend = "{backend}"
precision = "{precision}"
sha256 = "{sha256}"
{more}
"""


def write_model(
    models: Path, name: str, forms: Mapping[str, bytes] | None = None, *, more: str = ""
) -> Path:
    """Write one model folder.

    Args:
        models: Folder of all models.
        name: Of the model.
        forms: File by form, such as ``"onnx f32"``; by default y = 2 x in f32 on both run times.
        more: Lines for the entries of all int8 forms.
    """
    if forms is None:
        forms = dict.fromkeys(("openvino f32", "onnx f32"), doubling_model())
    folder = models / name
    folder.mkdir(parents=True)
    text = MANIFEST.format(name=name)
    for form, data in forms.items():
        backend, precision = form.split()
        path = f"{backend}_{precision}.onnx"
        (folder / path).write_bytes(data)
        text += ENTRY.format(
            path=path,
            backend=backend,
            precision=precision,
            sha256=hashlib.sha256(data).hexdigest(),
            more=more if precision == "int8" else "",
        )
    (folder / "manifest.toml").write_text(text, encoding="utf-8")
    return folder
