// The compression function of SHA-256 with the x86 SHA extensions.
//
// The state is kept as the instructions want it, from the highest element down: (a, b, e, f) and (c, d, g, h).
#include "hash/sha256.hpp"

#if STARKCORE_HAVE_SHA_X86

#include <immintrin.h>

#if defined(_MSC_VER) && !defined(__clang__)
#define STARKCORE_SHA_TARGET
#else
#define STARKCORE_SHA_TARGET __attribute__((target("sha,sse4.1,ssse3")))
#endif

namespace starkcore {
namespace {

struct Halves {
  __m128i abef, cdgh;
};

// Four rounds, beginning with round t, whose message words are w.
STARKCORE_SHA_TARGET inline void four_rounds(Halves& v, __m128i w, std::size_t t) {
  const __m128i wk = _mm_add_epi32(w, _mm_load_si128(reinterpret_cast<const __m128i*>(kSha256Rounds + t)));
  v.cdgh = _mm_sha256rnds2_epu32(v.cdgh, v.abef, wk);
  v.abef = _mm_sha256rnds2_epu32(v.abef, v.cdgh, _mm_shuffle_epi32(wk, 0x0e));
}

// The four message words that follow the sixteen in w0 … w3.
STARKCORE_SHA_TARGET inline __m128i next_words(__m128i w0, __m128i w1, __m128i w2, __m128i w3) {
  const __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), _mm_alignr_epi8(w3, w2, 4));
  return _mm_sha256msg2_epu32(sum, w3);
}

STARKCORE_SHA_TARGET inline __m128i load_words(const u8* bytes) {
  const __m128i big_endian_words = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  return _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes)), big_endian_words);
}

STARKCORE_SHA_TARGET inline __m128i load_words(const u32* words) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(words));
}

template <class Byte>
STARKCORE_SHA_TARGET inline void compress_block(Halves& v, const Byte* block) {
  constexpr std::size_t kQuarter = 16 / sizeof(Byte);
  __m128i w0 = load_words(block), w1 = load_words(block + kQuarter);
  __m128i w2 = load_words(block + 2 * kQuarter), w3 = load_words(block + 3 * kQuarter);
  four_rounds(v, w0, 0);
  four_rounds(v, w1, 4);
  four_rounds(v, w2, 8);
  four_rounds(v, w3, 12);
  for (std::size_t t = 16; t < 64; t += 16) {
    w0 = next_words(w0, w1, w2, w3);
    four_rounds(v, w0, t);
    w1 = next_words(w1, w2, w3, w0);
    four_rounds(v, w1, t + 4);
    w2 = next_words(w2, w3, w0, w1);
    four_rounds(v, w2, t + 8);
    w3 = next_words(w3, w0, w1, w2);
    four_rounds(v, w3, t + 12);
  }
}

template <class Byte>
STARKCORE_SHA_TARGET inline void compress(Sha256State& state, const Byte* blocks, std::size_t count) {
  __m128i* const words = reinterpret_cast<__m128i*>(state.h);
  const __m128i badc = _mm_shuffle_epi32(_mm_loadu_si128(words), 0xb1);      // from the highest element: c d a b
  const __m128i fehg = _mm_shuffle_epi32(_mm_loadu_si128(words + 1), 0x1b);  // e f g h
  Halves v{_mm_alignr_epi8(badc, fehg, 8), _mm_blend_epi16(fehg, badc, 0xf0)};
  for (; count > 0; --count, blocks += 64 / sizeof(Byte)) {
    const Halves before = v;
    compress_block(v, blocks);
    v.abef = _mm_add_epi32(v.abef, before.abef);
    v.cdgh = _mm_add_epi32(v.cdgh, before.cdgh);
  }
  const __m128i feba = _mm_shuffle_epi32(v.abef, 0x1b);  // from the highest element: f e b a
  const __m128i dchg = _mm_shuffle_epi32(v.cdgh, 0xb1);  // d c h g
  _mm_storeu_si128(words, _mm_blend_epi16(feba, dchg, 0xf0));
  _mm_storeu_si128(words + 1, _mm_alignr_epi8(dchg, feba, 8));
}

}  // namespace

STARKCORE_SHA_TARGET void sha256_compress_x86(Sha256State& state, const u8* blocks, std::size_t count) {
  compress(state, blocks, count);
}

STARKCORE_SHA_TARGET void sha256_compress_x86(Sha256State& state, const u32* blocks, std::size_t count) {
  compress(state, blocks, count);
}

}  // namespace starkcore

#endif  // STARKCORE_HAVE_SHA_X86
