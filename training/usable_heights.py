"""Which face height is the smallest that the box can use, from the table of conditions."""

from collections.abc import Sequence

from training.conditions import CONDITIONS, NATIVE

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
    native = next(row for row in rows if row["condition"] == NATIVE.name)
    heights = {condition.name: condition.height_px for condition in CONDITIONS}

    def down_to(*columns: tuple[str, float]) -> float | None:
        usable = None
        sized = [(heights[str(row["condition"])], row) for row in rows]
        for height, row in sorted(
            ((height, row) for height, row in sized if height is not None), key=_first, reverse=True
        ):
            if not all(_holds(row.get(name), native.get(name), loss) for name, loss in columns):
                break
            usable = height
        return usable

    f1 = native.get("blink_f1")
    blink_loss = (1 - MIN_BLINK_SHARE) * f1 if isinstance(f1, float) else 0.0
    return {
        "expression_px": down_to(
            ("ferplus_majority6", MAX_ACCURACY_LOSS), ("diffusionfer_accuracy", MAX_ACCURACY_LOSS)
        ),
        "blinks_px": down_to(("blink_f1", blink_loss), ("press_blink_r", MAX_R_LOSS)),
        "jaw_px": down_to(("jaw_error", -MAX_JAW_LOSS), ("press_jaw_error", -MAX_JAW_LOSS)),
    }


def _holds(value: float | str | None, native: float | str | None, loss: float) -> bool:
    """Compare with the pictures' own size; a negative loss marks an error, which may grow."""
    if not isinstance(value, float) or not isinstance(native, float):
        return False
    return value <= native - loss if loss < 0 else value >= native - loss


def _first(pair: tuple[float, Row]) -> float:
    return pair[0]
