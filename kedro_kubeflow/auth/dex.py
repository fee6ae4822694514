"""Logs in through Dex with a user name and a password, for a session at the proxy in front of Kubeflow.

Two proxies redirect users to Dex. oidc-authservice (Kubeflow up to 1.8) redirects every request
without a session; oauth2-proxy (from 1.9 on) answers 401, or a sign-in page with 403, and its
login begins at ``/oauth2/start``. The first response shows which one it is. Behind both, Dex lets the
user choose a connector if it has several, shows a form (``/dex/auth/local?req=…`` in older releases,
``/dex/auth/local/login?back=&state=…`` in newer ones), may ask for approval, and redirects the
browser back to the proxy, which sets its cookies.
"""

from __future__ import annotations

import logging
import re
from typing import Optional, Union
from urllib.parse import quote, urljoin, urlsplit

from kedro_kubeflow.auth.login import Browser, Login, Offer, Page
from kedro_kubeflow.auth.pages import Form, ReadPage
from kedro_kubeflow.auth.secret import Secret
from kedro_kubeflow.errors import AuthenticationError

logger = logging.getLogger(__name__)

_MOST_REDIRECTS = 20
_CONNECTOR = re.compile(r"/auth/([^/?]+)(?:\?|$)")


class Dex(Login):
    """Logs in as ``DEX_USERNAME`` with ``DEX_PASSWORD``.

    ``DEX_CONNECTOR`` selects one of several connectors (default: ``local``, which is for Dex's own
    passwords).
    """

    label = "Dex (DEX_USERNAME, DEX_PASSWORD)"
    advice = "check DEX_USERNAME (often an e-mail address) and DEX_PASSWORD"

    def __init__(self, host: str, username: str, password: Secret, connector: str = "") -> None:
        self._host = host
        self._username = username
        self._password = password
        self._connector = connector
        self._proxy = "a proxy"

    @classmethod
    def from_offer(cls, offer: Offer) -> Optional[Login]:
        """See :class:`Login`."""
        username = offer.environment.get("DEX_USERNAME", "")
        password = Secret(offer.environment.get("DEX_PASSWORD", ""))
        if not username and not password:
            return None
        if not username or not password:
            there, missing = (
                ("DEX_USERNAME", "DEX_PASSWORD") if username else ("DEX_PASSWORD", "DEX_USERNAME")
            )
            raise AuthenticationError(f"{there} is set but {missing} is not: set both, or neither")
        return cls(offer.host, username, password, offer.environment.get("DEX_CONNECTOR", ""))

    def begin(self, browser: Browser) -> None:
        """Visits the pages of the proxy and of Dex."""
        page = self._first_page(browser)
        if page is None:
            logger.debug("%s requires no login", self._host)
            return
        page = self._choose_connector(browser, page)
        form = _login_form(page)
        if form is None:
            raise self._error(
                f"there is no login form at {_without_query(page.url)} "
                f"(status {page.status}): {_visible_text(page)}"
            )
        page = self._fill_in(browser, page, form)
        page = self._approve(browser, page)
        if page.status >= 400 or "/dex/" in urlsplit(page.url).path:
            raise self._error(
                f"the login ended at {_without_query(page.url)} with status {page.status}: {_visible_text(page)}"
            )

    def renew(self, browser: Browser) -> bool:
        """See :class:`Login`."""
        browser.forget()
        self.begin(browser)
        return True

    def secrets(self) -> tuple[Secret, ...]:
        """See :class:`Login`."""
        return (self._password,)

    def _first_page(self, browser: Browser) -> Optional[Page]:
        """Returns the first page of Dex, or None if no login is required."""
        page = self._follow(browser, browser.visit("GET", f"{self._host}/"))
        if page.status in (401, 403) or "/oauth2/start" in page.text:
            self._proxy = "oauth2-proxy"
            back_to = quote(urlsplit(self._host).path or "/", safe="/")
            start = urljoin(self._host, f"/oauth2/start?rd={back_to}")
            page = self._follow(browser, browser.visit("GET", start))
        elif urlsplit(page.url).path.startswith("/dex/") or _login_form(page):
            self._proxy = "oidc-authservice"
        elif page.status < 400:
            return None
        logger.debug("Login through Dex behind %s", self._proxy)
        return page

    def _choose_connector(self, browser: Browser, page: Page) -> Page:
        links = {
            found[1]: link
            for link in ReadPage(page.text).links
            if (found := _CONNECTOR.search(link))
        }
        if not links or _login_form(page):
            return page
        wanted = self._connector or "local"
        if wanted not in links:
            raise self._error(
                f"Dex has no connector {wanted!r} here, only {', '.join(sorted(links))}; set "
                "DEX_CONNECTOR to the one for user names and passwords"
            )
        return self._follow(browser, browser.visit("GET", urljoin(page.url, links[wanted])))

    def _fill_in(self, browser: Browser, page: Page, form: Form) -> Page:
        target = urljoin(page.url, form.action) if form.action else page.url
        if urlsplit(self._host).scheme == "https" and urlsplit(target).scheme != "https":
            raise self._error(
                f"the login form goes to {_without_query(target)} without encryption; not sent"
            )
        filled: dict[str, Union[str, Secret]] = {
            name: value for name, value in form.fields.items() if form.kinds[name] == "hidden"
        }
        filled[form.field_name("text", "email") or "login"] = self._username
        filled[form.field_name("password") or "password"] = self._password
        answer = browser.visit("POST", target, filled)
        if not answer.location:
            # Dex shows the form again, with status 200 or in newer releases 401.
            raise self._error(
                f"Dex did not accept the user {self._username!r} with this password (status "
                f"{answer.status}): {_visible_text(answer)}"
            )
        return self._follow(browser, answer)

    def _approve(self, browser: Browser, page: Page) -> Page:
        for form in ReadPage(page.text).forms:
            if form.fields.get("approval") == "approve":
                target = urljoin(page.url, form.action) if form.action else page.url
                return self._follow(browser, browser.visit("POST", target, form.fields))
        return page

    def _follow(self, browser: Browser, page: Page) -> Page:
        for _ in range(_MOST_REDIRECTS):
            if not page.location:
                return page
            page = browser.visit("GET", urljoin(page.url, page.location))
        raise self._error(
            f"more than {_MOST_REDIRECTS} redirects, the last to {_without_query(page.url)}"
        )

    def _error(self, problem: str) -> AuthenticationError:
        # A page may repeat what was entered into its form.
        problem = self._password.hide_in(problem)
        return AuthenticationError(
            f"{self.label} behind {self._proxy} at {self._host}: {problem}; {self.advice}"
        )


def _login_form(page: Page) -> Optional[Form]:
    return next((form for form in ReadPage(page.text).forms if form.field_name("password")), None)


def _visible_text(page: Page) -> str:
    read = ReadPage(page.text)
    return read.shown or read.title or "(an empty page)"


def _without_query(url: str) -> str:
    """Returns a URL without its query, which contains the codes of the login."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"
