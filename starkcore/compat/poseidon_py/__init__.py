"""In the place of poseidon-py 0.2, which starknet.py hashes with.

Where it differs: elements are in [0, p), and nothing is reduced; what is no int raises TypeError, always. `c_bindings`
isn't there: there is no library of its own to load. `poseidon_perm` is computed in Python, in a few tenths of a
millisecond; the hashes are native.
"""
