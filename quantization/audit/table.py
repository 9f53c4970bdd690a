"""An audit as a table for people."""

from collections.abc import Iterable

from rich.table import Table

from quantization.audit.forms import FormAudit, counts, find_failures
from quantization.audit.layers import NumberFormat
from quantization.audit.report import default_files


def audit_table(audits: Iterable[FormAudit], *, architecture: str) -> Table:
    """Show one line per form.

    Args:
        audits: Of any models.
        architecture: For the title.
    """
    table = Table(
        title=f"What runs in which number format on {architecture}",
        caption="layers that calculate, by number format; quantized: convolutions and linear "
        "layers that the file quantizes, and how many of them run in int8; work: share of the "
        "multiply-adds in int8; a star: taken unasked",
    )
    table.add_column("form", no_wrap=True)
    for name in ("int8", "f16", "f32", "reorders", "quantized", "work"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("verdict")
    every = list(audits)
    model = ""
    for audit in every:
        if audit.model != model:
            table.add_section()
            table.add_row(f"[bold]{audit.model}[/bold]")
            model = audit.model
        taken = default_files(form.file for form in every if form.model == model)
        table.add_row(*_row(audit, default=audit.file in taken))
    return table


def _row(audit: FormAudit, *, default: bool) -> list[str]:
    numbers = counts(audit)
    share = numbers.get("int8_share_of_multiply_adds")
    return [
        audit.key + ("*" if default else ""),
        *(str(numbers[name]) for name in (NumberFormat.INT8, NumberFormat.F16, NumberFormat.F32)),
        str(audit.reorders),
        f"{audit.int8_products} of {audit.quantized}" if audit.quantized else "-",
        f"{share:.0%}" if isinstance(share, float) and audit.quantized else "-",
        "[red]fails[/red]" if find_failures(audit) else "ok",
    ]
