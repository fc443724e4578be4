"""Content Credentials (C2PA): videos signed with an operator's key, where there is one and `c2pa-python` is installed.

WebM has no place for them; it carries the mark alone.
"""

from __future__ import annotations

import datetime
import importlib.util
import json
import logging
import os
from pathlib import Path
from typing import Any

from avatar_app import __version__
from avatar_app.files import atomic_write, file_exists
from avatar_app.provenance import SIGNATURE, SOURCE_TYPE
from avatar_app.request import InputError

WHERE = "AVATAR_SIGNING"  # environment variable: a folder with both files
CHAIN, KEY = "chain.pem", "key.pem"  # certificates, the signer's first; and its key (P-256)
FORMATS = {".mp4": "video/mp4", ".mov": "video/quicktime"}
YEARS = 2  # that a self-signed one is valid
INSTALL = "pip install -r requirements-signing.txt"
log = logging.getLogger(__name__)


def key_folder() -> Path | None:
    """Where the key lies; None where none is configured."""
    named = os.environ.get(WHERE)
    return Path(named) if named else None


def check() -> None:
    """Raises InputError for a configured key that cannot be used: asked before anything is drawn."""
    folder = key_folder()
    if folder is None:
        return
    missing = [name for name in (CHAIN, KEY) if not file_exists(folder / name)]
    if missing:
        raise InputError(f"{WHERE} names {str(folder)!r}, which has no {missing[0]}: make it with `signing-key`.")
    if importlib.util.find_spec("c2pa") is None:
        raise InputError(f"{WHERE} is set and c2pa-python is missing: {INSTALL}, or leave {WHERE} out.")


def sign(video: Path, ending: str) -> None:
    """Signs a finished video in place, where a key is configured and its format can hold it.

    ending: of the name that it will have. Raises InputError for a key that is not accepted.
    """
    folder = key_folder()
    if folder is None or ending.lower() not in FORMATS:
        return
    import c2pa

    signed = video.with_name(video.name + "signed")
    try:
        info = c2pa.C2paSignerInfo(
            "es256", (folder / CHAIN).read_bytes(), (folder / KEY).read_bytes(), None
        )  # no time stamp: that would ask a server
        kind = FORMATS[ending.lower()]
        with (
            c2pa.Signer.from_info(info) as signer,
            c2pa.Builder(json.dumps(manifest(kind))) as builder,
            video.open("rb") as source,
            signed.open("w+b") as target,
        ):
            builder.sign(signer, kind, source, target)
        signed.replace(video)
    except (c2pa.C2paError, OSError, ValueError) as error:
        raise InputError(f"The key in {str(folder)!r} cannot sign ({error}): make another.") from error
    finally:
        signed.unlink(missing_ok=True)


def manifest(kind: str) -> dict[str, Any]:
    """What is signed: that a model made it, and which program that was."""
    agent = {"name": "avatar_app", "version": __version__}
    created = {"action": "c2pa.created", "digitalSourceType": SOURCE_TYPE, "softwareAgent": agent}
    return {
        "claim_generator_info": [agent],
        "title": SIGNATURE,
        "format": kind,
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [created]}}],
    }


def make_key(folder: Path, name: str) -> list[Path]:
    """Writes a key and its certificates, signed by an authority of their own that signs nothing else.

    Whoever checks a video sees `name`, and that nobody they know vouches for it. Raises InputError for a folder that
    has a key, and where cryptography is missing.
    """
    if importlib.util.find_spec("cryptography") is None:
        raise InputError(f"Making a key needs the package cryptography: {INSTALL}.")
    if file_exists(folder / KEY):
        raise InputError(f"{str(folder)!r} holds a key already: choose another folder.")
    if not name.strip() or len(name) > 64:
        raise InputError("The name in a certificate must have 1 to 64 characters: give --name.")
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    root, own = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer = f"{name} (own authority)"[:64]
    chain = [
        _certificate(name, own.public_key(), issuer, root, authority=False),
        _certificate(issuer, root.public_key(), issuer, root, authority=True),
    ]
    pem = serialization.Encoding.PEM
    key = own.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    with atomic_write(folder / CHAIN) as file:
        file.write(b"".join(one.public_bytes(pem) for one in chain))
    with atomic_write(folder / KEY) as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(key)
    return [folder / CHAIN, folder / KEY]


def _certificate(name: str, key: Any, issuer: str, signer: Any, authority: bool) -> Any:
    """As C2PA's profile wants it: of version 3, for signing documents, and no authority where it signs videos."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    def named(words: str) -> x509.Name:
        # C2PA shows the organisation.
        oids = (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)
        return x509.Name([x509.NameAttribute(oid, words) for oid in oids])

    now = datetime.datetime.now(datetime.timezone.utc)
    usage = {name: False for name in ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
                                      "crl_sign", "encipher_only", "decipher_only")}  # fmt: skip
    usage |= {"digital_signature": not authority, "key_cert_sign": authority}
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(issuer))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=365 * YEARS))
        .add_extension(x509.BasicConstraints(authority, None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if not authority:
        use = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        builder = builder.add_extension(use, critical=False)
    return builder.sign(signer, hashes.SHA256())
