"""In the place of crypto-cpp-py 2.0, which starknet.py and Paradex's SDK hash and sign with.

Where it differs:

- Private keys of 0, n and more raise ValueError; the original signs with them.
- A message hash of 0 is signed; the original raises ValueError.
- Numbers that are negative or longer than 256 bits raise ValueError instead of OverflowError; what is no int, TypeError
  instead of AttributeError.
- A seed has at most 256 bits.
- `CPP_LIB_BINDING` and the functions that load it aren't there: there is no library of its own to load. Nor is
  `cpp_generate_k_rfc6979`: a nonce gives the key away, and never leaves native memory here.
"""
