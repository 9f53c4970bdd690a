"""The figures for people; everything is simulated and says so."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

Figures = Mapping[str, Any]  # Any: a JSON object, whose members differ


def show(table: Figures) -> None:
    """Print the tables of an evaluation."""
    console = Console(width=150)
    for kind, policies in table["returns"].items():
        _show_returns(console, kind, policies, table)
    rows = Table(
        "learner, decisions", "below rules - 2 %: raw", "significantly", "worst", title="simulated"
    )
    for name, by_size in table["below_rules"].items():
        for size, one in by_size.items():
            rows.add_row(
                f"{name}, {size}", *(_told(one[key]) for key in ("raw", "significant", "worst"))
            )
    console.print(rows)
    rows = Table(
        "gated policy", "acting in null worlds", "acting in harmful", "vetoes in harmful",
        "precision (gain)", "precision (value)", "worst type, of scale", title="simulated",
    )  # fmt: skip
    for name, one in table["precision"].items():
        null, harm = (table["overrides"].get(kind, {}).get(name, {}) for kind in ("null", "harm"))
        rows.add_row(
            name,
            *(_told(value) for value in (null.get("acting"), harm.get("acting"))),
            _told(harm.get("vetoes")),
            _told(one["better_gain"]),
            _told(one["better_value"]),
            _told(table["worst_type"][name].get("worst_of_scale")),
        )
    console.print(rows)
    rows = Table("estimate", "truth", "told", "mean error", "near", "coverage", title="simulated")
    for name, one in {**table["robust"], **table["randomised_effects"]}.items():
        keys = ("truth", "estimate", "mean_error", "within", "coverage")
        rows.add_row(name, *(_told(one.get(key)) for key in keys))
    console.print(rows)
    rows = Table("what", "value", title="simulated, but for times")
    for name in (
        "scale",
        "silent_in_harmful",
        "halved_within_two_minutes",
        "oracles",
        "rules",
        "masks",
    ):
        rows.add_row(name.replace("_", " "), _told(table[name]))
    for name in ("fast_world", "seconds_a_world", "minutes", "processor_minutes"):
        rows.add_row(name.replace("_", " "), _told(table[name]))
    console.print(rows)


def _show_returns(console: Console, kind: str, policies: Figures, table: Figures) -> None:
    rows = Table(
        "policy", "return", "95 %", "ahead of rules", "95 %", "share of the gap", "shown a lesson",
        title=f"{kind} worlds ({table['worlds'][kind]}), per lesson, simulated",
    )  # fmt: skip
    for name, one in policies.items():
        ahead = one.get("ahead_of_rules", {})
        gap = table["gap_share"].get(name, {}) if kind == "normal" else {}
        rows.add_row(
            name,
            _told(one["mean"]),
            _told(one.get("interval")),
            _told(ahead.get("mean")),
            _told(ahead.get("interval")),
            _told(gap.get("share")),
            _told(one.get("shown")),
        )
    console.print(rows)


def _told(value: object) -> str:
    match value:
        case None:
            return ""
        case float():
            return f"{value:.3f}"
        case list():
            return " to ".join(_told(one) for one in value)
        case dict():
            return ", ".join(f"{name} {_told(one)}" for name, one in value.items())
        case _:
            return str(value)
