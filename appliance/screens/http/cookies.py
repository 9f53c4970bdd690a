"""Cookies: what a browser keeps of a session."""

from dataclasses import dataclass

from starlette.responses import Response


@dataclass(frozen=True, slots=True)
class SessionCookie:
    """One cookie, for one kind of visitor."""

    kind: str
    """``seat`` or ``person``: one browser can be both."""

    secure: bool
    """Pages are served by HTTPS; by plain HTTP a browser would not take such a cookie back."""

    lasts_s: int | None
    """None ends with the browser: people sign in at machines that others use."""

    @property
    def name(self) -> str:
        """Return its name; with ``__Host-`` no other host of the school's domain can set it.

        Source: https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis, 4.1.3.2
        """
        return f"{'__Host-' if self.secure else ''}classbox-{self.kind}"

    def give(self, response: Response, secret: str) -> None:
        """Have the browser keep a session."""
        response.set_cookie(
            self.name,
            secret,
            max_age=self.lasts_s,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="strict",
        )

    def take(self, response: Response) -> None:
        """Have the browser forget it."""
        response.delete_cookie(
            self.name, path="/", secure=self.secure, httponly=True, samesite="strict"
        )
