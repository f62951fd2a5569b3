"""The fake Jira itself: options, credentials, routes, and the nastiness that strikes before a route."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, TypedDict, Unpack

from aiohttp import web
from aiohttp.typedefs import Handler as Next
from aiohttp.typedefs import Middleware
from typing_extensions import override

from sandbox.control import add_control
from sandbox.deliveries import Deliveries
from sandbox.faults import HTML_PAGE
from sandbox.jira import seed
from sandbox.jira.answers import Refused, refusal
from sandbox.jira.api import comments, desk, edits, hooks, issues, lists, people, search
from sandbox.jira.api.call import Call, Handler, Route
from sandbox.jira.nasty import WriteLimit
from sandbox.jira.records import Flavour
from sandbox.jira.verbs import Verbs
from sandbox.jira.webhooks import Webhooks
from sandbox.jira.world import World
from sandbox.vendor import Vendor

# "lists" is before "issues": createmeta would be taken for an issue's key.
PLATFORM: Final[tuple[Route, ...]] = (
    *lists.ROUTES, *people.ROUTES, *search.ROUTES, *issues.ROUTES, *edits.ROUTES, *comments.ROUTES,
)  # fmt: skip
OTHERS: Final[tuple[Route, ...]] = (*desk.ROUTES, *hooks.ROUTES)
WRITES: Final = frozenset({"POST", "PUT", "DELETE"})
SEARCHES: Final = "/search"
API_TOKEN: Final = "jira-sandbox-token"
PAT: Final = "jira-sandbox-pat"


class JiraOptions(TypedDict, total=False):
    """How a ``JiraSandbox`` may be made; everything has a default."""

    flavour: Flavour
    """``cloud`` (the default) or ``dc``."""
    webhook_url: str
    """Where events go; empty: nowhere, until ``register_webhook``."""
    webhook_secret: str
    """Signs them; empty: unsigned."""
    email: str
    """Cloud: the bot's user name for basic authentication."""
    api_token: str
    """Cloud: its password."""
    pat: str
    """Data Center: the bearer token."""
    bot_account_id: str
    clock: Callable[[], datetime]
    """The site's time; default: the machine's."""
    retry_after_s: float
    """How long a failed delivery waits; the real minutes, shortened."""


class JiraSandbox(Vendor):
    """One site: ``world`` is for tests and people, the HTTP API for the bot, ``deliveries`` tells it."""

    def __init__(self, **options: Unpack[JiraOptions]) -> None:
        super().__init__("jira")
        self.flavour: Flavour = options.get("flavour", "cloud")
        self.email = options.get("email", seed.BOT_EMAIL)
        self.api_token = options.get("api_token", API_TOKEN)
        self.pat = options.get("pat", PAT)
        clock = {"clock": options["clock"]} if "clock" in options else {}
        account = options.get("bot_account_id", seed.BOT_ACCOUNT_ID)
        self.world = World(self.flavour, bot_account_id=account, bot_email=self.email, **clock)
        self.deliveries = Deliveries(retry_after_s=options.get("retry_after_s", 0.3))
        self.webhooks = Webhooks(self.world, self.deliveries, lambda: self.url)
        self.webhook_secret = options.get("webhook_secret", "")
        if url := options.get("webhook_url", ""):
            self.webhooks.register(url, secret=self.webhook_secret)
        self._limit = WriteLimit()
        self.app.middlewares.extend([_unknown_routes(), self._guard(), self._slow()])
        self._add_routes()
        add_control(
            self,
            state=self.world.state,
            deliveries=self.deliveries,
            verbs=Verbs(self.world, self._register).table(),
        )

    def register_webhook(self, url: str, *, secret: str = "", jql: str = "") -> str:
        """Tell ``url`` of everything from now on; returns the registration's id."""
        return self.webhooks.register(url, secret=secret or self.webhook_secret, jql=jql).id

    def _register(self, body: dict[str, Any]) -> str:
        return self.register_webhook(body["url"], secret=body.get("secret", ""), jql=body.get("jql", ""))

    def environment(self) -> dict[str, str]:
        """Return the variables under which the bot talks to this site; valid once started."""
        credentials = (
            {"JIRA_EMAIL": self.email, "JIRA_API_TOKEN": self.api_token}
            if self.flavour == "cloud"
            else {"JIRA_PAT": self.pat}
        )
        secret = {"JIRA_WEBHOOK_SECRET": self.webhook_secret} if self.webhook_secret else {}
        return {"JIRA_URL": self.url, **credentials, **secret}

    @override
    async def stop(self) -> None:
        """Stop telling and listening; the world stays readable."""
        await self.deliveries.close()
        await super().stop()

    def _add_routes(self) -> None:
        versions = "2|3|latest" if self.flavour == "cloud" else "2|latest"
        for method, path, handler in PLATFORM:
            full = f"/rest/api/{{version:{versions}}}{path}"
            self.app.router.add_route(method, full, self._endpoint(handler))
        for method, path, handler in OTHERS:
            self.app.router.add_route(method, path, self._endpoint(handler))
        self.app.router.add_get("/login.jsp", _login_page)

    def _endpoint(self, handler: Handler) -> Next:
        async def answer(request: web.Request) -> web.Response:
            try:
                return handler(await self._call(request))
            except Refused as refused:
                return web.json_response(dict(refused.body), status=refused.status, headers=refused.headers)

        return answer

    async def _call(self, request: web.Request) -> Call:
        # ``latest`` is version 2 on both, as it has always been.
        version = "3" if request.match_info.get("version") == "3" else "2"
        body = await _read_json(request)
        return Call(request, body, version, self.world, self.webhooks, self._limit, self.url)

    def _guard(self) -> Middleware:
        @web.middleware
        async def guard(request: web.Request, handler: Next) -> web.StreamResponse:
            if not request.path.startswith("/rest/") or request.path.endswith("/serverInfo"):
                return await handler(request)
            if not self._is_authorised(request):
                return _unauthorised(self.url)
            nasty = self.world.nasty
            if request.method == "POST" and nasty.login_redirects > 0:
                nasty.login_redirects -= 1
                return web.Response(
                    status=302, headers={"Location": f"{self.url}/login.jsp?permissionViolation=true"}
                )
            return await handler(request)

        return guard

    def _is_authorised(self, request: web.Request) -> bool:
        sent = request.headers.get("Authorization", "")
        if self.flavour == "dc":
            return sent == f"Bearer {self.pat}"
        expected = base64.b64encode(f"{self.email}:{self.api_token}".encode()).decode()
        return sent == f"Basic {expected}"

    def _slow(self) -> Middleware:
        @web.middleware
        async def slow(request: web.Request, handler: Next) -> web.StreamResponse:
            nasty = self.world.nasty
            is_write = request.method in WRITES and SEARCHES not in request.path
            if request.path.startswith("/_control") or not is_write or nasty.slow_commits <= 0:
                return await handler(request)
            nasty.slow_commits -= 1
            answer_after_s = nasty.answer_after_s
            # aiohttp does not cancel a handler when the caller goes away: the write happens all the same.
            await asyncio.sleep(nasty.commit_after_s)
            answer = await handler(request)
            await asyncio.sleep(answer_after_s)
            return answer

        return slow


def _unknown_routes() -> Middleware:
    @web.middleware
    async def answer(request: web.Request, handler: Next) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as refused:
            body = {"message": f"null for uri: {request.url}", "status-code": refused.status}
            return web.json_response(body, status=refused.status)

    return answer


async def _read_json(request: web.Request) -> Any:
    raw = await request.read()
    if not raw:
        return None
    if request.content_type != "application/json":
        raise Refused(415, {"errorMessages": ["Unsupported Media Type"], "errors": {}})
    try:
        return json.loads(raw)
    except ValueError as broken:
        raise refusal(400, f"Unexpected character or end of input: {broken}") from broken


def _unauthorised(url: str) -> web.Response:
    """Answer as the real service does to a wrong token."""
    headers = {"WWW-Authenticate": f'OAuth realm="{url}"', "X-Seraph-LoginReason": "AUTHENTICATED_FAILED"}
    body = {"message": "Client must be authenticated to access this resource.", "status-code": 401}
    return web.json_response(body, status=401, headers=headers)


async def _login_page(_request: web.Request) -> web.Response:
    return web.Response(text=HTML_PAGE.replace("We'll be right back", "Log in"), content_type="text/html")
