"""Lowering audit: what of a model file really runs in which number format, and when to refuse it.

INT8 is not faster by itself. A run time may execute a quantized layer in float, or pay for eight
bits with conversions between them, and says nothing. So each file is loaded as the box loads it,
and the layers of the executed graph are counted.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from appliance.domain.models import Backend, ModelFile, Precision
from appliance.errors import ModelLoadError
from appliance.inference.library import EngineChoice, ModelLibrary
from appliance.inference.manifest import read_manifest
from quantization.audit.layers import ExecutedLayer, Lowering, NumberFormat, Role
from quantization.audit.onnx_graph import audit_onnx
from quantization.audit.openvino_graph import audit_openvino

# Of the products (convolutions, linear layers) that a file quantizes, by count. What a recipe
# leaves in float on purpose has no quantization around it and does not count against the form.
# The shipped encoders reach 1.0 on both run times on x86-64; one layer in twenty, such as a
# head that is not worth it, may fall back.
MIN_INT8_SHARE = 0.95

# Layout changes and conversions per quantized product; at the bound a form passes. Measured on
# the shipped encoders on x86-64: .46 and 2.84. OpenVINO fuses conversions into its kernels, so one
# for each product is a sign of trouble. ONNX Runtime has no SiLU in eight bits and converts three
# times around each: to float for both of its factors, and back.
MAX_REORDERS_PER_LAYER = MappingProxyType({Backend.OPENVINO: 1.0, Backend.ONNX: 3.5})


@dataclass(frozen=True, slots=True, kw_only=True)
class FormAudit:
    """What one form of one model really runs as, on this processor."""

    model: str
    """Folder name."""

    file: ModelFile
    """The form."""

    lowering: Lowering
    """What was asked, and what is executed."""

    @property
    def key(self) -> str:
        """Name of the form in the manifest and in ``report.json``."""
        return f"{self.file.backend}_{self.file.precision}"

    @property
    def quantized(self) -> int:
        """Products that the file quantizes."""
        return sum(product.quantized for product in self.lowering.planned)

    @property
    def int8_products(self) -> int:
        """Products that run in INT8."""
        return _products(self.lowering)[NumberFormat.INT8]

    @property
    def int8_share(self) -> float:
        """Share of the quantized products that run in INT8, in [0, 1]; 0 if none is quantized.

        ONNX Runtime may quantize the weights of one more product than the file does, where all
        around it is in eight bits already.
        """
        return min(1.0, self.int8_products / self.quantized) if self.quantized else 0.0

    @property
    def reorders(self) -> int:
        """Layers that only change layout or number format."""
        return sum(layer.role is Role.REORDER for layer in self.lowering.executed)

    @property
    def reorders_per_layer(self) -> float:
        """Reorders for each quantized product; 0 if none is quantized."""
        return self.reorders / self.quantized if self.quantized else 0.0


def audit_form(folder: Path, file: ModelFile) -> FormAudit:
    """Load one form as the box does and count what it runs.

    Args:
        folder: Model folder with its manifest.
        file: One of the manifest's forms.

    Raises:
        ModelLoadError: The folder is not as its manifest says, or the run time refuses the file.
    """
    if file.backend is Backend.ONNX:
        # Loading proves the file; the session that saves its graph is made apart.
        _load(folder, file)
        return FormAudit(model=folder.name, file=file, lowering=audit_onnx(file.path))
    # Private, but the very model that the box would run, options and all.
    compiled = _load(folder, file)._compiled  # type: ignore[attr-defined]  # noqa: SLF001
    return FormAudit(model=folder.name, file=file, lowering=audit_openvino(file.path, compiled))


def audit_folder(folder: Path, *, say: Callable[[str], object] = str) -> list[FormAudit]:
    """Audit every form of a model folder, in the manifest's order.

    Args:
        folder: Model folder.
        say: Called with one line per form.

    Raises:
        ModelLoadError: As ``audit_form``.
    """
    audits = []
    for file in read_manifest(folder).files:
        say(f"{folder.name}: {file.backend} {file.precision}")
        audits.append(audit_form(folder, file))
    return audits


def find_failures(audit: FormAudit) -> list[str]:
    """Return one line per promise that a form breaks; none for a form that is lowered well."""
    name = f"{audit.model} {audit.key}"
    if audit.file.precision is not Precision.INT8:
        if audit.int8_products:
            return [f"{name}: int8 layers: {audit.int8_products}, a float form has none"]
        return []
    if not audit.quantized:
        return [f"{name}: no layer of the file is quantized"]
    failures = []
    if audit.int8_share < MIN_INT8_SHARE:
        failures.append(
            f"{name}: {audit.int8_products} of {audit.quantized} quantized layers run in int8 "
            f"({audit.int8_share:.2f}, at least {MIN_INT8_SHARE})"
        )
    limit = MAX_REORDERS_PER_LAYER[audit.file.backend]
    if audit.reorders_per_layer > limit:
        failures.append(
            f"{name}: {audit.reorders} reorders around {audit.quantized} quantized layers "
            f"({audit.reorders_per_layer:.2f} for each, at most {limit})"
        )
    return failures


def check_lowering(audits: Iterable[FormAudit]) -> None:
    """Refuse forms that do not run as they promise; for build recipes.

    Raises:
        ModelLoadError: Some form breaks a promise; the message names each.
    """
    failures = [line for audit in audits for line in find_failures(audit)]
    if failures:
        raise ModelLoadError("; ".join(failures))


def counts(audit: FormAudit) -> dict[str, object]:
    """Return what ``report.json`` says about a form."""
    table = _counts(audit.lowering)
    if audit.quantized:
        table["quantized"] = {
            "layers": audit.quantized,
            "in_int8": audit.int8_products,
            "share": round(audit.int8_share, 4),
            "reorders_per_layer": round(audit.reorders_per_layer, 4),
        }
    if failures := find_failures(audit):
        table["failures"] = failures
    return table


def _load(folder: Path, file: ModelFile) -> object:
    library = ModelLibrary(folder.parent, lanes=1)
    choice = EngineChoice(file.backend.value)
    return library.load(folder.name, choice=choice, precision=file.precision)


def _products(lowering: Lowering) -> Counter[NumberFormat]:
    layers = lowering.executed
    return Counter(layer.number_format for layer in layers if layer.role is Role.PRODUCT)


def _counts(lowering: Lowering) -> dict[str, object]:
    calculating = [
        layer for layer in lowering.executed if layer.role in {Role.PRODUCT, Role.ARITHMETIC}
    ]
    formats = Counter(layer.number_format for layer in calculating)
    products = _products(lowering)
    table: dict[str, object] = {str(name): formats[name] for name in NumberFormat}
    table["reorders"] = sum(layer.role is Role.REORDER for layer in lowering.executed)
    table["products"] = {str(name): products[name] for name in NumberFormat if products[name]}
    share = _int8_share_of_multiply_adds(lowering)
    if share is not None:
        table["int8_share_of_multiply_adds"] = round(share, 4)
    table["by_type"] = _by_type(lowering.executed)
    primitives = Counter(layer.primitive for layer in calculating if layer.primitive)
    if primitives:
        table["primitives"] = dict(sorted(primitives.items()))
    return table


def _by_type(layers: Iterable[ExecutedLayer]) -> dict[str, dict[str, int]]:
    kinds = Counter((layer.kind, str(layer.number_format)) for layer in layers)
    table: dict[str, dict[str, int]] = {}
    for (kind, number_format), count in sorted(kinds.items()):
        table.setdefault(kind, {})[number_format] = count
    return table


def _int8_share_of_multiply_adds(lowering: Lowering) -> float | None:
    """Of all that the model multiplies and adds; None where some size is unknown."""
    total = [product.multiply_adds for product in lowering.planned]
    eight = [
        layer.multiply_adds
        for layer in lowering.executed
        if layer.role is Role.PRODUCT and layer.number_format is NumberFormat.INT8
    ]
    known = [size for size in (*total, *eight) if size is not None]
    if len(known) < len(total) + len(eight) or not any(known):
        return None
    return sum(known[len(total) :]) / sum(known[: len(total)])
