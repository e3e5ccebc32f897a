"""The key with which an installation signs its certificates: Ed25519, so that whoever has its public half can verify them.

Keys and signatures are base64. What is signed is a certificate's hash, which covers all that it says, the public key and the
certificate before it included.
"""

import base64
import binascii

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ALGORITHM = "Ed25519"


def public_key(key: str) -> str:
    """The public half of a private key (32 bytes); "" for no key. Raises `ValueError` for what is none."""
    if not key:
        return ""
    return base64.b64encode(_private(key).public_key().public_bytes_raw()).decode()


def sign(key: str, proof: str) -> str:
    """The signature under a hash; "" without a key."""
    return base64.b64encode(_private(key).sign(proof.encode())).decode() if key else ""


def is_signed(public: str, proof: str, signature: str) -> bool:
    """Whether the holder of a public key's other half has signed a hash."""
    try:
        holder = Ed25519PublicKey.from_public_bytes(base64.b64decode(public, validate=True))
        holder.verify(base64.b64decode(signature, validate=True), proof.encode())
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True


def _private(key: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(key, validate=True))
