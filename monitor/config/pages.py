"""Reads `[pages]`, and refuses to serve pages where others could read along or nobody could sign in."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from monitor.config.settings import PagesSettings

if TYPE_CHECKING:
    from monitor.config.error_log import ErrorLog
    from monitor.config.schema import PagesTable

HTTPS = "https://"


def read_pages(table: PagesTable, error_log: ErrorLog) -> PagesSettings:
    """Return the settings of the pages; record errors that would make the pages unsafe or useless."""
    _check_proxies(table, error_log)
    _check_tokens(table, error_log)
    if table.listen is not None and not ip_address(table.listen[0]).is_loopback:
        _check_reach(table, error_log)
    return PagesSettings(
        listen=table.listen,
        url=table.url,
        token=table.token,
        reader_token=table.reader_token,
        trusted_header=table.trusted_header,
        trusted_proxies=table.trusted_proxies,
        insecure=table.insecure,
    )


def _check_proxies(table: PagesTable, error_log: ErrorLog) -> None:
    if table.trusted_header is not None and not table.trusted_proxies:
        error_log.warn(
            ("pages", "trusted_header"),
            "is ignored without trusted_proxies",
            "name the networks of the proxy, such as trusted_proxies = ['127.0.0.1/32']",
        )


def _check_tokens(table: PagesTable, error_log: ErrorLog) -> None:
    if table.token is not None and table.token == table.reader_token:
        error_log.refuse(
            ("pages", "reader_token"), "is the owner's token", "make another with `openssl rand -hex 24`"
        )


def _check_reach(table: PagesTable, error_log: ErrorLog) -> None:
    """Check pages that other machines can reach."""
    is_https = table.url is not None and table.url.startswith(HTTPS)
    if not is_https and not table.insecure:
        error_log.refuse(
            ("pages", "listen"),
            "other machines can reach this address without encryption",
            "put a proxy with https in front and set url = 'https://…', listen on 127.0.0.1, or set insecure = true",
        )
    if table.url is None:
        error_log.miss(
            ("pages", "listen"),
            "needs 'url': requests are answered only under the address that it gives",
            "set url = 'http://HOST:PORT' as browsers call it",
        )
    if table.token is None and not (table.trusted_header and table.trusted_proxies):
        error_log.miss(
            ("pages", "listen"),
            "needs 'token': other machines can reach this address",
            'set token = {file = "PATH"}; `openssl rand -hex 24` makes one',
        )
