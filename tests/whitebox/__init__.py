"""The inner layers of the native core, called with Python integers.

`Engine` wraps the C functions of one engine (whitebox.h, tests/native/whitebox.cpp); `values` has the inputs that tests
are fond of; `model` says in plain integers what the answers must be.
"""
