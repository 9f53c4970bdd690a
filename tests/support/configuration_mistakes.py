"""How single mistakes get into a configuration."""

from collections.abc import Callable

from tests.support.configuration_workshop import MAIN, SECRET, Workshop


def set_to(key: str, value: str, *, file: str = MAIN) -> Callable[[Workshop], None]:
    """Return what gives a setting a value, as TOML."""
    return lambda shop: shop.set(key, value, file=file)


def leave_out(key: str) -> Callable[[Workshop], None]:
    """Return what leaves a setting out."""
    return lambda shop: shop.remove(key)


def export_variable(name: str, value: str) -> Callable[[Workshop], None]:
    """Return what sets a variable of the environment."""
    return lambda shop: shop.environment.update({name: value})


def not_utf8(shop: Workshop) -> None:
    """Write a file of config.d in Latin-1."""
    shop.break_toml('site = "K\udcf6ln"', file="config.d/50-latin.toml")


def damaged_twice(shop: Workshop) -> None:
    """Break a file of config.d in two places."""
    for line in ("[warning", "theta = 0.6", "[storage]", "commit_s = [1, 2"):
        shop.break_toml(line, file="config.d/40-twice.toml")


def missing_ca(shop: Workshop) -> None:
    """Name an authority that is not there."""
    shop.set("mqtt.ca_file", f'"{shop.folder / "no-ca.crt"}"')


def key_as_ca(shop: Workshop) -> None:
    """Name a key where the authority should be."""
    shop.set("mqtt.ca_file", shop.path("ca.crt", "-----BEGIN PRIVATE KEY-----\n"))


def open_password_file(shop: Workshop) -> None:
    """Let everybody read the password."""
    shop.set("mqtt.username", '"box-1"')
    shop.set("mqtt.password_file", shop.path("password", SECRET, mode=0o644))


def password_without_user(shop: Workshop) -> None:
    """Give a password and no user."""
    shop.set("mqtt.password_file", shop.path("password", SECRET))


def certificate_without_key(shop: Workshop) -> None:
    """Give a certificate and no key."""
    certificate, _ = shop.box_certificate
    shop.set("mqtt.cert_file", f'"{certificate}"')
    shop.files[MAIN].setdefault("mqtt.ca_file", f'"{shop.authority.certificate}"')


def certificate_without_ca(shop: Workshop) -> None:
    """Give a certificate and its key, and no authority."""
    certificate, key = shop.box_certificate
    shop.set("mqtt.cert_file", f'"{certificate}"')
    shop.set("mqtt.key_file", f'"{key}"')


def open_key(shop: Workshop) -> None:
    """Let everybody read the key."""
    _, key = shop.box_certificate
    certificate_without_key(shop)
    shop.set("mqtt.key_file", shop.path("box.key", key.read_text(), mode=0o644))


def add_camera(name: str, *, source: str | None, seat: str | None) -> Callable[[Workshop], None]:
    """Return what adds a camera, whole or in part; a seat is ``ID@TERMINAL``."""

    def make(shop: Workshop) -> None:
        if source is not None:
            shop.set(f"cameras.{name}.source", f'"{source}"')
        if seat is not None:
            seat_id, _, terminal = seat.partition("@")
            shop.set(f"cameras.{name}.seats.{seat_id}.terminal", f'"{terminal}"')

    return make


def open_camera_password(shop: Workshop) -> None:
    """Let everybody read the password of a camera."""
    add_camera("yard", source=f"rtsp://me:{SECRET}@camera/1", seat="y01@pc-21")(shop)
    shop.modes[MAIN] = 0o644


def state_in_the_way(shop: Workshop) -> None:
    """Put a file where the state folder should be."""
    (shop.folder / "a-file").write_text("")
    shop.set("box.state_dir", f'"{shop.folder / "a-file"}"')


def no_models(shop: Workshop) -> None:
    """Name a folder without models."""
    (shop.folder / "models").mkdir(exist_ok=True)
    shop.set("box.models_dir", f'"{shop.folder / "models"}"')
