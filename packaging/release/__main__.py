"""``python -m release [deb12|deb13] [amd64|arm64] [--into dist]``: builds the packages."""

import argparse
import time
from pathlib import Path

from release.deb import build
from release.targets import chosen


def main() -> None:
    """Build what was asked for, all four packages by default; a line for each."""
    parser = argparse.ArgumentParser(prog="release", description="Build the Debian packages.")
    parser.add_argument("targets", nargs="*", help="deb12, deb13, amd64, arm64; all by default")
    parser.add_argument("--into", type=Path, default=Path("dist"), help="folder for the packages")
    asked = parser.parse_args()
    try:
        targets = chosen(asked.targets)
    except ValueError as error:
        parser.error(str(error))
    for target in targets:
        started_s = time.monotonic()
        path = build(target, asked.into)
        took_s = time.monotonic() - started_s
        print(f"{path}  {path.stat().st_size / 1e6:.0f} MB  {took_s:.0f} s")


if __name__ == "__main__":
    main()
