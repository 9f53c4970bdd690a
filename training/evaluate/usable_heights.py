"""Which face height is the smallest that the box can use, from the table of conditions."""

from collections.abc import Sequence

from training.datasets.degradations import CONDITIONS, NATIVE

# A height is usable when nothing is lost that the box tells apart at the pictures' own size.
MAX_ACCURACY_LOSS = 0.05
MIN_BLINK_SHARE = 0.9  # of the F1 at their own size
MAX_R_LOSS = 0.05  # correlation of the blink score on single faces
MAX_JAW_LOSS = 0.02  # mean absolute error beyond that at their own size

Row = dict[str, float | str | None]
"""One row of a table: a name and numbers, None where there is nothing to measure."""


def usable_heights(rows: Sequence[Row]) -> dict[str, float | None]:
    """Return the smallest height, pixels, from which on expression, blinks and jaw hold.

    A height counts only when all larger ones hold, too; None when none does.
    """
    by_name = {row["condition"]: row for row in rows}
    native = by_name[NATIVE.name]
    sized = [
        (condition.height_px, by_name[condition.name])
        for condition in CONDITIONS[::-1]  # heights ascend there
        if condition.height_px is not None
    ]

    def down_to(**limits: float | None) -> float | None:
        usable = None
        for height, row in sized:
            if not all(_holds(row[name], limit, name) for name, limit in limits.items()):
                break
            usable = height
        return usable

    def beside(name: str, *, share: float = 1.0, off: float = 0.0) -> float | None:
        value = native[name]
        return value * share + off if isinstance(value, float) else None

    return {
        "expression_px": down_to(
            ferplus_majority6=beside("ferplus_majority6", off=-MAX_ACCURACY_LOSS),
            diffusionfer_accuracy=beside("diffusionfer_accuracy", off=-MAX_ACCURACY_LOSS),
        ),
        "blinks_px": down_to(
            blink_f1=beside("blink_f1", share=MIN_BLINK_SHARE),
            press_blink_r=beside("press_blink_r", off=-MAX_R_LOSS),
        ),
        "jaw_px": down_to(
            jaw_error=beside("jaw_error", off=MAX_JAW_LOSS),
            press_jaw_error=beside("press_jaw_error", off=MAX_JAW_LOSS),
        ),
    }


def _holds(value: float | str | None, limit: float | None, name: str) -> bool:
    """An error may be at most its limit, everything else must be at least it."""
    if not isinstance(value, float) or limit is None:
        return False
    return value <= limit if name.endswith("_error") else value >= limit
