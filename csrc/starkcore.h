/* starkcore.h: the public C interface of starkcore, in one file, long as it is, so that nothing else is needed.
 *
 * Bytes in, status out. Everything that a binding may use is declared here; nothing else in csrc/ is public.
 *
 * Conventions, which hold for every function unless its comment says otherwise:
 *
 *  - A 256-bit integer is 32 bytes, big-endian. p is the field's prime, n the order of the group; both are
 *    given in docs/mathematics.md.
 *  - Pointers to inputs and outputs must not be NULL, except where a length of zero goes with them. Outputs
 *    come first. Of 32-byte integers an output may be the same array as an input;
 *    arrays must not overlap in any other way.
 *  - A count or size is believed: nothing else says how long an array is. No array is longer than
 *    PTRDIFF_MAX bytes, so that count × the size of an item wraps for none that is there; a caller
 *    that makes arrays of a count from outside has to check the product first. A column with a
 *    stride of 0 is there for any count, and what limits that is `out`.
 *  - A function returns a starkcore_status. On anything but STARKCORE_OK its outputs are all zero (functions
 *    over many items: the outputs of the items that failed), so that an unchecked error can't pass for a result.
 *  - "Secret": the function takes time, and touches memory, independent of that argument's value, and wipes
 *    its own copies. "Public": it may not. Lengths are always public. Whether a key is in range is public.
 *  - A call takes at most STARKCORE_STACK bytes of its thread's stack, in every engine, built with optimization.
 *  - Nothing is allocated but by starkcore_use_tables, nothing is printed, no lock is taken, errno
 *    is left alone. There is no mutable state but the engine in use, strict mode, the tables in use
 *    and room that batches of hashes work in: every function may be called from any number of
 *    threads at once.
 */
#ifndef STARKCORE_H
#define STARKCORE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Stack ---------------------------------------------------------------------------------------------- */

/* What a call may take of its thread's stack, in bytes. Measured: below 42 000 with gcc 12
 * (tests/core/test_stack.py). */
#define STARKCORE_STACK 49152

/* ---- Status -------------------------------------------------------------------------------------------- */

/* A status is a rule that was broken (low byte), and the field that broke it (next byte). */
typedef int starkcore_status;

#define STARKCORE_OK 0

/* The rules. */
enum {
  STARKCORE_RULE_SIGNATURE = 1,    /* the signature is well formed or not, but does not verify */
  STARKCORE_RULE_BELOW_P = 2,      /* a field element must be in [0, p) */
  STARKCORE_RULE_PRIVATE_KEY = 3,  /* a private key must be in [1, n) */
  STARKCORE_RULE_MESSAGE_HASH = 4, /* a message hash must be in [0, 2^251) */
  STARKCORE_RULE_ON_CURVE = 5,     /* a public key must be a point of the curve */
  STARKCORE_RULE_LENGTH = 6,       /* wrong number of bytes */
  STARKCORE_RULE_NO_NONCE = 7,     /* no usable nonce after many tries; never seen, probability below 2^-1000 */
  STARKCORE_RULE_SYNTAX = 8,       /* an amount is ASCII digits with at most one point and exponent: "12.5", "1e-7" */
  STARKCORE_RULE_NEGATIVE = 9,     /* an amount must not be negative */
  STARKCORE_RULE_ZERO = 10,        /* this amount must be more than zero */
  STARKCORE_RULE_TOO_LONG = 11,    /* an amount may have 96 significant digits, and an exponent of 4 digits */
  STARKCORE_RULE_MULTIPLE = 12,    /* the amount must be a whole number of quantums */
  STARKCORE_RULE_WIDTH = 13,       /* the value does not fit the width that the message has for it */
  STARKCORE_RULE_SEED = 14,        /* a seed has at most 32 bytes */
  STARKCORE_RULE_TYPED = 15,       /* not a typed Ethereum signature: its last bytes must be v and type */
  STARKCORE_RULE_ENGINE = 16,      /* no such engine, or this CPU can't run it */
  STARKCORE_RULE_SELFTEST = 17,    /* an answer differs from the published value: do not use this build */
  STARKCORE_RULE_INDEX = 18,       /* an index must be below the number of things that it counts */
  STARKCORE_RULE_FLAG = 19,        /* must be 0 or 1 */
  STARKCORE_RULE_PAST = 20,        /* an expiry must be in the future */
  STARKCORE_RULE_SECONDS = 21,     /* an expiry is in seconds since the epoch, from 2015 to 2500 */
  STARKCORE_RULE_TABLES = 22,      /* tables take at least one megabyte */
  STARKCORE_RULE_MEMORY = 23,      /* there is not enough memory */
  STARKCORE_RULE_FAULT = 24,       /* a signature just made does not verify: memory or processor are at fault */
  STARKCORE_RULE_FEE = 25,         /* a limit fee is a fraction of what is traded: below 1 */
  STARKCORE_RULE_RANGE = 26,       /* the value is outside the bounds that were given for its column */
  STARKCORE_RULE_COUNT = 27        /* a message has at most STARKCORE_MESSAGE_ELEMENTS elements in a list */
};

/* The fields. */
enum {
  STARKCORE_FIELD_NONE = 0,
  STARKCORE_FIELD_A = 1,
  STARKCORE_FIELD_B = 2,
  STARKCORE_FIELD_PRIVATE_KEY = 3,
  STARKCORE_FIELD_MESSAGE_HASH = 4,
  STARKCORE_FIELD_SEED = 5,
  STARKCORE_FIELD_SIGNATURE = 6,
  STARKCORE_FIELD_PUBLIC_KEY = 7,
  STARKCORE_FIELD_SIZE = 8,
  STARKCORE_FIELD_PRICE = 9,
  STARKCORE_FIELD_LIMIT_FEE = 10,
  STARKCORE_FIELD_AMOUNT = 11,
  STARKCORE_FIELD_SYNTHETIC_ID = 12,
  STARKCORE_FIELD_COLLATERAL_ID = 13,
  STARKCORE_FIELD_FEE_ASSET_ID = 14,
  STARKCORE_FIELD_ASSET_ID = 15,
  STARKCORE_FIELD_RECEIVER_KEY = 16,
  STARKCORE_FIELD_CONDITION = 17,
  STARKCORE_FIELD_ETH_ADDRESS = 18,
  STARKCORE_FIELD_QUANTUMS_SYNTHETIC = 19,
  STARKCORE_FIELD_QUANTUMS_COLLATERAL = 20,
  STARKCORE_FIELD_QUANTUMS_FEE = 21,
  STARKCORE_FIELD_RESOLUTION = 22,
  STARKCORE_FIELD_ENGINE = 23,
  STARKCORE_FIELD_MARKET = 24,
  STARKCORE_FIELD_SIDE = 25,
  STARKCORE_FIELD_NONCE = 26,
  STARKCORE_FIELD_EXPIRATION = 27,
  STARKCORE_FIELD_MEGABYTES = 28,
  STARKCORE_FIELD_ELEMENT = 29,
  STARKCORE_FIELD_HASH = 30
};

/* From this number on a field is a column of a table of messages: number field −
 * STARKCORE_FIELD_COLUMN. The caller has the names. */
#define STARKCORE_FIELD_COLUMN 128

#define STARKCORE_STATUS(rule, field) ((rule) | ((field) << 8))
#define STARKCORE_STATUS_RULE(status) ((status)&0xff)
#define STARKCORE_STATUS_FIELD(status) (((status) >> 8) & 0xff)

/* The rule of a status as an English sentence without the field, e.g. "must be in [1, n)". Never NULL, static. */
const char *starkcore_rule_text(starkcore_status status);

/* The field of a status, as the Python interface names it, e.g. "private_key"; "" when there is none. Static. */
const char *starkcore_field_name(starkcore_status status);

/* ---- The build and its engine -------------------------------------------------------------------------- */

/* "0.1.0" and the like; the compiler and its version. Static. */
const char *starkcore_version(void);
const char *starkcore_compiler(void);

/* The engine in use: "portable", "x86_64-adx", "aarch64-sha", … It is chosen once, by what the CPU
 * can do; the environment variable STARKCORE_ENGINE, read at that moment, forces one (a name this
 * CPU can't run is ignored there and reported by starkcore_use_engine). Every engine gives the same
 * answers, bit for bit. */
const char *starkcore_engine(void);

/* The i-th engine that this CPU can run, fastest first; NULL after the last. */
const char *starkcore_engine_at(size_t i);

/* Use the named engine from now on. For tests: calls under way in other threads finish on the old one.
 * STARKCORE_RULE_ENGINE when there is no such engine here. */
starkcore_status starkcore_use_engine(const char *name);

/* Strict mode: no secret is inverted in variable time, not even behind a blind that nobody knows.
 * Signing takes about a quarter longer, public keys a tenth, and the results are the same. Off
 * unless the environment variable STARKCORE_STRICT is set to something but "0" when it is first
 * asked. use_strict: from now on; 0 is off. Calls under way in other threads may finish in the old
 * mode. */
int starkcore_strict(void);
void starkcore_use_strict(int strict);

/* The megabytes (10^6 bytes) that the tables of the Pedersen hash take: 1 for those built in, 9 for
 * the large ones, with which a hash takes about a quarter less time where the caches have room for
 * them. use_tables: from now on, in every thread, the largest tables of at most that size. Large
 * ones are built in tens of milliseconds; they are freed when smaller ones are asked for and no
 * hash under way uses them any more. STARKCORE_RULE_TABLES for 0; STARKCORE_RULE_MEMORY, and
 * nothing changes, when there is no memory. */
uint32_t starkcore_tables(void);
starkcore_status starkcore_use_tables(uint32_t megabytes);

/* Recompute published values with the engine in use; a few hundred microseconds. */
starkcore_status starkcore_selftest(void);

/* ---- Hashes -------------------------------------------------------------------------------------------- */

/* All inputs public. Ethereum's Keccak-256 (not SHA3-256), and SHA-256. */
void starkcore_keccak256(uint8_t out[32], const uint8_t *data, size_t size);
void starkcore_sha256(uint8_t out[32], const uint8_t *data, size_t size);

/* The Pedersen hash of two field elements. Public.
 *
 * Returns: OK, or BELOW_P for field A or B.
 * Out:     out: the hash, below p.
 * In:      a, b: below p.
 */
starkcore_status starkcore_pedersen(uint8_t out[32], const uint8_t a[32], const uint8_t b[32]);

/* count hashes: out, a and b are count × 32 bytes. When an element is out of range, everything is zero,
 * *bad is the index of the first such pair, and the status is that pair's; otherwise *bad is count.
 * Faster an item than starkcore_pedersen: inversions are shared. */
starkcore_status starkcore_pedersen_many(uint8_t *out, size_t *bad, const uint8_t *a, const uint8_t *b, size_t count);

/* The Pedersen hash of a list of count elements, count × 32 bytes, as Starknet has it: H(… H(H(0,
 * x1), x2) …, xn), and the hash of that with n. A list may be empty. BELOW_P for field ELEMENT:
 * *bad is the place of the first element that is out of range; otherwise *bad is count. */
starkcore_status starkcore_pedersen_elements(uint8_t out[32], size_t *bad, const uint8_t *elements, size_t count);

/* count lists, of sizes[i] elements each: elements has all of them, one list after the other. out
 * is count × 32 bytes. When an element is out of range everything is zero, and *bad is its place
 * among all elements; otherwise *bad is how many these are. Faster a list than
 * starkcore_pedersen_elements: inversions are shared by lists. out must not overlap elements. */
starkcore_status starkcore_pedersen_lists(uint8_t *out, size_t *bad, const uint8_t *elements, const size_t *sizes,
                                          size_t count);

/* Such a hash of the beginning of a list: copy it to use it for several. Opaque, of fixed size, the
 * caller's memory; no pointers in it; it serves every engine of this build. */
typedef struct {
  uint64_t opaque[6];
} starkcore_pedersen_state;

/* The state before the first element; taking in count elements more; and the hash of all that was
 * taken in, which leaves the state as it is. BELOW_P for field ELEMENT, and *bad as from
 * starkcore_pedersen_elements; the state is then zero, which every other call refuses in the same
 * way. */
void starkcore_pedersen_init(starkcore_pedersen_state *state);
starkcore_status starkcore_pedersen_absorb(starkcore_pedersen_state *state, size_t *bad, const uint8_t *elements,
                                           size_t count);
starkcore_status starkcore_pedersen_finish(uint8_t out[32], const starkcore_pedersen_state *state);

/* Poseidon, public in all its forms: StarkWare's parameters, as Starknet has them. hash(a, b) is
 * the first element of the permutation of (a, b, 2). BELOW_P for field A or B. */
starkcore_status starkcore_poseidon(uint8_t out[32], const uint8_t a[32], const uint8_t b[32]);

/* The hash of a single element: the first element of the permutation of (a, 0, 1). BELOW_P for field A. */
starkcore_status starkcore_poseidon_single(uint8_t out[32], const uint8_t a[32]);

/* count hashes of two, with the conventions of starkcore_pedersen_many. Faster an item than
 * starkcore_poseidon where the engine has lanes. */
starkcore_status starkcore_poseidon_pairs(uint8_t *out, size_t *bad, const uint8_t *a, const uint8_t *b, size_t count);

/* The sponge over a list of count elements. Not the hash of two, even for two elements. Conventions
 * of starkcore_pedersen_elements. */
starkcore_status starkcore_poseidon_many(uint8_t out[32], size_t *bad, const uint8_t *elements, size_t count);

/* count sponges, with the conventions of starkcore_pedersen_lists. Faster a list than
 * starkcore_poseidon_many where the engine has lanes. */
starkcore_status starkcore_poseidon_lists(uint8_t *out, size_t *bad, const uint8_t *elements, const size_t *sizes,
                                          size_t count);

/* A sponge that has taken in the beginning of a list, with the conventions of starkcore_pedersen_state. */
typedef struct {
  uint64_t opaque[18];
} starkcore_poseidon_state;

void starkcore_poseidon_init(starkcore_poseidon_state *state);
starkcore_status starkcore_poseidon_absorb(starkcore_poseidon_state *state, size_t *bad, const uint8_t *elements,
                                           size_t count);
starkcore_status starkcore_poseidon_finish(uint8_t out[32], const starkcore_poseidon_state *state);

/* ---- Keys ---------------------------------------------------------------------------------------------- */

/* OK when key is in [1, n). Secret, but for the answer. */
starkcore_status starkcore_private_key_check(const uint8_t key[32]);

/* The public point of a private key. Secret, but for the point.
 *
 * Returns: OK, or PRIVATE_KEY.
 * Out:     x, y: the point's coordinates.
 * In:      key: in [1, n).
 */
starkcore_status starkcore_public_key(uint8_t x[32], uint8_t y[32], const uint8_t key[32]);

/* OK when (x, y) is a point of the curve. BELOW_P, ON_CURVE. Public. */
starkcore_status starkcore_public_key_check(const uint8_t x[32], const uint8_t y[32]);

/* OK when x is the x-coordinate of a point of the curve. BELOW_P, ON_CURVE. Public. */
starkcore_status starkcore_public_key_x_check(const uint8_t x[32]);

/* The y-coordinate that goes with x: the even one when odd is 0, else the odd one. BELOW_P, ON_CURVE. Public. */
starkcore_status starkcore_public_key_y(uint8_t y[32], const uint8_t x[32], int odd);

/* keccak256(data) >> 5: dYdX's private_key_from_bytes. data is secret. PRIVATE_KEY when the result is 0 or not
 * below n, which 251 bits make impossible but for 0. */
starkcore_status starkcore_key_from_data(uint8_t key[32], const uint8_t *data, size_t size);

/* The same over a typed Ethereum signature of 66 bytes: r ‖ s ‖ v ‖ type. A signature of 65 bytes
 * is completed with type 0; v = 0 or 1 becomes 27 or 28. LENGTH, TYPED. The signature is secret;
 * its last two bytes are not. legacy_python: hash the signature without its leading zero bytes, as
 * dYdX's old Python client did, but no fewer than 32 bytes. How many are dropped is then public. */
starkcore_status starkcore_key_from_eth_signature(uint8_t key[32], const uint8_t *signature, size_t size,
                                                  int legacy_python);

/* StarkEx's grind_key: sha256(seed ‖ i) for i = 0, 1, …, the first below 31·n, mod n. seed is secret, 1 to 64 bytes
 * (LENGTH). How many hashes were thrown away is public: it tells nothing of the one that was kept.
 * strip_zeros: drop the seed's leading zero bytes first, as implementations do that pass it through an integer; how
 * many is then public. Both variants have given real keys. */
starkcore_status starkcore_grind_key(uint8_t key[32], const uint8_t *seed, size_t size, int strip_zeros);

/* ---- ECDSA, the StarkEx variant ------------------------------------------------------------------------ */

/* A public key made ready for many verifications: starkcore_prepared_size() bytes of the caller's,
 * aligned to 64 bytes, which starkcore_prepare fills. */
typedef struct starkcore_prepared starkcore_prepared;

/* What goes into RFC 6979 besides key and message hash, and what is done besides signing; {NULL, 0,
 * NULL, NULL} is the plain profile. seed: the first counter of the extra data, big-endian, at most
 * 32 bytes; leading zeros don't count, and an empty or zero seed is no seed. When a nonce is
 * refused the counter goes up by one. extra_entropy: NULL, or 32 bytes that follow the counter (RFC
 * 6979, section 3.6). Both are treated as secret. self_check: NULL, or the signer's public key,
 * prepared (starkcore_prepare): every signature is verified under it before it is handed out, so
 * that a fault of the machine while it was computed can't give the key away. FAULT, and a zero
 * signature, where it does not verify. */
typedef struct {
  const uint8_t *seed;
  size_t seed_size;
  const uint8_t *extra_entropy;
  const starkcore_prepared *self_check;
} starkcore_sign_options;

typedef starkcore_sign_options starkcore_nonce_options; /* its former name */

/* Sign a message's hash. Key and options are secret, hash and signature public.
 *
 * Returns: OK; PRIVATE_KEY, MESSAGE_HASH or SEED where an input is not one; NO_NONCE, which nobody will see; FAULT from
 *          a self check. The signature is zero but for OK.
 * Out:     signature: r ‖ s.
 * In:      message_hash: below 2^251.
 *          key: in [1, n).
 *          options: what else goes in, or NULL.
 */
starkcore_status starkcore_sign(uint8_t signature[64], const uint8_t message_hash[32], const uint8_t key[32],
                                const starkcore_sign_options *options);

/* The same for many hashes under one key. Faster an item: inversions are shared. A bad hash spoils its own item only.
 *
 * Returns: OK; PRIVATE_KEY or SEED, with every item zero; or the status of the first item that failed.
 * Out:     signatures: count × 64 bytes, each as from starkcore_sign.
 *          statuses: count entries.
 * In:      message_hashes: count × 32 bytes.
 *          key, options: as in starkcore_sign.
 */
starkcore_status starkcore_sign_many(uint8_t *signatures, starkcore_status *statuses, const uint8_t *message_hashes,
                                     size_t count, const uint8_t key[32], const starkcore_sign_options *options);

/* Verify a signature. All public, as in all of verification.
 *
 * Returns: OK when it is right; SIGNATURE when it isn't, for whatever reason lies in r or s; MESSAGE_HASH, BELOW_P or
 *          ON_CURVE when hash or key are not ones.
 * In:      signature: r ‖ s.
 *          message_hash: below 2^251.
 *          x, y: the public key.
 */
starkcore_status starkcore_verify(const uint8_t signature[64], const uint8_t message_hash[32], const uint8_t x[32],
                                  const uint8_t y[32]);

/* The same when only x is known: OK when the signature is right for either point. */
starkcore_status starkcore_verify_x(const uint8_t signature[64], const uint8_t message_hash[32], const uint8_t x[32]);

/* How large a starkcore_prepared is, the table for many verifications under one key. It holds no pointers, and serves
 * every engine of this build. */
size_t starkcore_prepared_size(void);

/* Fill it.
 *
 * Returns: OK, or BELOW_P or ON_CURVE: the table is then zero, and refuses every signature with ON_CURVE.
 * Out:     prepared: starkcore_prepared_size() bytes.
 * In:      x, y: the public key.
 */
starkcore_status starkcore_prepare(starkcore_prepared *prepared, const uint8_t x[32], const uint8_t y[32]);

/* starkcore_verify under the key that was prepared. */
starkcore_status starkcore_verify_prepared(const uint8_t signature[64], const uint8_t message_hash[32],
                                           const starkcore_prepared *prepared);

/* count verifications under one prepared key: message_hashes count × 32 bytes, signatures count × 64, statuses count
 * entries, each as from starkcore_verify_prepared. Returns OK, or the status of the first item that is not OK. */
starkcore_status starkcore_verify_prepared_many(starkcore_status *statuses, const uint8_t *signatures,
                                                const uint8_t *message_hashes, size_t count,
                                                const starkcore_prepared *prepared);

/* Many verifications, each under its own key. Faster an item where the engine has lanes.
 *
 * Returns: OK, or the status of the first item that is not OK.
 * Out:     statuses: count entries, each as from starkcore_verify, or from starkcore_verify_x where no y is known.
 * In:      signatures: count × 64 bytes.
 *          message_hashes, xs: count × 32 bytes.
 *          ys: count × 32 bytes, or NULL where no y is known.
 *          has_y: count flags, 0 where that y isn't known; NULL: all are.
 */
starkcore_status starkcore_verify_many(starkcore_status *statuses, const uint8_t *signatures,
                                       const uint8_t *message_hashes, const uint8_t *xs, const uint8_t *ys,
                                       const uint8_t *has_y, size_t count);

/* ---- StarkEx perpetual messages ------------------------------------------------------------------------ */

/* A limit order with fees (message 3). Ids are 32 bytes: synthetic below 2^128, the others below 2^250. */
typedef struct {
  uint8_t synthetic_id[32];
  uint8_t collateral_id[32];
  uint8_t fee_asset_id[32];
  uint64_t quantums_synthetic;
  uint64_t quantums_collateral;
  uint64_t quantums_fee;
  uint64_t position_id;
  uint32_t nonce;
  uint32_t expiration_hours; /* since the epoch */
  uint32_t is_buying_synthetic;
} starkcore_order;

/* A transfer (message 4) and, when conditional is not 0, a conditional transfer (message 5). dYdX sets the fee asset
 * and the highest fee to 0, and the position that pays the fee to the sender's. Receiver key, condition < 2^251. */
typedef struct {
  uint8_t asset_id[32];
  uint8_t fee_asset_id[32];
  uint8_t receiver_key[32];
  uint8_t condition[32];
  uint64_t sender_position_id;
  uint64_t receiver_position_id;
  uint64_t fee_position_id;
  uint64_t quantums_amount;
  uint64_t quantums_max_fee;
  uint32_t nonce;
  uint32_t expiration_hours;
  uint32_t conditional;
} starkcore_transfer;

/* A withdrawal (message 6) and, when to_address is not 0, a withdrawal to an address (message 7). */
typedef struct {
  uint8_t collateral_id[32];
  uint8_t eth_address[20];
  uint64_t position_id;
  uint64_t quantums_amount;
  uint32_t nonce;
  uint32_t expiration_hours;
  uint32_t to_address;
} starkcore_withdrawal;

/* Their hashes, public. WIDTH with the field named. */
starkcore_status starkcore_order_hash(uint8_t hash[32], const starkcore_order *order);
starkcore_status starkcore_transfer_hash(uint8_t hash[32], const starkcore_transfer *transfer);
starkcore_status starkcore_withdrawal_hash(uint8_t hash[32], const starkcore_withdrawal *withdrawal);

/* ---- Amounts as people write them ---------------------------------------------------------------------- */

/* How to round to whole quantums. */
enum { STARKCORE_ROUND_EXACT = 0, STARKCORE_ROUND_DOWN = 1, STARKCORE_ROUND_UP = 2 };

/* quantums = amount × resolution, where amount is decimal text of `size` bytes, and resolution the number of quantums
 * in one unit. SYNTAX, NEGATIVE, TOO_LONG, MULTIPLE (exact only), WIDTH (2^64 and more); the field is AMOUNT. */
starkcore_status starkcore_quantums(uint64_t *quantums, const char *amount, size_t size, uint64_t resolution,
                                    int rounding);

/* The nonce of a client id: the last four bytes of sha256(id), big-endian. */
uint32_t starkcore_nonce_from_client_id(const char *client_id, size_t size);

/* Which four bytes of the digest are the nonce: the last ones are dYdX's, the first ones edgeX's. */
enum { STARKCORE_NONCE_LAST = 0, STARKCORE_NONCE_FIRST = 1 };

/* The nonce of a client id at a venue that takes those bytes. Public. */
uint32_t starkcore_nonce_of_client_id(const char *client_id, size_t size, int bytes);

/* An expiry in whole hours since the epoch, rounded up, or down where round_down isn't 0, and buffer_hours more. What
 * is signed is this number. SECONDS outside of the years 2015 to 2500, WIDTH from 2^32 hours on; the field is
 * EXPIRATION. */
starkcore_status starkcore_expiration_hours(uint32_t *hours, int64_t seconds, uint32_t buffer_hours, int round_down);

/* ---- Whole orders -------------------------------------------------------------------------------------- */

/* What a signer must know of a market, made ready: ids and resolutions, and for each side the half of
 * the hash that depends on nothing else. Opaque, of fixed size, the caller's memory; no pointers in it;
 * it serves every engine of this build. */
typedef struct {
  uint64_t opaque[24];
} starkcore_market;

/* WIDTH with the id named; ZERO for a resolution of 0. Public. */
starkcore_status starkcore_market_init(starkcore_market *market, const uint8_t synthetic_id[32],
                                       const uint8_t collateral_id[32], const uint8_t fee_asset_id[32],
                                       uint64_t synthetic_resolution, uint64_t collateral_resolution);

/* The last word of an order (position, expiry) as its half of the hash: the same for all orders of an hour. */
typedef struct {
  uint64_t opaque[16];
} starkcore_order_tail;

void starkcore_order_tail_init(starkcore_order_tail *tail, uint64_t position_id, uint32_t expiration_hours);

/* An order as a person writes it. The amounts are decimal text; nothing is kept of the pointers. When client_id is
 * not NULL the nonce is made from it, otherwise `nonce` is taken. */
typedef struct {
  const starkcore_market *market;
  const starkcore_order_tail *tail;
  const char *size;
  const char *price;
  const char *limit_fee;
  const char *client_id;
  size_t size_size;
  size_t price_size;
  size_t limit_fee_size;
  size_t client_id_size;
  uint32_t nonce;
  uint32_t is_buying_synthetic;
} starkcore_human_order;

/* What was signed, and the signature: everything that a request to the exchange needs. */
typedef struct {
  uint8_t hash[32];
  uint8_t signature[64];
  uint64_t quantums_synthetic;
  uint64_t quantums_collateral;
  uint64_t quantums_fee;
  uint64_t position_id;
  uint32_t nonce;
  uint32_t expiration_hours;
} starkcore_signed_order;

/* Amounts and hash of count orders, without a signature. StarkEx's rules, those of dYdX's own client: size exact in
 * quantums of the synthetic; size × price rounded up for a buy and down for a sell, to quantums of the collateral; the
 * fee rate cut to six decimals, the fee rounded up. Size and price must be more than zero. A bad order spoils its own
 * item only: statuses has count entries. Returns OK or the status of the first order that failed. Public. */
starkcore_status starkcore_hash_orders(starkcore_signed_order *out, starkcore_status *statuses,
                                       const starkcore_human_order *orders, size_t count);

/* What starkcore_hash_orders makes of one order, but for the hash, which is 0: an order that is looked at, or hashed as
 * a message. Public. */
starkcore_status starkcore_read_order(starkcore_signed_order *out, const starkcore_human_order *order);

/* Those orders, signed. Key and options are secret, orders and results public.
 *
 * Returns: OK; PRIVATE_KEY or SEED, with every item zero; or the status of the first order that failed.
 * Out:     out: count orders as they are signed; zero where one failed.
 *          statuses: count entries.
 * In:      orders: count orders in decimal text.
 *          key, options: as in starkcore_sign.
 */
starkcore_status starkcore_sign_orders(starkcore_signed_order *out, starkcore_status *statuses,
                                       const starkcore_human_order *orders, size_t count, const uint8_t key[32],
                                       const starkcore_sign_options *options);

/* ---- Whole orders in columns --------------------------------------------------------------------------- */

/* A column of integers, one an order: item i is the `width` bytes (1, 2, 4 or 8, in the machine's order, at any
 * address) at data + i × stride. With a stride of 0 all orders have the same. */
typedef struct {
  const void *data;
  ptrdiff_t stride;
  uint32_t width;
  uint32_t is_signed;
} starkcore_column;

/* A market of a table of orders, and what the integers in it count: a size of 1 is 10^-size_decimals units of the
 * synthetic, a price of 1 is 10^-price_decimals units of the collateral. Decimals up to 36. */
typedef struct {
  const starkcore_market *market;
  uint32_t size_decimals;
  uint32_t price_decimals;
} starkcore_scaled_market;

/* A table of orders of one position. market: an index into markets. side: 1 buys the synthetic, 0
 * sells it. limit_fee: in millionths. expiration: in seconds since the epoch; hours are rounded up
 * (down when round_down is not 0), and buffer_hours added. Each must be after `now`, in the same
 * seconds. */
typedef struct {
  const starkcore_scaled_market *markets;
  size_t market_count;
  starkcore_column market;
  starkcore_column side;
  starkcore_column size;
  starkcore_column price;
  starkcore_column limit_fee;
  starkcore_column nonce;
  starkcore_column expiration;
  uint64_t position_id;
  int64_t now;
  uint32_t buffer_hours;
  uint32_t round_down;
} starkcore_order_table;

/* Where the results of a table go, each an array with an entry for every order: hashes × 32 bytes, signatures × 64. */
typedef struct {
  uint8_t *hashes;
  uint8_t *signatures;
  uint64_t *quantums_synthetic;
  uint64_t *quantums_collateral;
  uint64_t *quantums_fee;
  uint32_t *expiration_hours;
  starkcore_status *statuses;
} starkcore_signed_table;

/* Signs the orders first … first + count − 1 of a table, by the rules of starkcore_sign_orders, and
 * fills their places in `out`. INDEX (field MARKET), FLAG (SIDE), NEGATIVE, ZERO, FEE, MULTIPLE and
 * WIDTH with the fields of an order, WIDTH (NONCE; EXPIRATION: with buffer_hours it is beyond 32
 * bits), SECONDS and PAST (EXPIRATION). A bad order spoils its own item only. Returns as
 * starkcore_sign_orders. Key secret, orders public. */
starkcore_status starkcore_sign_order_table(const starkcore_signed_table *out, const starkcore_order_table *orders,
                                            size_t first, size_t count, const uint8_t key[32],
                                            const starkcore_sign_options *options);

/* ---- Messages of Starknet's kind, prepared once ---------------------------------------------------------- */

/* A message is the hash of a list: some constants, and last the hash of another list, of constants
 * and of slots that every message fills; so are SNIP-12's (StarkNet Message, domain, account,
 * struct) and what exchanges make of them. What the constants come to is computed once. All of it
 * is public but the key. */

/* The lists' hash: starkcore_pedersen_elements or starkcore_poseidon_many. */
enum { STARKCORE_LIST_PEDERSEN = 0, STARKCORE_LIST_POSEIDON = 1 };

/* The most elements that either list may have, the hash in the outer one not counted. */
#define STARKCORE_MESSAGE_ELEMENTS 32

/* A message's shape. Opaque, of fixed size, the caller's memory; no pointers in it; it serves every
 * engine of this build. */
typedef struct {
  uint64_t opaque[544];
} starkcore_message_template;

/* outer: outer_count × 32 bytes, the constants before the inner hash. elements: count × 32 bytes,
 * the inner list; slots: count bytes, not 0 where the element is a slot, whose 32 bytes aren't
 * read. Slots are counted in the order of the list. FLAG (HASH), COUNT (ELEMENT), BELOW_P
 * (ELEMENT): *bad is the place of the first element that is out of range, among outer and then
 * elements. The template is then zero, which all calls refuse as BELOW_P. */
starkcore_status starkcore_message_template_init(starkcore_message_template *out, size_t *bad, int hash,
                                                 const uint8_t *outer, size_t outer_count, const uint8_t *elements,
                                                 const uint8_t *slots, size_t count);

/* An element made ready to fill slots with, of any template: what a Pedersen hash needs of it is
 * then known. Opaque, like a template. BELOW_P (ELEMENT), and zero. */
typedef struct {
  uint64_t opaque[14];
} starkcore_message_element;

starkcore_status starkcore_message_element_init(starkcore_message_element *out, const uint8_t value[32]);

/* What fills a slot: an element made ready or, where that is NULL, a plain one. */
typedef struct {
  const starkcore_message_element *ready;
  uint8_t element[32];
} starkcore_message_value;

/* count messages: values has those of each one's slots, one message after the other; hashes is
 * count × 32 bytes, statuses count entries. A bad message spoils its own item only, which is zero:
 * BELOW_P (ELEMENT) for a value out of range, or a template or ready element that is none. Returns
 * OK or the status of the first message that failed. Public. Quicker a message for many. */
starkcore_status starkcore_hash_messages(uint8_t *hashes, starkcore_status *statuses,
                                         const starkcore_message_template *shape, const starkcore_message_value *values,
                                         size_t count);

/* The same, signed: signatures is count × 64 bytes. MESSAGE_HASH for a hash of 2^251 or more, once
 * in 2^54 messages. Key secret, all else public. PRIVATE_KEY or SEED: every item is zero. */
starkcore_status starkcore_sign_messages(uint8_t *hashes, uint8_t *signatures, starkcore_status *statuses,
                                         const starkcore_message_template *shape, const starkcore_message_value *values,
                                         size_t count, const uint8_t key[32], const starkcore_sign_options *options);

/* ---- Messages in columns --------------------------------------------------------------------------------- */

#define STARKCORE_MESSAGE_COLUMNS 16
#define STARKCORE_MESSAGE_TERMS 8
#define STARKCORE_NO_COLUMN 0xffffffffu

/* A column, and the integers that it may have: least … most. Others are refused with `rule`, and
 * negative ones with NEGATIVE; the field is STARKCORE_FIELD_COLUMN and the column's number. */
typedef struct {
  starkcore_column column;
  uint64_t least;
  uint64_t most;
  uint32_t rule;
} starkcore_bounded_column;

/* What a product of columns is multiplied by, resolution × 10^-decimals, and what may come of it:
 * least … most. At most 200 decimals. */
typedef struct {
  uint64_t resolution;
  uint64_t least;
  uint64_t most;
  uint32_t decimals;
} starkcore_scale;

/* A number made of columns, which are given by their places: the product of factor_count ≤ 3 of
 * them – to the last of which column `addend` is added first – and of a scale; rounded to a whole
 * number; and `plus` added. scales has scale_count entries, of which column `scale` has the place;
 * `side` is a column of 0 and 1, which chooses the rounding (STARKCORE_ROUND_…), and whether the
 * number is taken negative. addend, scale and side may be STARKCORE_NO_COLUMN: nothing is added,
 * the first scale, the first choice. MULTIPLE where it should be whole and isn't, RANGE where the
 * rounded number is outside the scale's bounds, WIDTH where it doesn't fit 64 bits; the field is
 * column `blame`'s. A term that no slot takes is a check, and a result. */
typedef struct {
  uint32_t factors[3];
  uint32_t factor_count;
  uint32_t addend;
  uint32_t scale;
  uint32_t side;
  uint32_t rounding[2];
  uint32_t negative[2];
  uint32_t blame;
  const starkcore_scale *scales;
  size_t scale_count;
  uint64_t plus;
} starkcore_term;

/* What fills a slot: term `from`, −x as p − x; or, where choices isn't NULL, the element there
 * whose place column `from` has. */
typedef struct {
  uint32_t from;
  const starkcore_message_element *choices;
  size_t choice_count;
} starkcore_slot;

/* A table of messages of one template, a row each. slots has an entry for every slot of it. */
typedef struct {
  const starkcore_message_template *shape;
  const starkcore_bounded_column *columns;
  size_t column_count;
  const starkcore_term *terms;
  size_t term_count;
  const starkcore_slot *slots;
} starkcore_message_table;

/* Where the results go, each an array with an entry for every row: hashes × 32 bytes, signatures ×
 * 64, and for each term an array of its numbers, in two's complement. */
typedef struct {
  uint8_t *hashes;
  uint8_t *signatures;
  starkcore_status *statuses;
  uint64_t *const *terms;
} starkcore_signed_messages;

/* Signs rows first … first + count − 1, and fills their places in `out`. Of several faults in a row
 * the first in the order of columns, and then of terms, is reported; INDEX with the column's field
 * where a place is none. A bad row spoils its own item only, which is zero. PRIVATE_KEY or SEED, or
 * INDEX (ELEMENT) for a table that names a column, term or slot that isn't there, or more of them
 * than the numbers above: every item is zero. Returns as above. Key secret, all else public. */
starkcore_status starkcore_sign_message_table(const starkcore_signed_messages *out,
                                              const starkcore_message_table *table, size_t first, size_t count,
                                              const uint8_t key[32], const starkcore_sign_options *options);

#ifdef __cplusplus
}
#endif

#endif /* STARKCORE_H */
