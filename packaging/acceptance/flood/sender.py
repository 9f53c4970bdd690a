"""A client that sends as fast as it is told to; no library would.

Arguments: folder of the certificates, port, whose they are, messages, seconds, QoS, bytes.
"""

import socket
import ssl
import struct
import sys
import threading
import time
from pathlib import Path

from acceptance.flood.school import TOPICS, address_in
from appliance.domain.seats import TerminalKey

AT_ONCE = 50
"""Messages in one write."""

PACKET_IDS = 65535
STAYS_S = 1.0


def main() -> None:
    """Flood the feedback topic with what is no message."""
    folder, port, name, *numbers = sys.argv[1:]
    messages, seconds, qos, size = (int(number) for number in numbers)
    topic = TOPICS.terminal(TerminalKey(name)).feedback
    with connect(Path(folder), port=int(port), name=name) as connection:
        begun_s = time.monotonic()
        for first in range(0, messages, AT_ONCE):
            connection.sendall(
                b"".join(
                    publish_packet(topic, b"x" * size, qos=qos, packet_id=number % PACKET_IDS + 1)
                    for number in range(first, first + AT_ONCE)
                )
            )
            early_s = begun_s + (first + AT_ONCE) * seconds / messages - time.monotonic()
            time.sleep(max(0.0, early_s))
        print(f"{time.monotonic() - begun_s:.1f}", flush=True)
        time.sleep(STAYS_S)  # what was sent last is read before the end of the connection


def connect(folder: Path, *, port: int, name: str) -> ssl.SSLSocket:
    """Return a connection that reads and forgets whatever comes."""
    context = address_in(folder, name, port=port).tls_context()
    if context is None:
        raise ValueError
    plain = socket.create_connection(("127.0.0.1", port))
    connection = context.wrap_socket(plain, server_hostname="127.0.0.1")
    client = name.encode()
    header = b"\0\4MQTT\5\2" + struct.pack(">H", 60) + b"\0"
    connection.sendall(_packet(0x10, header + struct.pack(">H", len(client)) + client))
    connection.recv(100)
    threading.Thread(target=_forget, args=[connection], daemon=True).start()
    return connection


def publish_packet(topic: str, payload: bytes, *, qos: int, packet_id: int) -> bytes:
    """Return a PUBLISH of MQTT 5 without properties."""
    name = topic.encode()
    number = struct.pack(">H", packet_id) if qos else b""
    return _packet(0x30 | qos << 1, struct.pack(">H", len(name)) + name + number + b"\0" + payload)


def _packet(kind: int, rest: bytes) -> bytes:
    length, left = b"", len(rest)
    while left > 127:  # noqa: PLR2004 - seven bits a byte
        length += bytes([left % 128 | 128])
        left //= 128
    return bytes([kind]) + length + bytes([left]) + rest


def _forget(connection: ssl.SSLSocket) -> None:
    try:
        while connection.recv(65536):
            pass
    except OSError:
        pass


if __name__ == "__main__":
    main()
