"""A certificate for the farm's addresses and its issuer, made by the `openssl` command."""

from __future__ import annotations

import subprocess
from ipaddress import ip_address
from pathlib import Path

_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
_LASTS = ["-days", "7"]


def certify(folder: Path, *, first: str, hosts: int) -> Path:
    """Write `key.pem` and `cert.pem` for so many addresses from the first on; return the file to trust."""
    names = ",".join(f"IP:{ip_address(first) + number}" for number in range(hosts))
    extensions = folder / "extensions.cnf"
    extensions.write_text(f"subjectAltName={names}\n", encoding="ascii")
    trusted, signer = folder / "ca.pem", folder / "ca.key"
    _openssl("req", "-x509", *_KEY, *_LASTS, "-keyout", signer, "-out", trusted, "-subj", "/CN=farm signer")
    request = folder / "request.pem"
    _openssl("req", *_KEY, "-keyout", folder / "key.pem", "-out", request, "-subj", "/CN=farm")
    signed = ["-CA", trusted, "-CAkey", signer, "-CAcreateserial", "-extfile", extensions]
    _openssl("x509", "-req", "-in", request, *signed, *_LASTS, "-out", folder / "cert.pem")
    return trusted


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
