"""In the place of fast-stark-crypto 0.5, which Extended's SDK signs with.

Where it differs:

- Nothing is reduced: elements of p and more, and private keys of n and more, raise ValueError, as 0 does for a private
  key.
- Where the original panics, with an exception that `except Exception` doesn't catch, it is ValueError: a domain's text
  that is no short string, a transfer's amounts, a withdrawal's recipient, a signature whose r or s is out of range, a
  public key that is on no point.
- A transfer's and a withdrawal's salt are felts in [0, p).
- Text that is no hex, and a signature's text with 0x more than once, raise ValueError.
"""

from starkcore.compat.fast_stark_crypto.lib import *  # noqa: F403
from starkcore.compat.fast_stark_crypto.lib import __all__ as __all__
