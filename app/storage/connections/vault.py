"""Secrets at rest: AES-256-GCM under a ring of keys, each ciphertext bound to the row it was sealed for.

A sealed text reads `v1.<key id>.<base64 of nonce and ciphertext>`. The first key seals, every key opens, so that keys
rotate by putting a new one in front. `context` (for instance "token:con_01:refresh") is authenticated, not stored:
a ciphertext moved to another row does not open there.
"""

import base64
import binascii
import random
from collections.abc import Iterable, Sequence
from contextlib import suppress

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


class VaultError(Exception):
    """A secret could not be sealed or opened; says which key or shape is at fault, never the secret."""


def key_of(sealed: str) -> str:
    """What the key is called that sealed this; "" for what is not sealed."""
    version, _, rest = sealed.partition(".")
    return rest.partition(".")[0] if version == "v1" else ""


class Vault:
    """A key ring. `keys` are `id:base64` of 32 bytes each, the newest first."""

    def __init__(self, keys: Sequence[str], chance: random.Random) -> None:
        self._ring: dict[str, AESGCM] = {}
        self._chance = chance
        for entry in keys:
            key_id, _, encoded = entry.partition(":")
            try:
                key = base64.b64decode(encoded, validate=True)
            except binascii.Error as error:
                raise VaultError(f"encryption key {key_id!r} is not base64") from error
            if not key_id or "." in key_id or len(key) != 32:
                raise VaultError("an encryption key reads id:base64 of 32 bytes, and the id has no dot")
            if key_id in self._ring:
                raise VaultError(f"encryption key {key_id!r} is there twice")
            self._ring[key_id] = AESGCM(key)

    @property
    def key_ids(self) -> tuple[str, ...]:
        """What the keys are called, the newest first."""
        return tuple(self._ring)

    def seal(self, plaintext: str, context: str) -> str:
        """Encrypt under the newest key, bound to `context`. Raises `VaultError` where there is no key."""
        self.insist_on_a_key()
        key_id, cipher = next(iter(self._ring.items()))
        nonce = self._chance.randbytes(_NONCE)
        sealed = nonce + cipher.encrypt(nonce, plaintext.encode(), context.encode())
        return f"v1.{key_id}.{base64.b64encode(sealed).decode()}"

    def insist_on_a_key(self) -> None:
        """Raises `VaultError` where there is none to seal with."""
        if not self._ring:
            raise VaultError("ENCRYPTION_KEYS is empty: nothing secret can be stored")

    def seal_anew(self, sealed: str, context: str) -> str:
        """The same secret under the newest key; what is sealed with that already is answered as it is.

        Raises `VaultError` as `open` does.
        """
        plaintext = self.open(sealed, context)
        return sealed if key_of(sealed) == next(iter(self._ring)) else self.seal(plaintext, context)

    def opens(self, sealed: str, context: str) -> bool:
        """Whether `open` would."""
        return bool(self.those_that_open([sealed], context))

    def those_that_open(self, sealed: Iterable[str], context: str) -> dict[str, str]:
        """What was sealed, by its sealed text, of those that `open` would; in their order."""
        opened: dict[str, str] = {}
        for each in sealed:
            with suppress(VaultError):
                opened[each] = self.open(each, context)
        return opened

    def open(self, sealed: str, context: str) -> str:
        """Decrypt what `seal` made for the same `context`.

        Raises `VaultError` for what was sealed for another one, with a key that is gone, or not at all.
        """
        version, _, rest = sealed.partition(".")
        key_id, _, encoded = rest.partition(".")
        if version != "v1" or not encoded:
            raise VaultError("this is not a sealed secret")
        if key_id not in self._ring:
            raise VaultError(f"sealed with key {key_id!r}, which is not in ENCRYPTION_KEYS any more")
        try:
            raw = base64.b64decode(encoded, validate=True)
            return self._ring[key_id].decrypt(raw[:_NONCE], raw[_NONCE:], context.encode()).decode()
        except (InvalidTag, binascii.Error, ValueError) as error:
            raise VaultError("this secret was sealed for another row, or has been changed") from error
