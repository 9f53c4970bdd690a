"""When other programs need the machine."""

from appliance.host.others import OthersWatch, read_busy_s, read_own_s


class Machine:
    """Two cores, whose work the test sets."""

    def __init__(self) -> None:
        """Nothing is done yet."""
        self.now_s = self.busy_s = self.own_s = 0.0
        self.watch = OthersWatch(
            monotonic=lambda: self.now_s,
            busy_s=lambda: self.busy_s,
            own_s=lambda: self.own_s,
            cores=2,
        )

    def run(self, seconds: int, *, others: float, own: float = 0.0) -> list[bool]:
        """Work for some seconds; shares of the whole machine."""
        said = []
        for _ in range(seconds):
            self.now_s += 1
            self.own_s += 2 * own
            self.busy_s += 2 * (others + own)
            said.append(self.watch.look())
        return said


def test_half_a_minute_of_others_is_a_reason_to_rest() -> None:
    """A short burst is none, and neither is what the sensor itself takes."""
    machine = Machine()
    assert not any(machine.run(60, others=0.1, own=0.8))
    assert not any(machine.run(10, others=1.0))
    assert not any(machine.run(60, others=0.6))
    said = machine.run(60, others=1.0)

    assert not said[0]
    assert said[-1]


def test_it_ends_well_below_where_it_began() -> None:
    """So a load at the limit does not open and close the camera."""
    machine = Machine()
    machine.run(60, others=0.9)
    assert all(machine.run(60, others=0.6))
    assert not machine.run(60, others=0.4)[-1]


def test_linux_is_asked() -> None:
    """Of the machine it is more than of this process."""
    assert read_busy_s() > read_own_s() > 0
