"""Certificates are always verified, against the account's CA alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from fmgstate.errors import (
    CertificateRefused,
    ConfigurationError,
    Unreachable,
)
from tests.unit.fortimanager.https_server import Pki, answer, serving
from tests.unit.fortimanager.over_tls import GOOD, error_of, post


def test_the_ca_may_be_given_as_text(pki: Pki) -> None:
    with serving(answer(GOOD), pki.server()) as server:
        assert post(server.host, Path(pki.ca_file).read_text())["id"] == 1


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_no_ca_is_taken_from_the_environment(
    pki: Pki, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, pki.ca_file)
    with serving(answer(GOOD), pki.server()) as server, pytest.raises(CertificateRefused):
        post(server.host, "")
    assert server.requests == []


def test_an_unknown_ca_is_refused_and_the_option_is_named(pki: Pki) -> None:
    with serving(answer(GOOD), pki.server()) as server, pytest.raises(CertificateRefused) as error:
        post(server.host, "")
    assert "option 'CA certificate'" in str(error.value)
    assert server.host in str(error.value)
    assert server.requests == []


def test_public_cas_are_not_trusted_beside_the_configured_one(
    pki: Pki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Pki.made_in(tmp_path)
    monkeypatch.setattr("certifi.where", lambda: pki.ca_file)
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", pki.ca_file)
    with serving(answer(GOOD), pki.server()) as server:
        with pytest.raises(CertificateRefused):
            post(server.host, other.ca_file)
        assert post(server.host, "")["id"] == 1


def test_an_expired_certificate_is_refused(pki: Pki) -> None:
    error = error_of(answer(GOOD), pki, days=-1)
    assert type(error) is CertificateRefused
    assert "has expired. Renew it in FortiManager, or correct this host's clock" in str(error)


def test_a_certificate_that_is_not_valid_yet_is_refused(pki: Pki) -> None:
    error = error_of(answer(GOOD), pki, days=500)
    assert type(error) is CertificateRefused
    assert "not valid yet" in str(error)


def test_a_certificate_for_another_name_is_refused(pki: Pki) -> None:
    error = error_of(answer(GOOD), pki, address="127.0.0.9")
    assert type(error) is CertificateRefused
    assert "made out to another name" in str(error)


def test_a_missing_or_damaged_ca_file_is_a_matter_of_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="does not exist"):
        post("127.0.0.1:1", str(tmp_path / "none.pem"))
    (tmp_path / "junk.pem").write_text("junk")
    with pytest.raises(ConfigurationError, match="not readable PEM"):
        post("127.0.0.1:1", str(tmp_path / "junk.pem"))
    with pytest.raises(ConfigurationError, match="not readable PEM"):
        post("127.0.0.1:1", "-----BEGIN CERTIFICATE-----\njunk\n-----END CERTIFICATE-----\n")


def test_a_plain_http_port_is_told_from_a_refused_certificate(pki: Pki) -> None:
    with serving(answer(GOOD), None) as server, pytest.raises(Unreachable) as error:
        post(server.host, pki.ca_file)
    assert not isinstance(error.value, CertificateRefused)
    assert "TLS" in str(error.value)
