"""What is answered when something is refused: a code, and nothing about the inside."""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

CODES: Mapping[int, str] = {
    400: "bad-request",
    401: "signed-out",
    403: "forbidden",
    404: "not-found",
    405: "method",
    408: "slow",
    409: "conflict",
    413: "too-large",
    415: "not-json",
    421: "host",
    429: "too-often",
    500: "internal",
    503: "busy",
}
"""Status to the word that a page knows, where nobody gave a better one."""


class Refusal(HTTPException):
    """A request that is not done; becomes ``{"error": code}``."""

    def __init__(self, status: int, code: str = "", *, retry_after_s: float | None = None) -> None:
        """Refuse.

        Args:
            status: HTTP status of 400 or more.
            code: Word for the page; that of the status without one.
            retry_after_s: When it may be asked again.
        """
        headers = None if retry_after_s is None else {"Retry-After": str(int(retry_after_s) + 1)}
        super().__init__(status, detail=code or CODES[status], headers=headers)


def refused(status: int, code: str = "", headers: Mapping[str, str] | None = None) -> Response:
    """Return the answer to a request that is not done."""
    content = {"error": code or CODES.get(status, "error")}
    return JSONResponse(content, status_code=status, headers=headers)


async def answer_refusal(_request: Request, error: Exception) -> Response:
    """Turn a refusal, ours or Starlette's, into its answer."""
    if isinstance(error, Refusal):
        return refused(error.status_code, error.detail, error.headers)
    status = error.status_code if isinstance(error, HTTPException) else 500
    return refused(status)
