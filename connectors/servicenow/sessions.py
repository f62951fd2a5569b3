"""How requests leave: one session per thread, no retry, no redirect, and one way of logging in."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

import pysnow  # pyright: ignore[reportMissingTypeStubs]  # it ships none
import requests
from oauthlib.oauth2 import BackendApplicationClient, OAuth2Error
from requests.auth import HTTPBasicAuth
from typing_extensions import override

from bot.core.errors import Forbidden, Retry
from bot.core.untrusted import Untrusted
from connectors._answers import whole
from connectors.servicenow.failures import AWAY_S, LIMITED_S, wait_s
from connectors.servicenow.settings import ServiceNowSettings

CONNECT_S: Final = 3.0
READ_S: Final = 20.0
"""Between two bytes of an answer; the instance itself cuts a Table API transaction at 60 s."""
BODY_S: Final = 20.0
"""From an answer's first byte to its last: the largest page takes two."""
TIMEOUT: Final = (CONNECT_S, READ_S)

KEY_HEADER: Final = "x-sn-apikey"
EARLY_S: Final = 60.0
"""A token is renewed this long before it ends, so that none ends on its way."""
TOKEN_S: Final = 1_800.0
"""How long a token lives where the instance does not say: its default."""

_TOO_MANY: Final = 429
_SERVER_ERROR: Final = 500


class _Session(requests.Session):
    """Hears an answer out within its bounds, and goes nowhere it points.

    A redirect is refused rather than followed: a PATCH would turn into a GET of a login page, and the API key
    would travel to wherever the answer points.
    """

    @override
    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send once; read the whole answer, for pysnow as well, unless the caller streams.

        Raises:
            requests.TooManyRedirects: it points elsewhere. Anything that ``whole`` raises.
        """
        streams = bool(kwargs.pop("stream", False))
        answer = super().send(request, stream=True, **kwargs)
        if answer.is_redirect:
            answer.close()
            raise requests.TooManyRedirects("sent elsewhere", response=answer)
        return answer if streams else whole(answer, BODY_S)

    @override
    def get_redirect_target(self, resp: requests.Response) -> None:
        """Say that there is none: to follow one, the library would first read its answer without bounds."""
        del resp


def new_session() -> requests.Session:
    """Make a session that tries once, stays on the host it was given, and ignores ``.netrc``."""
    session = _Session()
    session.auth = _as_it_is
    return session


def new_client(settings: ServiceNowSettings) -> Any:
    """Make a ``pysnow.Client`` over a session of its own, logged in unless it takes tokens.

    It is ``Any`` because pysnow ships no types.
    """
    session = new_session()
    parts = urlsplit(settings.url)
    client: Any = pysnow.Client(
        host=f"{parts.netloc}{parts.path}", use_ssl=parts.scheme == "https", session=session
    )
    session.headers["User-Agent"] = "countersign"
    if settings.api_key.get_secret_value():
        session.headers[KEY_HEADER] = settings.api_key.get_secret_value()
    elif settings.password.get_secret_value():
        password = settings.password.get_secret_value().encode()
        session.auth = HTTPBasicAuth(settings.user.encode(), password)
    # pysnow sends booleans as "True" and "False"; the API documents lower case, and custom parameters win.
    client.parameters.add_custom(
        {
            "sysparm_display_value": "all",
            "sysparm_exclude_reference_link": "true",
            "sysparm_suppress_pagination_header": "false",
            "sysparm_input_display_value": "false",
        }
    )
    return client


class Tokens:
    """The OAuth access token of one account, shared by its threads and renewed in time.

    ``pysnow.OAuthClient`` knows only the password grant and never adopts a renewed token, so the grant is
    made with oauthlib here: client credentials, https://datatracker.ietf.org/doc/html/rfc6749#section-4.4.
    """

    def __init__(self, settings: ServiceNowSettings, clock: Callable[[], float] = time.monotonic) -> None:
        """``clock``: seconds that only ever grow."""
        self._url = f"{settings.url}/oauth_token.do"
        self._id, self._secret = settings.client_id, settings.client_secret
        self._clock = clock
        self._lock = threading.Lock()
        self._token = ""
        self._worked = ""
        self._good_until = 0.0

    @property
    def needed(self) -> bool:
        """Whether this account logs in with tokens at all."""
        return bool(self._id)

    def bearer(self) -> str:
        """Return a token that is good for a while; one thread fetches, the others wait for it.

        Raises:
            Retry: the instance is away or busy. Nothing else was asked of it.
            Forbidden: it gives us no token; says what to look at.
        """
        with self._lock:
            if not self._token or self._clock() >= self._good_until:
                self._token, lifetime_s = self._fetch()
                self._good_until = self._clock() + max(lifetime_s - EARLY_S, lifetime_s / 2)
            return self._token

    def accepted(self, token: str) -> None:
        """Remember that ``token`` has worked."""
        self._worked = token

    def refused(self, token: str) -> bool:
        """Drop ``token``, unless a newer one is there already; say whether it had ever worked."""
        with self._lock:
            if self._token == token:
                self._token = ""
            return bool(token) and self._worked == token

    def _fetch(self) -> tuple[str, float]:
        grant: Any = BackendApplicationClient(self._id)
        body = grant.prepare_request_body(
            include_client_id=True, client_secret=self._secret.get_secret_value()
        )
        try:
            with new_session() as session:
                headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
                answer = session.post(
                    self._url, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False
                )
        except requests.RequestException as error:
            raise Retry(f"no OAuth token: {type(error).__name__}", after_s=AWAY_S) from error
        if answer.status_code == _TOO_MANY or answer.status_code >= _SERVER_ERROR:
            default = LIMITED_S if answer.status_code == _TOO_MANY else AWAY_S
            raise Retry(f"no OAuth token: HTTP {answer.status_code}", after_s=wait_s(answer.headers, default))
        return _granted(grant, answer)


def _granted(grant: Any, answer: requests.Response) -> tuple[str, float]:
    """Read the token out of the answer.

    Raises:
        Forbidden: there is none in it.
    """
    try:
        token: Any = grant.parse_request_body_response(answer.text)
        return str(token["access_token"]), float(token.get("expires_in") or TOKEN_S)
    except (OAuth2Error, ValueError, KeyError, TypeError) as error:
        said = Untrusted(str(getattr(error, "error", "") or type(error).__name__)).line(100)
        raise Forbidden(
            f"ServiceNow gives no OAuth token ({said}): check client id and secret, that the OAuth "
            "application has an account, and that the property "
            "glide.oauth.inbound.client.credential.grant_type.enabled is true"
        ) from None


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
