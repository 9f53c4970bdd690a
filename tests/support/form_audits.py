"""Valid audits of a model's form; each test moves one thing."""

from pathlib import Path

from appliance.domain.models import Backend, ModelFile, Precision
from quantization.audit.forms import FormAudit
from quantization.audit.layers import ExecutedLayer, Lowering, NumberFormat, PlannedProduct, Role


def form(
    *,
    precision: Precision = Precision.INT8,
    backend: Backend = Backend.OPENVINO,
    quantized: int = 20,
    left_in_float: int = 0,
    int8: int = 20,
    reorders: int = 0,
) -> FormAudit:
    """Make the audit of a form with so many layers."""
    planned = [PlannedProduct(quantized=True, multiply_adds=10)] * quantized
    planned += [PlannedProduct(quantized=False, multiply_adds=10)] * left_in_float
    layers = [
        ExecutedLayer(
            kind="Convolution",
            role=Role.PRODUCT,
            number_format=NumberFormat.INT8,
            multiply_adds=10,
        )
    ] * int8
    layers += [
        ExecutedLayer(kind="Convolution", role=Role.PRODUCT, number_format=NumberFormat.F32)
    ] * (quantized + left_in_float - int8)
    layers += [
        ExecutedLayer(kind="Reorder", role=Role.REORDER, number_format=NumberFormat.INT8)
    ] * reorders
    return FormAudit(
        model="edges",
        file=ModelFile(backend=backend, precision=precision, path=Path("model")),
        lowering=Lowering(planned=tuple(planned), executed=tuple(layers)),
    )
