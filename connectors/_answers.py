"""Whole answers, read through ``requests``, which bounds neither their length nor how long they may trickle.

Its time limit is one between two bytes: an answer of a byte a second would hold its thread for days. Reading
it in pieces does not help, because each read waits for a whole piece. No vendor is named here.
"""

from __future__ import annotations

import time
from io import BytesIO
from typing import Final

import requests
from urllib3 import HTTPResponse
from urllib3.exceptions import DecodeError, HTTPError, ProtocolError

PIECE_BYTES: Final = 64 * 1024
"""Read at once, unpacked; how often the clock is looked at."""
BODY_BYTES_MAX: Final = 64 * 1024 * 1024
"""A hundred records with long descriptions are a tenth of that; what is longer is no answer to us."""


class TooLong(requests.RequestException):
    """The answer was longer than its bound, and was not read to its end."""


def whole(answer: requests.Response, body_s: float, bytes_max: int = BODY_BYTES_MAX) -> requests.Response:
    """Return a streamed ``answer`` with its body read, unpacked and held in memory.

    ``body_s``: for the whole body, in seconds, and one silence on top, whose bound is the socket's.

    Raises:
        requests.Timeout: it trickles. TooLong: there is more of it than ``bytes_max``.
        requests.RequestException: it broke off.
    """
    try:
        answer.raw = BytesIO(_read(answer.raw, time.monotonic() + body_s, bytes_max))
    except HTTPError as error:
        answer.close()
        raise _as_requests_says(error) from error
    except requests.RequestException:
        answer.close()  # a connection with half an answer in it is of no use to the next request
        raise
    return answer


def _read(raw: HTTPResponse, late: float, bytes_max: int) -> bytes:
    read = bytearray()
    # Whatever the socket has, and not more: `iter_content` would wait until the piece is full.
    while piece := raw.read1(PIECE_BYTES, decode_content=True):
        read += piece
        if len(read) > bytes_max:
            raise TooLong(f"the answer has more than {bytes_max:,} bytes: ask for less")
        if time.monotonic() > late:
            raise requests.Timeout("the answer trickles")
    return bytes(read)


def _as_requests_says(error: HTTPError) -> requests.RequestException:
    if isinstance(error, ProtocolError):
        return requests.exceptions.ChunkedEncodingError(error)
    if isinstance(error, DecodeError):
        return requests.exceptions.ContentDecodingError(error)
    return requests.ConnectionError(error)
