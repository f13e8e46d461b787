/* The inner layers of the core, for tests/core/test_whitebox_*.py: what tests/native/whitebox.cpp exports.
 *
 * Plain C, since it is also what cffi reads. A 256-bit integer is four 64-bit limbs, least significant first, in
 * whatever form the layer holds it: coordinates and scalars as they lie in memory (times 2^256 mod p or n), unless
 * "plain" is said. A point is its coordinates one after the other. The contracts are those of the headers in csrc/.
 */
#include <stddef.h>
#include <stdint.h>

/* One engine: field, points, hashes and ECDSA as compiled for it. A bound M says that the integer is taken as an Fp<M>;
 * functions with bounds return 0, and write nothing, when they have no instance for these. */
typedef struct {
  const char *name;

  int (*fp_add)(uint64_t *out, int a_bound, const uint64_t *a, int b_bound, const uint64_t *b);
  int (*fp_sub)(uint64_t *out, int a_bound, const uint64_t *a, int b_bound, const uint64_t *b);
  int (*fp_neg)(uint64_t *out, int bound, const uint64_t *a);
  int (*fp_mul)(uint64_t *out, int a_bound, const uint64_t *a, int b_bound, const uint64_t *b);
  int (*fp_sqr)(uint64_t *out, int bound, const uint64_t *a);
  int (*fp_mul_add)(uint64_t *out, const int *bounds, const uint64_t *abcd);
  int (*fp_mul_sub)(uint64_t *out, const int *bounds, const uint64_t *abc);
  int (*fp_sqr_sub)(uint64_t *out, const int *bounds, const uint64_t *ac);
  int (*fp_weak_reduce)(uint64_t *out, int bound, const uint64_t *a);
  int (*fp_reduce)(uint64_t *out, int bound, const uint64_t *a);
  int (*fp_from)(uint64_t *plain, int bound, const uint64_t *a);
  void (*fp_to)(uint64_t *out, const uint64_t *plain);
  int (*fp_inverse)(uint64_t *out, int bound, const uint64_t *a);
  int (*fp_inverse_var)(uint64_t *out, int bound, const uint64_t *a);
  /* The mask, and whether the _var form says the same */
  int (*fp_is_zero)(uint64_t *mask, int bound, const uint64_t *a);
  int (*fp_equal_var)(int *equal, int a_bound, const uint64_t *a, int b_bound, const uint64_t *b);
  void (*fp_negate_if)(uint64_t *out, uint64_t mask, const uint64_t *a);
  void (*fp_odd_power)(uint64_t *out, const uint64_t *a);
  int (*fp_is_square_var)(const uint64_t *a);
  void (*fp_square_root_var)(uint64_t *out, const uint64_t *a);
  void (*fp_invert_many)(uint64_t *values, size_t count, int var);
  void (*constants)(uint64_t *one, uint64_t *r2, uint64_t *beta);

  /* Points: affine (x, y), XYZZ (x, y, zz, zzz), Jacobian (x, y, z, t), coordinates below 2p. */
  void (*xyzz_add)(uint64_t *sum, const uint64_t *point);
  void (*xyzz_twice)(uint64_t *out, const uint64_t *point);
  void (*xyzz_add_complete_var)(uint64_t *out, const uint64_t *a, const uint64_t *b);
  int (*on_curve_var)(const uint64_t *point);
  void (*jacobian_twice)(uint64_t *point);
  int (*jacobian_add_distinct)(uint64_t *sum, uint64_t *ratio, const uint64_t *point);
  void (*make_naf_table)(uint64_t *odd, uint64_t *z, uint64_t *scaled_a, const uint64_t *point, const uint64_t *a);
  void (*mul_naf_var)(uint64_t *jacobian, const uint64_t *u, const uint64_t *point, const uint64_t *a);
  void (*recode_odd)(uint64_t *bits, uint64_t *negative, const uint64_t *k);
  /* Prepared NULL: the generator */
  void (*mul_table)(uint64_t *xyzz, const void *prepared, int secret, const uint64_t *k);
  void (*mul_generator)(uint64_t *xyzz, const uint64_t *k);
  void (*pedersen_left_sum)(uint64_t *xyzz, const uint64_t *plain);
  void (*pedersen_right_sum)(uint64_t *xyzz, const uint64_t *plain);
  void (*pedersen_add_right)(uint64_t *xyzz, const uint64_t *plain);

  /* Pairs of Poseidon's partial rounds, with the library's constants from the second on: u < 4p, S < 2p,
   * 7p <= next < 24p. */
  void (*poseidon_rounds)(uint64_t *u_s_next, int pairs);

  /* The functions of csrc/engine/engine.hpp. All integers are plain but the stored points. items: five integers each,
   * r, s, message hash and the key's x and y; x_only NULL: none is. */
  void (*pedersen)(uint64_t *out, const uint64_t *a, const uint64_t *b, size_t count);
  void (*pedersen_left)(uint64_t *stored, const uint64_t *a, size_t count);
  void (*pedersen_right)(uint64_t *stored, const uint64_t *b, size_t count);
  void (*pedersen_order)(uint64_t *out, const uint64_t *lefts, const uint64_t *words, const uint64_t *tails,
                         size_t count);
  void (*poseidon)(uint64_t *out, const uint64_t *states, size_t count); /* whole */
  void (*public_key)(uint64_t *points, const uint64_t *keys, size_t count);
  void (*sign)(uint64_t *signatures, uint8_t *usable, const uint64_t *hashes, const uint64_t *nonces,
               const uint64_t *key, size_t count);
  void (*verify)(uint8_t *valid, const uint64_t *items, const uint8_t *x_only, size_t count);
  size_t prepared_size;
  void (*prepare)(void *prepared, const uint64_t *key);
  void (*verify_prepared)(uint8_t *valid, const uint64_t *items, const void *prepared, size_t count);
  int (*x_on_curve)(const uint64_t *x);
  void (*lift_x)(uint64_t *y, const uint64_t *x, int odd);

  /* sign_messages of csrc/ecdsa/sign.hpp over this engine, but the i-th message's first refusals[i] nonces are refused.
   * Distinct message hashes. nonces: the plain nonces that were tried, and the messages they were tried for. Returns
   * what sign_messages does; tried is how many nonces there were, of which `room` are written. */
  int (*sign_refusing)(uint64_t *signatures, uint64_t *nonces, size_t *messages, size_t *tried, size_t room,
                       const uint64_t *hashes, const int *refusals, size_t count, const uint64_t *key,
                       const uint64_t *seed, const uint8_t *extra_entropy);
} whitebox_engine;

/* The i-th engine that was compiled and that this CPU can run, or NULL after the last. */
const whitebox_engine *whitebox_engine_at(size_t i);

/* Fn, which all engines share. */
void fn_add(uint64_t *out, const uint64_t *a, const uint64_t *b);
void fn_mul(uint64_t *out, const uint64_t *a, const uint64_t *b);
void fn_sqr(uint64_t *out, const uint64_t *a);
void fn_to(uint64_t *out, const uint64_t *plain);
void fn_from(uint64_t *plain, const uint64_t *a);
void fn_inverse(uint64_t *out, const uint64_t *a);
void fn_inverse_var(uint64_t *out, const uint64_t *a);
uint64_t fn_is_zero(const uint64_t *a);
void fn_invert_many(uint64_t *values, size_t count, int var);

/* ecdsa/blinding.hpp: a value's blind; and a blinded inversion in Fn, with what it inverted in variable time. */
void blind(uint64_t *out, const uint64_t *value);
void fn_invert_blinded(uint64_t *out, uint64_t *inverted, const uint64_t *a);

/* start/a mod m for any odd m, in constant time: field/inversion.hpp. Plain integers. */
void inversion(uint64_t *out, const uint64_t *a, const uint64_t *m, const uint64_t *start);

/* 2^512/a mod m for odd m, 2^64 < m < 2^254, and one batch on a_low, a_high, b_low, b_high:
 * field/binary_gcd.hpp. 0 where the CPU has no BMI2 and bmi2 asks for it. */
int gcd_inversion(uint64_t *out, const uint64_t *a, const uint64_t *m, int bmi2);
int jacobi(const uint64_t *a); /* mod p; 2 for no answer: field/jacobi.hpp */
uint64_t gcd_high_word(const uint64_t *a, int top, int zeros);
int gcd_batch(uint64_t *words, uint64_t *rows, int bmi2);

/* Integers: base/limbs.hpp. */
uint64_t limbs_add(uint64_t *out, const uint64_t *a, const uint64_t *b);
uint64_t limbs_sub(uint64_t *out, const uint64_t *a, const uint64_t *b);
uint64_t limbs_less(const uint64_t *a, const uint64_t *b);
uint64_t limbs_equal(const uint64_t *a, const uint64_t *b);
uint64_t limbs_below_2_251(const uint64_t *a);
uint64_t limbs_bits(const uint64_t *a, unsigned position, unsigned width);
void limbs_shift(uint64_t *left, uint64_t *right, const uint64_t *a, unsigned count);
void limbs_bytes(uint8_t *bytes, uint64_t *loaded, const uint64_t *a);

/* The form of curve/var_mul.hpp; returns the number of digits. */
int recode_naf_var(int8_t *digits, const uint64_t *u);

/* What grind_key does with a hash below 31·n. */
void reduce_mod_n(uint64_t *out, const uint64_t *a);
