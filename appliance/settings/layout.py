"""Who sits where: seats, cameras and terminals as the configuration names them."""

from appliance.domain.frames import CameraKey
from appliance.domain.seats import Region, SeatKey, TerminalKey
from appliance.domain.token_packets import SensorKey
from appliance.settings.cameras import SourceKind
from appliance.settings.tree import Settings


def box_identity(settings: Settings) -> str:
    """Return what tells this box from every other, as its topics do."""
    return f"{settings.box.site}/{settings.box.room}/{settings.box.id}"


def seat_cameras(settings: Settings) -> dict[SeatKey, CameraKey]:
    """Return which camera sees which seat, in the order of the configuration; own cameras only."""
    return {
        SeatKey(seat): CameraKey(camera)
        for camera, camera_settings in settings.cameras.items()
        for seat in camera_settings.seats
    }


def camera_regions(settings: Settings) -> dict[CameraKey, dict[SeatKey, Region]]:
    """Return the regions of each camera's seats, in the order of the configuration."""
    return {
        CameraKey(key): {
            SeatKey(seat): Region(x0=x0, y0=y0, x1=x1, y1=y1)
            for seat, (x0, y0, x1, y1) in ((seat, its.region) for seat, its in camera.seats.items())
        }
        for key, camera in settings.cameras.items()
    }


def sensor_seats(settings: Settings) -> dict[SensorKey, dict[SeatKey, TerminalKey]]:
    """Return each sensor's seats with their terminals, in the order of the configuration."""
    return {
        SensorKey(key): {
            SeatKey(seat): TerminalKey(its.terminal) for seat, its in sensor.seats.items()
        }
        for key, sensor in settings.sensors.items()
    }


def all_seats(settings: Settings) -> tuple[SeatKey, ...]:
    """Return the seats of the own cameras, then those of sensors, as they are configured."""
    return tuple(seat_terminals(settings))


def seat_terminals(settings: Settings) -> dict[SeatKey, TerminalKey]:
    """Return the terminal of each seat, of own cameras and of sensors."""
    own = {
        SeatKey(key): TerminalKey(seat.terminal)
        for camera in settings.cameras.values()
        for key, seat in camera.seats.items()
    }
    for seats in sensor_seats(settings).values():
        own |= seats
    return own


def terminal_seats(settings: Settings) -> dict[TerminalKey, SeatKey]:
    """Return the seat of each terminal."""
    return {terminal: seat for seat, terminal in seat_terminals(settings).items()}


def seats_with_consent(settings: Settings) -> set[SeatKey]:
    """Return the seats for which the school holds the consent on file."""
    return {
        SeatKey(key)
        for places in (settings.cameras.values(), settings.sensors.values())
        for place in places
        for key, seat in place.seats.items()
        if seat.consent == "granted"
    }


def live_seats(settings: Settings) -> set[SeatKey]:
    """Return the seats whose capture time is monotonic time: a recorded clip's is media time."""
    return {
        SeatKey(key)
        for camera in settings.cameras.values()
        if camera.kind is not SourceKind.CLIP
        for key in camera.seats
    }


def sensed_seats(settings: Settings) -> set[SeatKey]:
    """Return the seats of sensors; their capture time is moved to monotonic time."""
    return {seat for seats in sensor_seats(settings).values() for seat in seats}


def replayed_cameras(settings: Settings) -> set[CameraKey]:
    """Return the cameras that replay a clip as fast as possible and drop nothing."""
    return {
        CameraKey(key)
        for key, camera in settings.cameras.items()
        if camera.kind is SourceKind.CLIP and not camera.realtime
    }
