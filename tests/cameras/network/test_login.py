"""Log-ins agree with the examples of the standards."""

import re

from appliance.cameras.network.login import Login


def test_basic_agrees_with_the_standard() -> None:
    """RFC 7617, section 2."""
    login = Login(user="Aladdin", password="open sesame")
    assert login.accept(['Basic realm="WallyWorld"'])
    assert login.authorise("GET", "/") == ["Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="]


def test_answers_of_a_challenge_are_counted() -> None:
    """A camera may refuse a number it has seen (RFC 7616, 3.4); a new challenge starts anew."""
    login = Login(user="me", password="pw")
    for nonce in ("a", "b"):
        assert login.accept([f'Digest realm="c", nonce="{nonce}", qop="auth"'])
        headers = [login.authorise("GET", "/")[0] for _ in range(2)]
        assert ["nc=00000001" in headers[0], "nc=00000002" in headers[1]] == [True, True]


def test_digest_without_quality_agrees_with_the_standard() -> None:
    """RFC 2069, section 2.4, with the value of its erratum 749."""
    login = Login(user="Mufasa", password="CircleOfLife")
    nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093"
    assert login.accept([f'Digest realm="testrealm@host.com", nonce="{nonce}", opaque="o"'])
    (header,) = login.authorise("GET", "/dir/index.html")
    assert 'response="1949323746fe6a43ef61f9606e7febea"' in header
    assert 'opaque="o"' in header


def test_digest_with_quality_can_be_verified() -> None:
    """The proof is that of RFC 7616 for the client's own number, which is new each time."""
    offer = ['Digest realm="r", nonce="n", qop="auth,auth-int"']
    headers = set()
    for _ in range(2):
        login = Login(user="u", password="p")
        assert login.accept(offer)
        headers.update(login.authorise("GET", "/"))
    assert len(headers) == 2
    for header in headers:
        assert "nc=00000001" in header
        assert "qop=auth" in header
        assert re.search(r'cnonce="[0-9a-f]{16}"', header)


def test_nobody_logs_in_without_a_name() -> None:
    """Where no user is configured there is nothing to try."""
    login = Login(user="", password="")
    assert not login.accept(['Basic realm="r"'])
    assert login.authorise("GET", "/") == []
