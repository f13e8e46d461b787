// Stands in for a compiler without 128-bit integers, which has intrinsics for wide products instead
// (MSVC on Arm names it so). tests/core/test_engines.py includes it first of all.
#pragma once

#undef __SIZEOF_INT128__

inline unsigned long long __umulh(unsigned long long a, unsigned long long b) {
  __extension__ typedef unsigned __int128 Wide;
  return static_cast<unsigned long long>((static_cast<Wide>(a) * b) >> 64);
}
