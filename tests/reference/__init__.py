"""A slow, readable oracle for the tests: plain Python integers, standard library only, nothing shared with csrc/.

It is written from the public rules, each named where it is used, so that an agreement with the native code means
something. It is neither fast nor constant-time and must never see a real key.
"""
