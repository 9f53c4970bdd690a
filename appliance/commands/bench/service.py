"""The whole service, running: a broker and a database of its own, and the box of ``classbox run``.

The broker is a process of its own, so that what this process uses is what the box uses.
"""

import contextlib
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from appliance.commands.bench.options import BenchOptions, make_settings
from appliance.commands.bench.reading import Reading, machine_time, memory_mb, thread_times
from appliance.host.clock import SystemClock
from appliance.host.systemd import SystemdNotifier
from appliance.metering.meter import CpuMeter
from appliance.mqtt.private_broker import LOOPBACK, PrivateBroker
from appliance.mqtt.wire.address import BrokerAddress
from appliance.service.box import Box, BoxWatchers
from appliance.service.models import count_lanes


class Service:
    """A box with everything around it; a context manager that leaves nothing behind."""

    def __init__(
        self,
        options: BenchOptions,
        *,
        sources: Sequence[str] | None = None,
        watchers: BoxWatchers | None = None,
    ) -> None:
        """Remember what to run.

        Args:
            options: Already checked.
            sources: One per camera instead of the clips.
            watchers: Who wants to know what happens.
        """
        self._options = options
        self._sources = sources
        self._watchers = watchers
        self._meter = CpuMeter()
        self._stack = contextlib.ExitStack()
        self._box_stack = contextlib.ExitStack()
        self.box: Box
        self.broker: PrivateBroker
        self.address: BrokerAddress
        self.lanes = 0

    def __enter__(self) -> Self:
        """Start the broker, load the models, connect; the cameras stay closed.

        Raises:
            MissingProgramError: Mosquitto is not installed.
            ModelLoadError: A model is missing or damaged.
        """
        with contextlib.ExitStack() as stack:
            folder = Path(
                stack.enter_context(tempfile.TemporaryDirectory(prefix="classbox-bench-"))
            )
            self.broker = stack.enter_context(PrivateBroker(folder / "broker"))
            self.address = BrokerAddress(host=LOOPBACK, port=self.broker.port)
            settings = make_settings(
                self._options,
                state_dir=folder / "state",
                address=self.address,
                sources=self._sources,
            )
            self.lanes = count_lanes(settings)
            self.box = Box(
                settings,
                clock=SystemClock(),
                notifier=SystemdNotifier(None),
                watchers=self._watchers,
                meter=self._meter,
            )
            self._box_stack.callback(self.box.stop)
            stack.push(self._box_stack)
            self.box.connect()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop everything and delete the folder."""
        self._stack.close()

    def start(self) -> None:
        """Open the cameras."""
        self.box.watch()

    def stop(self) -> None:
        """Stop the box, not the broker; its engines can still be asked."""
        self._box_stack.close()

    def read(self) -> Reading:
        """Return what has been used so far."""
        return Reading(
            at_s=time.monotonic(),
            cpu_s=time.process_time(),
            machine_s=machine_time(),
            threads_s=thread_times(),
            stages=self._meter.read(),
            seats=self.box.lanes.load(),
            rss_mb=memory_mb(),
        )
