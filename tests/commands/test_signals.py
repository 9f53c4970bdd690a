"""A signal to stop is heard whatever the program does at that moment."""

import signal
import subprocess
import sys
import textwrap
import time

ROUNDS = 1000

PROGRAM = textwrap.dedent(f"""
    from appliance.commands.signals import stop_signal

    with stop_signal() as stop:
        print("ready", flush=True)
        for _ in range({ROUNDS}):
            while not stop.wait(0.00001):
                pass
            stop.clear()
        print("heard", flush=True)
        stop.wait()
""")


def test_a_signal_amid_the_wait_ends_it() -> None:
    """Even where the main thread holds the lock of what it waits for."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        until = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < until:
            process.send_signal(signal.SIGTERM)
            time.sleep(0.0005)
        stuck = process.poll() is None
        process.kill()
        heard = process.stdout.read()

    assert (stuck, heard) == (False, "heard\n")
