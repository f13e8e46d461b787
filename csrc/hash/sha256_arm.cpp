// The compression function of SHA-256 with the SHA-2 instructions of Armv8.
//
// The state is kept as the instructions want it, from the lowest element up: (a, b, c, d) and (e,
// f, g, h). Those four instructions are written as assembly, since compilers name what turns their
// intrinsics on in different ways, and some only for whole files; everything else is what every
// 64-bit Arm has.
#include "hash/sha256.hpp"

#if STARKCORE_HAVE_SHA_ARM

#include <arm_neon.h>

namespace starkcore {
namespace {

// Four rounds: new (a, b, c, d), from the sums of message words and constants.
STARKCORE_INLINE uint32x4_t sha256h(uint32x4_t abcd, uint32x4_t efgh, uint32x4_t wk) {
  __asm__(".arch_extension sha2\n\tsha256h %q[abcd], %q[efgh], %[wk].4s"
          : [abcd] "+w"(abcd)
          : [efgh] "w"(efgh), [wk] "w"(wk));
  return abcd;
}

// The same rounds: new (e, f, g, h), from the old (a, b, c, d).
STARKCORE_INLINE uint32x4_t sha256h2(uint32x4_t efgh, uint32x4_t abcd, uint32x4_t wk) {
  __asm__(".arch_extension sha2\n\tsha256h2 %q[efgh], %q[abcd], %[wk].4s"
          : [efgh] "+w"(efgh)
          : [abcd] "w"(abcd), [wk] "w"(wk));
  return efgh;
}

// The four message words that follow the sixteen in w0 … w3.
STARKCORE_INLINE uint32x4_t next_words(uint32x4_t w0, uint32x4_t w1, uint32x4_t w2, uint32x4_t w3) {
  __asm__(
      ".arch_extension sha2\n\t"
      "sha256su0 %[w0].4s, %[w1].4s\n\t"
      "sha256su1 %[w0].4s, %[w2].4s, %[w3].4s"
      : [w0] "+&w"(w0)
      : [w1] "w"(w1), [w2] "w"(w2), [w3] "w"(w3));
  return w0;
}

struct Halves {
  uint32x4_t abcd, efgh;
};

// Four rounds, beginning with round t, whose message words are w.
STARKCORE_INLINE void four_rounds(Halves& v, uint32x4_t w, std::size_t t) {
  const uint32x4_t wk = vaddq_u32(w, vld1q_u32(kSha256Rounds + t)), before = v.abcd;
  v.abcd = sha256h(v.abcd, v.efgh, wk);
  v.efgh = sha256h2(v.efgh, before, wk);
}

STARKCORE_INLINE uint32x4_t load_words(const u8* bytes) { return vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(bytes))); }

STARKCORE_INLINE uint32x4_t load_words(const u32* words) { return vld1q_u32(words); }

template <class Byte>
STARKCORE_INLINE void compress_block(Halves& v, const Byte* block) {
  constexpr std::size_t kQuarter = 16 / sizeof(Byte);
  uint32x4_t w0 = load_words(block), w1 = load_words(block + kQuarter);
  uint32x4_t w2 = load_words(block + 2 * kQuarter), w3 = load_words(block + 3 * kQuarter);
  four_rounds(v, w0, 0);
  four_rounds(v, w1, 4);
  four_rounds(v, w2, 8);
  four_rounds(v, w3, 12);
  STARKCORE_UNROLL
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
STARKCORE_INLINE void compress(Sha256State& state, const Byte* blocks, std::size_t count) {
  Halves v{vld1q_u32(state.h), vld1q_u32(state.h + 4)};
  for (; count > 0; --count, blocks += 64 / sizeof(Byte)) {
    const Halves before = v;
    compress_block(v, blocks);
    v.abcd = vaddq_u32(v.abcd, before.abcd);
    v.efgh = vaddq_u32(v.efgh, before.efgh);
  }
  vst1q_u32(state.h, v.abcd);
  vst1q_u32(state.h + 4, v.efgh);
}

}  // namespace

void sha256_compress_arm(Sha256State& state, const u8* blocks, std::size_t count) { compress(state, blocks, count); }

void sha256_compress_arm(Sha256State& state, const u32* blocks, std::size_t count) { compress(state, blocks, count); }

}  // namespace starkcore

#endif  // STARKCORE_HAVE_SHA_ARM
