"""Cameras that are there: V4L2 devices of this machine, ONVIF devices of the network on request."""

import fcntl
import re
import socket
import struct
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

VIDIOC_QUERYCAP = 0x80685600  # linux/videodev2.h: _IOR('V', 0, struct v4l2_capability)
CAPABILITY = struct.Struct("16s32s32sIII12x")  # driver, card, bus, version, capabilities, device
VIDEO_CAPTURE = 0x00000001
DEVICE_CAPS = 0x80000000
"""The last word tells what this node can do, not what the whole device can."""

DISCOVERY = ("239.255.255.250", 3702)  # WS-Discovery 1.1, 2.4
LISTEN_S = 3.0

_PROBE = """\
<?xml version="1.0" encoding="UTF-8"?>
<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"
 xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing"
 xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"
 xmlns:n="http://www.onvif.org/ver10/network/wsdl">
<e:Header><w:MessageID>uuid:{message}</w:MessageID>
<w:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To>
<w:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</w:Action></e:Header>
<e:Body><d:Probe><d:Types>n:NetworkVideoTransmitter</d:Types></d:Probe></e:Body>
</e:Envelope>
"""
_ADDRESSES = re.compile(rb"<(?:[\w-]+:)?XAddrs>\s*([^<]*?)\s*<")
_LONGEST_ANSWER = 65535


def local_cameras(devices: Path = Path("/dev")) -> Iterator[tuple[str, str]]:
    """Find V4L2 devices that give pictures: path and what the driver calls it.

    By the plug a camera is in where udev says it: a number may be another camera's tomorrow.
    """
    by_path = sorted((devices / "v4l" / "by-path").glob("*-index0"))
    numbered = sorted(devices.glob("video[0-9]*"))
    seen = set()
    for device in (*by_path, *numbered):
        target = device.resolve()
        if target in seen:
            continue
        seen.add(target)
        if name := _card(device):
            yield str(device), name


def _card(device: Path) -> str:
    answer = bytearray(CAPABILITY.size)
    try:
        with device.open("rb", buffering=0) as opened:
            fcntl.ioctl(opened, VIDIOC_QUERYCAP, answer)
    except OSError:
        return ""  # a decoder, somebody else's, or no camera at all
    _, card, _, _, whole, node = CAPABILITY.unpack(answer)
    capabilities = node if whole & DEVICE_CAPS else whole
    name: bytes = card.partition(b"\0")[0]
    return name.decode(errors="replace") if capabilities & VIDEO_CAPTURE else ""


def network_cameras(
    *, address: tuple[str, int] = DISCOVERY, listen_s: float = LISTEN_S
) -> list[str]:
    """Ask the network for ONVIF cameras; return the hosts that answer.

    Sends one packet to everybody on the network, so only on request. What a camera's stream is
    called is not asked: that needs its password.
    """
    hosts = set()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.sendto(_PROBE.format(message=uuid.uuid4()).encode(), address)
        except OSError:
            return []  # no network, hence nobody in it
        until_s = time.monotonic() + listen_s
        while (left_s := until_s - time.monotonic()) > 0:
            asking.settimeout(left_s)
            try:
                answer, (host, _) = asking.recvfrom(_LONGEST_ANSWER)
            except TimeoutError:
                break
            if _ADDRESSES.search(answer):
                hosts.add(str(host))
    return sorted(hosts)
