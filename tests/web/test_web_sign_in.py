"""Signing in to the pages: tokens, the printed link, sessions, roles, guessing, proxies."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from ipaddress import ip_network

import httpx
import pytest
from served import OWNER, READER, Served, serving, with_pages

from monitor.actions.access.sign_in import make_sign_in_token
from monitor.actions.access.tokens import TokenRefused, make_access_token, revoke_access_token
from monitor.views.access import SIGN_IN_LINK, read_access_tokens
from storage.database import Database
from storage.model.access import Role

PROXY = (ip_network("127.0.0.0/8"),)


def is_in(browser: httpx.Client) -> bool:
    """Whether the stories are shown instead of the sign-in page."""
    answer = browser.get("/")
    assert answer.status_code in {200, 303}
    return answer.status_code == 200


def test_nobody_sees_a_page_without_signing_in(bare: Served) -> None:
    """A page leads to the form, and from there back to the requested page."""
    with bare.visitor() as browser:
        assert browser.get("/").headers["location"] == "/sign-in"
        asked = browser.get("/?topic=harbour")
        assert asked.headers["location"] == "/sign-in?next=%2F%3Ftopic%3Dharbour"
        form = browser.get(asked.headers["location"])
        assert 'value="/?topic=harbour"' in form.text
        answer = browser.post("/sign-in", data={"token": OWNER, "next": "/?topic=harbour"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/?topic=harbour")
        assert is_in(browser)


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "x"])
def test_signing_in_leads_nowhere_else(bare: Served, elsewhere: str) -> None:
    """A crafted link cannot lead to another site after the sign-in."""
    with bare.visitor() as browser:
        answer = browser.post("/sign-in", data={"token": OWNER, "next": elsewhere})
        assert answer.headers["location"] == "/"


def test_a_printed_link_signs_in_by_a_button(bare: Served) -> None:
    """The link shows a button; a newer link invalidates it, and sessions remain."""
    first = make_sign_in_token(bare.database, key=SIGN_IN_LINK, now=bare.now)
    with bare.visitor() as browser, bare.visitor() as late:
        assert f'name="token" value="{first}"' in browser.get(f"/sign-in?token={first}").text
        assert not is_in(browser)
        browser.post("/sign-in", data={"token": first})
        assert is_in(browser)
        make_sign_in_token(bare.database, key=SIGN_IN_LINK, now=bare.now)
        assert late.post("/sign-in", data={"token": first}).status_code == 403
        assert is_in(browser)


def test_the_cookie_cannot_be_read_or_sent_from_elsewhere(bare: Served) -> None:
    """It is HttpOnly and SameSite, and under https also Secure and bound to the host."""
    with bare.visitor() as browser:
        cookie = browser.post("/sign-in", data={"token": OWNER}).headers["set-cookie"]
        assert cookie.startswith("storywatch-")
        assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
        assert "Secure" not in cookie
    with serving(with_pages(bare.app, url="https://watch.example")) as public:
        with public.visitor(Host="watch.example") as browser:
            cookie = browser.post("/sign-in", data={"token": OWNER}).headers["set-cookie"]
        assert cookie.startswith("__Host-storywatch=")
        assert {"HttpOnly", "SameSite=lax", "Path=/", "Secure"} <= set(cookie.split("; "))
        assert "Domain" not in cookie


def test_a_session_ends_after_thirty_days(bare: Served) -> None:
    """It is valid until then."""
    with closing(bare.client()) as browser:
        bare.now += timedelta(days=30) - timedelta(seconds=1)
        assert is_in(browser)
        bare.now += timedelta(seconds=1)
        assert not is_in(browser)


def test_signing_out_ends_one_session_or_all(served_anywhere: Served) -> None:
    """A reader can end only their own."""
    with closing(served_anywhere.client()) as one, closing(served_anywhere.client()) as other:
        one.post("/sign-out")
        assert (is_in(one), is_in(other)) == (False, True)
        with closing(served_anywhere.client(READER)) as reader:
            assert reader.post("/sign-out-everywhere").status_code == 403
            other.post("/sign-out-everywhere")
            assert not is_in(other)
            assert not is_in(reader)


def test_a_session_ends_with_the_token_that_opened_it(bare: Served) -> None:
    """Changing a configured token or revoking a named one ends its sessions."""
    named = make_access_token(bare.database, "Ada", role=Role.READER, now=bare.now)
    with closing(bare.client(named)) as ada, closing(bare.client()) as owner:
        assert "Ada" in ada.get("/").text
        revoke_access_token(bare.database, "Ada")
        assert not is_in(ada)
        with serving(with_pages(bare.app, token="another-token-of-the-owner")) as later:
            assert httpx.get(f"{later.url}/", cookies=dict(owner.cookies)).status_code == 303


def test_named_tokens_are_listed_and_kept_as_hashes(database: Database, bare: Served) -> None:
    """Names are unique, and the database does not contain the token."""
    token = make_access_token(database, "report", role=Role.READER, now=bare.now)
    with pytest.raises(TokenRefused, match="a token 'report' already"):
        make_access_token(database, "report", role=Role.OWNER, now=bare.now)
    with pytest.raises(TokenRefused, match="reserved"):
        make_access_token(database, "owner", role=Role.OWNER, now=bare.now)
    with database.read() as ledger:
        [listed] = read_access_tokens(ledger)
    assert (listed.name, listed.role, listed.last_used_at) == ("report", Role.READER, None)
    assert token not in repr(listed)
    with pytest.raises(TokenRefused, match="no token 'other'"):
        revoke_access_token(database, "other")


def test_a_reader_sees_all_and_changes_nothing(bare: Served) -> None:
    """The page says so, and an action is refused."""
    with closing(bare.client(READER)) as reader:
        assert "but not change it" in reader.get("/").text
        assert reader.post("/sign-out-everywhere").status_code == 403


def test_five_wrong_tokens_make_an_address_wait(bare: Served) -> None:
    """The sixth attempt is refused without a check, even with the right token."""
    with bare.visitor() as browser:
        answers = [browser.post("/sign-in", data={"token": f"guess {number}"}) for number in range(5)]
        assert [answer.status_code for answer in answers] == [403] * 5
        answer = browser.post("/sign-in", data={"token": OWNER})
        assert answer.status_code == 429
        assert 0 < int(answer.headers["retry-after"]) <= 60
        assert not is_in(browser)


def test_a_trusted_proxy_names_the_user(bare: Served) -> None:
    """From another address, or without configured networks, the header is ignored."""
    named = {"X-Forwarded-User": "ada@example.org"}
    with bare.visitor(**named) as browser:
        assert not is_in(browser)
    untrusting = with_pages(bare.app, trusted_header="X-Forwarded-User")
    with serving(untrusting) as ignored, ignored.visitor(**named) as browser:
        assert not is_in(browser)
    trusted = with_pages(bare.app, trusted_header="X-Forwarded-User", trusted_proxies=PROXY)
    with serving(trusted) as proxied, proxied.visitor(**named) as browser:
        assert "ada@example.org" in browser.get("/").text
    elsewhere = with_pages(
        bare.app, trusted_header="X-Forwarded-User", trusted_proxies=(ip_network("192.0.2.0/24"),)
    )
    with serving(elsewhere) as foreign, foreign.visitor(**named) as browser:
        assert not is_in(browser)


def test_guesses_are_counted_for_the_address_behind_a_proxy(bare: Served) -> None:
    """One visitor's wrong tokens do not lock out the proxy's other visitors."""
    with serving(with_pages(bare.app, trusted_proxies=PROXY)) as proxied:
        with proxied.visitor(**{"X-Forwarded-For": "203.0.113.9, 203.0.113.7"}) as guessing:
            for number in range(5):
                guessing.post("/sign-in", data={"token": f"guess {number}"})
            assert guessing.post("/sign-in", data={"token": OWNER}).status_code == 429
        with proxied.visitor(**{"X-Forwarded-For": "203.0.113.8"}) as other:
            assert other.post("/sign-in", data={"token": OWNER}).status_code == 303
