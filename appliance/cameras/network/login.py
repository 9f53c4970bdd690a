"""User name and password in the forms that cameras ask for (RFC 7616, RFC 7617)."""

import hashlib
import secrets
from base64 import b64encode
from collections.abc import Sequence
from urllib.request import parse_http_list, parse_keqv_list

DIGEST = "MD5"
"""FFmpeg has this and its rare ``-sess`` form (libavformat/httpauth.c); no other would help."""


class Login:
    """Answers a camera's challenge; the password is shown nowhere."""

    def __init__(self, *, user: str, password: str) -> None:
        """Remember both; an empty user means that none is configured."""
        self._user = user
        self._password = password
        self._challenge: dict[str, str] | None = None  # of digest; empty for basic
        self._answered = 0  # of this challenge; a camera may refuse a number that it has seen
        self.foreign = ""
        """What the camera asked for where the box cannot give it; empty while it can."""

    @property
    def known(self) -> bool:
        """Whether there is a user name to log in with."""
        return bool(self._user)

    def accept(self, challenges: Sequence[str]) -> bool:
        """Take the best of a camera's challenges.

        Args:
            challenges: Each ``WWW-Authenticate`` of its answer.

        Returns:
            Whether another request, then with the password, may help.
        """
        if not self.known:
            return False
        basic = False
        for scheme, _, rest in (challenge.partition(" ") for challenge in challenges):
            fields = parse_keqv_list([item for item in parse_http_list(rest) if "=" in item])
            if scheme.lower() == "digest" and fields.get("algorithm", DIGEST) == DIGEST:
                self._challenge, self._answered = fields, 0
                return True
            basic = basic or scheme.lower() == "basic"
            self.foreign = f"{scheme} {fields.get('algorithm', '')}".strip()
        if basic:
            self._challenge, self.foreign = {}, ""
        return basic

    def authorise(self, method: str, target: str) -> list[str]:
        """Return the text of the ``Authorization`` header, or nothing before a challenge."""
        if self._challenge is None:
            return []
        if not self._challenge:
            return [f"Basic {b64encode(f'{self._user}:{self._password}'.encode()).decode()}"]
        realm, nonce = self._challenge.get("realm", ""), self._challenge.get("nonce", "")
        fields = {"username": self._user, "realm": realm, "nonce": nonce, "uri": target}
        proof = [_hash(self._user, realm, self._password), nonce]
        quality = []
        if "auth" in self._challenge.get("qop", "").replace(" ", "").split(","):
            self._answered += 1
            quality = [f"{self._answered:08x}", secrets.token_hex(8), "auth"]
        fields["response"] = _hash(*proof, *quality, _hash(method, target))
        if "opaque" in self._challenge:
            fields["opaque"] = self._challenge["opaque"]
        header = [f'{name}="{text}"' for name, text in fields.items()]
        if quality:
            header += [f"nc={quality[0]}", f'cnonce="{quality[1]}"', f"qop={quality[2]}"]
        return [f"Digest {', '.join(header)}"]


def _hash(*parts: str) -> str:
    # The protocol demands it; what it protects is another's password on the school's own cable.
    return hashlib.md5(":".join(parts).encode(), usedforsecurity=False).hexdigest()
