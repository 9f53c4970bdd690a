"""Where the program begins: it can be told to end before anything else is imported."""

import importlib
import os
import signal
import sys

NOT_STARTED = b"classbox: told to end before it had started; nothing was begun\n"


def main() -> None:
    """Run the command line.

    OpenVINO and OpenCV take seconds to import. Until ``classbox run`` listens for itself, SIGTERM
    ends it as a clean stop: at once, because an exception could be lost in somebody's import.
    """
    if "run" in sys.argv[1:]:
        signal.signal(signal.SIGTERM, lambda *_: _end())
    importlib.import_module("appliance.commands.command_line").run()


def _end() -> None:
    os.write(sys.stderr.fileno(), NOT_STARTED)
    os._exit(0)


if __name__ == "__main__":
    main()
