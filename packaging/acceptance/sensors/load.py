"""Does one decider hold a fleet? ``python -m acceptance.sensors.load --seats 500 --minutes 10``.

As ``classbox bench --sensors``, with twenty seats for each sensor. Exit status 1 where a limit is
not kept.
"""

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from appliance.commands.bench.sensors.load import LoadOptions, measure_load, show_load

SEATS_OF_A_SENSOR = 20


def main() -> int:
    """Run it; see the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seats", type=int, default=500)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--engine", choices=("auto", "openvino", "onnx"), default="auto")
    args = parser.parse_args()
    seconds = 60 * args.minutes
    options = LoadOptions(
        sensors=max(1, args.seats // SEATS_OF_A_SENSOR),
        seats=min(args.seats, SEATS_OF_A_SENSOR),
        seconds=seconds,
        warm_up_s=min(30.0, seconds / 3),
        engine=args.engine,
    )
    with TemporaryDirectory() as folder:
        report = measure_load(options, Path(folder))
    show_load(report, Console(soft_wrap=True, highlight=False))
    for line in report["problems"]:
        print(f"FAILED {line}")
    return 1 if report["problems"] else 0


if __name__ == "__main__":
    sys.exit(main())
