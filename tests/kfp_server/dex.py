"""Dex, and the two proxies of Kubeflow that log in through it, as gates before the API."""

from __future__ import annotations

import html
import secrets
from dataclasses import dataclass, field
from typing import Optional
from urllib.parse import quote, urlencode

from kfp_server.gates import bearer_token
from kfp_server.messages import Answer, Request, html_answer, redirect


@dataclass
class DexSettings:
    """The configuration of Dex.

    With more than one of ``connectors``, Dex asks which one; ``new_forms`` are those of Dex from 2.31
    on; ``approval`` shows the page that asks for the user's consent; ``refusal`` is the status of the
    form after wrong credentials: 200, or 401 in the newest releases. ``secure`` marks the proxy's
    cookies for https only, even if the browser uses http.
    """

    users: dict[str, str] = field(default_factory=dict)
    connectors: tuple[str, ...] = ("local",)
    new_forms: bool = True
    approval: bool = False
    refusal: int = 200
    secure: bool = False


class Dex:
    """The pages under ``/dex``; ends in a redirect to the proxy's callback with a code."""

    def __init__(self, settings: DexSettings) -> None:
        self.settings = settings
        self.codes: set[str] = set()
        self._requests: dict[str, Request] = {}

    def page(self, request: Request) -> Answer:
        path, query = request.path, request.query
        if path == "/dex/auth":
            return self._choice(request)
        if path.startswith("/dex/auth/") and "client_id" in query:
            return self._opened(request)
        key = query.get("state") or query.get("req") or request.form.get("req", "")
        opened = self._requests.get(key)
        if opened is None:
            return html_answer("<h1>Bad Request</h1>User session error.", 400)
        if path == "/dex/approval":
            return self._approval(request, opened, key)
        return self._login(request, opened, key)

    def _choice(self, request: Request) -> Answer:
        asked = request.target.partition("?")[2]
        if len(self.settings.connectors) == 1:
            return redirect(f"/dex/auth/{self.settings.connectors[0]}?{asked}")
        links = "".join(
            f'<a href="/dex/auth/{name}?{html.escape(asked)}" target="_self">'
            f"<button>Log in with {name}</button></a>"
            for name in self.settings.connectors
        )
        return html_answer(f"<html><head><title>dex</title></head><body>{links}</body></html>")

    def _opened(self, request: Request) -> Answer:
        key = secrets.token_hex(12)
        self._requests[key] = request
        if self.settings.new_forms:
            return redirect(f"{request.path}/login?back=&state={key}")
        return redirect(f"{request.path}?req={key}")

    def _login(self, request: Request, opened: Request, key: str) -> Answer:
        if not opened.path.endswith("/local"):
            return html_answer("<html><body>This connector knows nobody.</body></html>")
        if request.method != "POST":
            return self._form(request, 200)
        users = self.settings.users
        login, password = request.form.get("login", ""), request.form.get("password", "")
        if login not in users or users[login] != password:
            return self._form(request, self.settings.refusal)
        return redirect(f"/dex/approval?req={key}")

    def _form(self, request: Request, code: int) -> Answer:
        wrong = "<div>Invalid Email Address and password.</div>" if code != 200 else ""
        return html_answer(
            "<html><head><title>dex</title></head><body>"
            f'<form method="post" action="{html.escape(request.target)}">'
            '<input id="login" name="login" type="text"/>'
            '<input id="password" name="password" type="password"/>'
            f"{wrong}<button type='submit'>Login</button></form></body></html>",
            code,
        )

    def _approval(self, request: Request, opened: Request, key: str) -> Answer:
        approved = request.method == "POST" and request.form.get("approval") == "approve"
        if self.settings.approval and not approved:
            return html_answer(
                "<html><head><title>dex</title></head><body><form method='post'>"
                f'<input type="hidden" name="req" value="{key}"/>'
                '<input type="hidden" name="approval" value="approve">'
                "<button type='submit'>Grant Access</button></form>"
                "<form method='post'>"
                f'<input type="hidden" name="req" value="{key}"/>'
                '<input type="hidden" name="approval" value="rejected">'
                "<button type='submit'>Cancel</button></form></body></html>"
            )
        code = secrets.token_hex(8)
        self.codes.add(code)
        back = opened.query["redirect_uri"]
        return redirect(f"{back}?{urlencode({'code': code, 'state': opened.query['state']})}")


class _DexGate:
    callback = ""
    client_id = ""

    def __init__(self, settings: DexSettings) -> None:
        self.dex = Dex(settings)
        self.sessions: set[str] = set()
        self.logins = 0
        self._states: dict[str, str] = {}

    def expire(self) -> None:
        """Deletes all sessions, so that every client has to log in again."""
        self.sessions.clear()

    def _to_dex(self, back_to: str, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
        state = secrets.token_hex(8)
        self._states[state] = back_to
        query = urlencode(
            {
                "client_id": self.client_id,
                "redirect_uri": self.callback,
                "response_type": "code",
                "scope": "profile email groups openid",
                "state": state,
            }
        )
        return redirect(f"/dex/auth?{query}", headers)

    def _called_back(self, request: Request) -> Optional[str]:
        """Returns the path to redirect to, or None if the code or state is unknown."""
        code, state = request.query.get("code", ""), request.query.get("state", "")
        if code not in self.dex.codes or state not in self._states:
            return None
        self.dex.codes.discard(code)
        self.logins += 1
        return self._states.pop(state)

    def _attributes(self) -> str:
        secure = "; Secure" if self.dex.settings.secure else ""
        return f"; Path=/; HttpOnly; SameSite=Lax{secure}"

    def _new_session(self) -> str:
        session = secrets.token_hex(24)
        self.sessions.add(session)
        return session


class AuthserviceGate(_DexGate):
    """oidc-authservice: without a session, every request is redirected to Dex."""

    callback = "/login/oidc"
    client_id = "kubeflow-oidc-authservice"

    def stop(self, request: Request) -> Optional[Answer]:
        if request.path.startswith("/dex/"):
            return self.dex.page(request)
        if request.path == self.callback:
            back_to = self._called_back(request)
            if back_to is None:
                return html_answer("Unauthorized", 401)
            cookie = f"authservice_session={self._new_session()}{self._attributes()}"
            return redirect(back_to, (("Set-Cookie", cookie),))
        if request.cookies.get("authservice_session") in self.sessions:
            return None
        return self._to_dex(request.target)


class Oauth2ProxyGate(_DexGate):
    """oauth2-proxy: 401 for the API, a sign-in page with 403 for the rest, bearer tokens pass.

    ``parts`` above 1 split the session cookie, like the proxy does above 4 kB.
    """

    callback = "/oauth2/callback"
    client_id = "kubeflow-oidc-client"
    cookie = "oauth2_proxy_kubeflow"

    def __init__(self, settings: DexSettings, parts: int = 1, tokens: tuple[str, ...] = ()) -> None:
        super().__init__(settings)
        self.parts = parts
        self.tokens = set(tokens)

    def stop(self, request: Request) -> Optional[Answer]:
        if request.path.startswith("/dex/"):
            return self.dex.page(request)
        if request.path == "/oauth2/start":
            csrf = f"{self.cookie}_csrf={secrets.token_hex(8)}{self._attributes()}"
            return self._to_dex(request.query.get("rd", "/"), (("Set-Cookie", csrf),))
        if request.path == self.callback:
            return self._logged_in(request)
        if bearer_token(request):
            known = bearer_token(request) in self.tokens
            # Istio checks the token behind the proxy, and refuses it with a message of its own.
            return None if known else Answer(401, b"Jwt is missing", "text/plain")
        if self._session(request) in self.sessions:
            return None
        if "/apis/" in request.path:
            return Answer(401, b"{}", "application/json")
        return html_answer(
            "<html><head><title>Sign In</title></head><body>"
            "<form method='GET' action='/oauth2/start'>"
            f"<input type='hidden' name='rd' value='{quote(request.target)}'>"
            "<button>Sign in with OpenID</button></form></body></html>",
            403,
        )

    def _logged_in(self, request: Request) -> Answer:
        if f"{self.cookie}_csrf" not in request.cookies:
            return html_answer("<h1>403 Forbidden</h1>Unable to find a valid CSRF token.", 403)
        back_to = self._called_back(request)
        if back_to is None:
            return html_answer("<h1>500 Internal Server Error</h1>", 500)
        session = self._new_session()
        attributes = self._attributes()
        if self.parts == 1:
            return redirect(back_to, (("Set-Cookie", f"{self.cookie}={session}{attributes}"),))
        length = -(-len(session) // self.parts)
        cookies = tuple(
            (
                "Set-Cookie",
                f"{self.cookie}_{part}={session[part * length : (part + 1) * length]}{attributes}",
            )
            for part in range(self.parts)
        )
        return redirect(back_to, cookies)

    def _session(self, request: Request) -> str:
        cookies = request.cookies
        parts = [cookies.get(self.cookie, "")]
        # Like the proxy: the current number of parts, not the previous one.
        while f"{self.cookie}_{len(parts) - 1}" in cookies:
            parts.append(cookies[f"{self.cookie}_{len(parts) - 1}"])
        return "".join(parts)
