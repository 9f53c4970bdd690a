"""How the weights were made."""

import sys

# The one allowed import side effect: `import openvino` would load this and open sockets.
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]  # None blocks the import
