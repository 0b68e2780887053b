"""Keys as people write them into settings; light, since every command reads the settings."""

import base64
import binascii

KEY = 32
URL_SAFE = str.maketrans("-_", "+/")


def keys_in(text: str) -> list[bytes]:
    """The keys in a setting: 32 bytes each as base64, apart by spaces, commas or lines; raises ValueError."""
    keys = []
    for part in text.replace(",", " ").split():
        try:
            key = base64.b64decode(part.translate(URL_SAFE), validate=True)
        except binascii.Error as problem:
            reason = "each key is 32 bytes as base64"
            raise ValueError(reason) from problem
        if len(key) != KEY:
            reason = f"each key is 32 bytes as base64, and one has {len(key)}"
            raise ValueError(reason)
        keys.append(key)
    return keys
