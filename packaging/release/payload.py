"""The folder of one version: a virtual environment that was laid out without running its Python."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from release.targets import Target

LOCK = Path(__file__).parents[1] / "requirements.lock"

NOT_NEEDED = (
    "pip",  # sqlite-utils asks for it to install plugins; a box installs nothing
    "pip-*.dist-info",
    "*.dist-info/RECORD",  # names what is left out, and the builder's Python; dpkg keeps sums
    "bin",  # of the wheels: commands for developers
    "numpy/**/tests",
    "numpy/f2py",
    "numpy/_core/include",
    "numpy/_core/lib",
    "onnxruntime/quantization",
    "onnxruntime/tools",
    "onnxruntime/transformers",
    "onnxruntime/datasets",
    "openvino/include",
    "openvino/cmake",
    "openvino/tools",
    "openvino/frontend/jax",
    "openvino/frontend/paddle",
    "openvino/frontend/pytorch",
    "openvino/frontend/tensorflow",
    "openvino/libs/*_gpu_plugin.so",  # the box computes on the processor
    "openvino/libs/*_npu_plugin.so",
    "openvino/libs/cache.json",  # kernels of the graphics processor
    "openvino/libs/libopenvino_gguf_frontend.so*",  # models are OpenVINO's own format
    "openvino/libs/libopenvino_jax_frontend.so*",
    "openvino/libs/libopenvino_onnx_frontend.so*",
    "openvino/libs/libopenvino_paddle_frontend.so*",
    "openvino/libs/libopenvino_pytorch_frontend.so*",
    "openvino/libs/libopenvino_tensorflow_frontend.so*",
    "openvino/libs/libopenvino_tensorflow_lite_frontend.so*",
)
"""Left out of what the wheels bring: half of the volume that nothing here opens."""

START = """from appliance.__main__ import main

main()
"""
"""``/usr/bin/classbox`` runs it with the Python that lies beside it."""

PYVENV = """home = /usr/bin
include-system-site-packages = false
version = {version}
executable = /usr/bin/{interpreter}
"""


def lay_out(folder: Path, target: Target, wheel: Path) -> Path:
    """Fill a folder with the box and all that it needs; return its ``site-packages``.

    Args:
        folder: Becomes ``/opt/classbox/versions/VERSION`` at installation.
        target: Whose wheels are taken, by the hashes of the lock.
        wheel: The box itself.
    """
    site = folder / "lib" / target.interpreter / "site-packages"
    _install(site, target)
    with zipfile.ZipFile(wheel) as box:
        box.extractall(site)
    for pattern in NOT_NEEDED:
        for path in list(site.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    programs = folder / "bin"
    programs.mkdir()
    (programs / "python3").symlink_to(f"/usr/bin/{target.interpreter}")
    (programs / "classbox").write_text(START, encoding="utf-8")
    version = ".".join(map(str, target.release.python))
    text = PYVENV.format(version=version, interpreter=target.interpreter)
    (folder / "pyvenv.cfg").write_text(text, encoding="utf-8")
    return site


def build_wheel(root: Path, folder: Path) -> Path:
    """Build the wheel of the box from the clone at ``root``, with the tools of this Python."""
    # setuptools keeps there what an earlier build took, files that are gone from the clone too.
    shutil.rmtree(root / "build" / "lib", ignore_errors=True)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation"]
    subprocess.run([*command, "--outdir", str(folder), str(root)], check=True, capture_output=True)
    (wheel,) = folder.glob("classbox-*.whl")
    return wheel


def _install(site: Path, target: Target) -> None:
    """Unpack the lock's wheels for another machine; pip runs here and nothing is compiled."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--no-compile", "--only-binary", ":all:", "--target", str(site)]
    command += ["--python-version", ".".join(map(str, target.release.python))]
    command += ["--implementation", "cp", "--root-user-action", "ignore"]
    for tag in target.platform_tags():
        command += ["--platform", tag]
    subprocess.run([*command, "--require-hashes", "--requirement", str(LOCK)], check=True)
