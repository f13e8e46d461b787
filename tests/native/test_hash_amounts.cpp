// Tests of base/cpu, base/chunks, hash/ (SHA-256, HMAC, Keccak), ecdsa/nonce and starkex/
// (decimals, amounts, packing of messages).
#include "base/chunks.hpp"
#include "base/cpu.hpp"
#include "check.hpp"
#include "ecdsa/nonce.hpp"
#include "field/constants.hpp"
#include "hash/hmac.hpp"
#include "hash/keccak.hpp"
#include "hash/sha256.hpp"
#include "nonce_vectors.hpp"
#include "starkex/amounts.hpp"
#include "starkex/messages.hpp"

namespace starkcore::test {
namespace {

// ---- CPU -----------------------------------------------------------------------------------------------------------

void test_cpu() {
  const u32 here = detect_cpu(), in_use = cpu_in_use();
  CHECK((in_use & ~here) == 0);
  CHECK(std::string(engine_name_at(0)) == engine_name(here));
  u32 last = ~0u;
  std::size_t count = 0;
  while (const char* name = engine_name_at(count)) {
    u32 features = 0;
    CHECK_CASE(engine_features(name, features) && (features & ~here) == 0, name);
    CHECK_CASE(std::string(engine_name(features)) == name, name);
    last = features;
    ++count;
  }
  CHECK(last == 0);  // the portable engine is the last, and everywhere
  CHECK(!engine_features("", last) && !engine_features("z80", last) && last == 0);
  set_cpu_in_use(0);
  CHECK(cpu_in_use() == 0 && std::string(engine_name(0)) == "portable");
  set_cpu_in_use(in_use);
  CHECK(cpu_in_use() == in_use);
}

// ---- Chunks --------------------------------------------------------------------------------------------------------

static_assert(least(0, 5) == 0 && least(5, 5) == 5 && least(~std::size_t{0}, 5) == 5);

// Chunks of at most `most` items follow each other from 0 to `count`, none is empty, and only the last is smaller.
template <std::size_t most>
void test_chunks_of(std::size_t count) {
  std::size_t next = 0, calls = 0;
  bool whole = true, good = true;
  for_chunks<most>(count, [&](std::size_t first, std::size_t size) {
    good &= whole && first == next && 0 < size && size <= most;
    whole = size == most;
    next += size;
    ++calls;
  });
  CHECK(good && next == count && calls == count / most + (count % most != 0 ? 1 : 0));
}

void test_chunks() {
  for (std::size_t count = 0; count < 5 * kChunk; ++count) test_chunks_of<kChunk>(count), test_chunks_of<1>(count);
  // Where a sum of place and size would wrap, a loop that adds before it compares has no end, or leaves the array.
  constexpr std::size_t all = ~std::size_t{0};
  for (std::size_t count : {all, all - 1, all / 2, all / 2 + 1, all - all / 8}) {
    test_chunks_of<all / 4>(count), test_chunks_of<all / 4 + 2>(count), test_chunks_of<all>(count);
  }
}

// ---- Hashes --------------------------------------------------------------------------------------------------------

std::string sha256_hex(const Bytes& data) {
  u8 out[32];
  sha256(out, data.data(), data.size());
  return hex(out, 32);
}

std::string keccak_hex(const Bytes& data) {
  u8 out[32];
  keccak256(out, data.data(), data.size());
  return hex(out, 32);
}

// The constants of FIPS 180-4 once more: c = floor(p^(1/k)·2^32) is where c^k <= p·2^(32k) < (c + 1)^k, and its low 32
// bits are the constant.
U256 power(u64 c, int k) {
  U256 out = u256(1);
  for (int i = 0; i < k; ++i) {
    u64 carry = 0;
    for (u64& limb : out.w) limb = mul_add(limb, c, 0, carry);
  }
  return out;
}

bool is_root(u64 prime, u32 constant, int k) {
  U256 target{};  // prime·2^(32k)
  target.w[k / 2] = prime << (32 * (k % 2));
  u64 whole = 0;
  while (!less_var(target, power((whole + 1) << 32, k))) ++whole;
  const u64 c = whole << 32 | constant;
  return !less_var(target, power(c, k)) && less_var(target, power(c + 1, k));
}

void test_sha256_constants() {
  std::size_t found = 0;
  for (u64 candidate = 2; found < 64; ++candidate) {
    bool prime = true;
    for (u64 divisor = 2; divisor < candidate; ++divisor) prime = prime && candidate % divisor != 0;
    if (!prime) continue;
    CHECK(is_root(candidate, kSha256Rounds[found], 3));
    if (found < 8) CHECK(is_root(candidate, kSha256Initial.h[found], 2));
    ++found;
  }
}

// Source: NIST, FIPS 180-4 examples ("SHA256.pdf") and the long message test of one million "a".
void test_sha256() {
  CHECK(sha256_hex({}) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_hex(bytes("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_hex(bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256_hex(Bytes(1000000, 'a')) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

// HMAC of a message with a key of 32 bytes or fewer, which zeros fill up (RFC 2104), by the functions for words.
std::string hmac_hex(const Bytes& key, Bytes message) {
  const std::size_t bits = 8 * (64 + message.size());
  message.push_back(0x80);
  while (message.size() % 64 != 56) message.push_back(0);
  for (int i = 7; i >= 0; --i) message.push_back(static_cast<u8>(bits >> (8 * i)));
  std::vector<u32> blocks(message.size() / 4);
  for (std::size_t i = 0; i < blocks.size(); ++i) blocks[i] = load_be32(message.data() + 4 * i);
  u8 filled[32] = {}, out[32];
  std::memcpy(filled, key.data(), key.size());
  u32 words[8], mac[8];
  for (std::size_t i = 0; i < 8; ++i) words[i] = load_be32(filled + 4 * i);
  HmacKey ready;
  hmac_key(ready, words);
  hmac_padded(mac, ready, blocks.data(), blocks.size() / 16);
  for (std::size_t i = 0; i < 8; ++i) {
    const u32 word = big_endian(mac[i]);
    std::memcpy(out + 4 * i, &word, 4);
  }
  return hex(out, 32);
}

// Source: RFC 4231, test cases 1 to 4, whose keys are short enough; and case 4's with two blocks
// more, from Python's hmac.
void test_hmac() {
  Bytes count;
  for (u8 i = 1; i <= 25; ++i) count.push_back(i);
  const struct {
    Bytes key, data;
    const char* mac;
  } cases[] = {
      {Bytes(20, 0x0b), bytes("Hi There"), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {bytes("Jefe"), bytes("what do ya want for nothing?"),
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {Bytes(20, 0xaa), Bytes(50, 0xdd), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {count, Bytes(50, 0xcd), "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
      {count, Bytes(150, 0xcd), "e5b0d1f47a8b483ca7a321c1107466edcf9e48895815b04db56ed8138772974a"},
  };
  for (const auto& c : cases) {
    CHECK(hmac_hex(c.key, c.data) == c.mac);
  }
  HmacKey zero;
  const u32 zeros[8] = {};
  hmac_key(zero, zeros);
  CHECK(std::memcmp(&zero, &kZeroHmacKey, sizeof zero) == 0);
}

#if STARKCORE_HAVE_SHA_X86
// Both versions of SHA-256, at all lengths up to 300 bytes, and in words.
void test_sha256_x86() {
  if ((detect_cpu() & kCpuShaX86) == 0) return;
  const u32 in_use = cpu_in_use();
  Bytes data;
  for (std::size_t size = 0; size <= 300; ++size) {
    set_cpu_in_use(0);
    const std::string portable = sha256_hex(data);
    set_cpu_in_use(kCpuShaX86);
    CHECK(sha256_hex(data) == portable);
    data.push_back(static_cast<u8>(31 * size + 7));
  }
  u32 words[32];
  for (std::size_t i = 0; i < 32; ++i) words[i] = load_be32(data.data() + 4 * i);
  Sha256State states[3] = {kSha256Initial, kSha256Initial, kSha256Initial};
  sha256_compress_x86(states[0], data.data(), 2);
  sha256_compress_x86(states[1], words, 2);
  sha256_compress_portable(states[2], words, 2);
  CHECK(std::memcmp(&states[0], &states[1], sizeof states[0]) == 0);
  CHECK(std::memcmp(&states[0], &states[2], sizeof states[0]) == 0);
  set_cpu_in_use(in_use);
}
#endif

// Sources: the Ethereum yellow paper's KEC(()) and the well-known digest of "abc"; at the borders of a block, bytes
// 0, 1, 2, … hashed with pycryptodome 3.24.1.
void test_keccak() {
  CHECK(keccak_hex({}) == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
  CHECK(keccak_hex(bytes("abc")) == "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45");
  const struct {
    std::size_t size;
    const char* digest;
  } cases[] = {
      {135, "cbdfd9dee5faad3818d6b06f95a219fd290b0e1706f6a82e5a595b9ce9faca62"},
      {136, "7ce759f1ab7f9ce437719970c26b0a66ff11fe3e38e17df89cf5d29c7d7f807e"},
      {137, "ac73d4fae68b8453f764007c1a20ce95994187861f0c3227a3a8e99a73a3b1db"},
      {271, "7c974895b2a88303ff2dc6b58f438ceb0b298cac91099ac0539cc0f477506191"},
      {272, "fdf2ec49e749960d3c8521a0219af8d03e30e2b3bf19bd16150ee0eaf133d66e"},
  };
  for (const auto& c : cases) {
    Bytes data;
    for (std::size_t i = 0; i < c.size; ++i) data.push_back(static_cast<u8>(i));
    CHECK(keccak_hex(data) == c.digest);
  }
}

// ---- Nonces --------------------------------------------------------------------------------------------------------

void test_nonces() {
  u8 extra[32];
  for (u8 i = 0; i < 32; ++i) extra[i] = static_cast<u8>(0xe0 + i);
  for (const NonceVector& c : kNonceVectors) {
    NonceGenerator generator(number(c.message_hash), number(c.key), number(c.seed), c.extra_entropy ? extra : nullptr);
    U256 nonce, again;
    generator.next(nonce);
    generator.next(again);
    CHECK_CASE(equal_var(nonce, number(c.nonce)), c.what);
    CHECK_CASE(equal_var(again, nonce), c.what);
  }
}

// Counting up from no seed goes through 1, 2, 3 …, and from a seed on from there, over the borders of a byte.
void test_nonce_counter() {
  const U256 hash = number(kOrderHash), key = number(kOrderKey);
  for (const u64 first : {u64{0}, u64{32}, u64{254}, u64{65534}, ~u64{0} - 1}) {
    NonceGenerator counting(hash, key, u256(first), nullptr);
    for (u64 i = 1; i < 4; ++i) {
      U256 nonce, expected, seed;
      counting.count_up();
      counting.next(nonce);
      add(seed, u256(first), u256(i));
      NonceGenerator(hash, key, seed, nullptr).next(expected);
      CHECK(equal_var(nonce, expected));
    }
  }
}

// ---- Amounts -------------------------------------------------------------------------------------------------------

int rule_of(std::string_view amount, u64 resolution, Rounding rounding) {
  u64 ignored;
  const starkcore_status status = quantums_var(ignored, amount, resolution, rounding, STARKCORE_FIELD_AMOUNT);
  CHECK_CASE(status == STARKCORE_OK || STARKCORE_STATUS_FIELD(status) == STARKCORE_FIELD_AMOUNT, std::string(amount));
  return STARKCORE_STATUS_RULE(status);
}

bool is_amount(std::string_view amount, u64 resolution, Rounding rounding, u64 expected) {
  u64 got = ~expected;
  return quantums_var(got, amount, resolution, rounding, STARKCORE_FIELD_AMOUNT) == STARKCORE_OK && got == expected;
}

void test_decimal_syntax() {
  using namespace std::string_view_literals;
  const std::string_view wrong[] = {
      "",      ".",    "+",    "-",     "e5",    ".e5",  "1e",           "1e+",     "1..2",
      "1.2.3", " 1",   "1 ",   "1_0",   "+-1",   "--1",  "1-",           "NaN",     "Infinity",
      "0x10",  "1e5.", "1e5e", "1,000", "1\0"sv, "\xff", "\xef\xbc\x91", "1e12345x"};
  for (const auto& text : wrong) {
    CHECK_CASE(rule_of(text, 1, Rounding::kUp) == STARKCORE_RULE_SYNTAX, std::string(text));
  }
  for (const auto& text : {"0", "-0", "+0", "-0.00e-5", "0e9999", ".0", "0.", "000"}) {
    CHECK_CASE(is_amount(text, 7, Rounding::kExact, 0), text);
  }
  for (const auto& text : {"1", "+1", "1.", "01", "1.0", "0.1e1", "10e-1", "1E0", "1e+0", "1e-0000", ".1E+1"}) {
    CHECK_CASE(is_amount(text, 7, Rounding::kExact, 7), text);
  }
  for (const auto& text : {"-1", "-1e-9999", "-.5"}) {
    CHECK_CASE(rule_of(text, 1, Rounding::kUp) == STARKCORE_RULE_NEGATIVE, text);
  }
}

void test_decimal_length() {
  const std::string nines(96, '9'), zeros(3000, '0');
  CHECK(is_amount(nines + "e-95", 1, Rounding::kDown, 9));
  CHECK(is_amount(nines + "e-95", 1, Rounding::kUp, 10));
  CHECK(rule_of(nines + "9e-95", 1, Rounding::kUp) == STARKCORE_RULE_TOO_LONG);
  CHECK(rule_of(nines + "9x", 1, Rounding::kUp) == STARKCORE_RULE_SYNTAX);
  CHECK(rule_of("1e12345", 1, Rounding::kUp) == STARKCORE_RULE_TOO_LONG);
  CHECK(is_amount(zeros + "12." + std::string(1000, '0'), 5, Rounding::kExact, 60));
  CHECK(is_amount("12" + zeros + "e-3000", 5, Rounding::kExact, 60));
  CHECK(is_amount("." + zeros + "12e3002", 5, Rounding::kExact, 60));
  CHECK(rule_of(zeros + zeros, 1, Rounding::kUp) == STARKCORE_RULE_TOO_LONG);
}

void test_quantums() {
  CHECK(is_amount("49.478023", 1000000, Rounding::kExact, 49478023));
  CHECK(is_amount("1e-7", 10000000, Rounding::kExact, 1));
  CHECK(is_amount("1E+3", 1000000, Rounding::kExact, 1000000000));
  CHECK(rule_of("0.1", 7, Rounding::kExact) == STARKCORE_RULE_MULTIPLE);
  CHECK(is_amount("0.1", 7, Rounding::kDown, 0) && is_amount("0.1", 7, Rounding::kUp, 1));
  CHECK(is_amount("0.25", 12, Rounding::kExact, 3));
  CHECK(is_amount("1e-9999", ~u64{0}, Rounding::kUp, 1) && is_amount("1e-9999", ~u64{0}, Rounding::kDown, 0));
  CHECK(is_amount("18446744073709551615", 1, Rounding::kExact, ~u64{0}));
  CHECK(is_amount("1", ~u64{0}, Rounding::kExact, ~u64{0}));
  CHECK(is_amount("18446744073709551615.9", 1, Rounding::kDown, ~u64{0}));
  CHECK(rule_of("18446744073709551615.9", 1, Rounding::kUp) == STARKCORE_RULE_WIDTH);
  CHECK(rule_of("18446744073709551616", 1, Rounding::kDown) == STARKCORE_RULE_WIDTH);
  CHECK(rule_of("48226078780614", 1000000, Rounding::kExact) == STARKCORE_RULE_WIDTH);
  CHECK(rule_of("1e9999", 1, Rounding::kDown) == STARKCORE_RULE_WIDTH);
  CHECK(is_amount("1.00000000000000000000000000000000000000000000001", 10, Rounding::kUp, 11));
}

bool is_order(const OrderText& order, u64 synthetic, u64 collateral, u64 fee) {
  OrderQuantums out{};
  return order_quantums_var(out, order, 1000000000, 1000000) == STARKCORE_OK && out.synthetic == synthetic &&
         out.collateral == collateral && out.fee == fee;
}

bool is_refused(const OrderText& order, int rule, int field) {
  OrderQuantums out{};
  return order_quantums_var(out, order, 1000000000, 1000000) == STARKCORE_STATUS(rule, field);
}

// Source: dydx3, tests/starkex/test_order.py (resolutions: ETH 10^9, USDC 10^6).
void test_orders() {
  CHECK(is_order({"145.0005", "350.00067", "0.125", true}, 145000500000, 50750272151, 6343784019));
  CHECK(is_order({"145.0005", "350.00067", "0.000001999999999999999999999999999999999999999999", true}, 145000500000,
                 50750272151, 50751));
  CHECK(is_order({"145.0005", "350.00067", "0.125", false}, 145000500000, 50750272150, 6343784019));
  CHECK(is_order({"1e-9", "1e-40", "0", true}, 1, 1, 0) && is_order({"1e-9", "1e-40", "0.5", false}, 1, 0, 0));
  CHECK(is_order({"1", "1", "0.0000009", true}, 1000000000, 1000000, 0));

  CHECK(is_refused({"1e-10", "1", "0", true}, STARKCORE_RULE_MULTIPLE, STARKCORE_FIELD_SIZE));
  CHECK(is_refused({"0", "x", "0", true}, STARKCORE_RULE_ZERO, STARKCORE_FIELD_SIZE));
  CHECK(is_refused({"-1", "1", "0", true}, STARKCORE_RULE_NEGATIVE, STARKCORE_FIELD_SIZE));
  CHECK(is_refused({"1", "0.0", "0", true}, STARKCORE_RULE_ZERO, STARKCORE_FIELD_PRICE));
  CHECK(is_refused({"1", "1 ", "0", true}, STARKCORE_RULE_SYNTAX, STARKCORE_FIELD_PRICE));
  CHECK(is_refused({"1", "1", "-0.1", true}, STARKCORE_RULE_NEGATIVE, STARKCORE_FIELD_LIMIT_FEE));
  CHECK(is_refused({"1", "1", "", true}, STARKCORE_RULE_SYNTAX, STARKCORE_FIELD_LIMIT_FEE));
  CHECK(is_refused({"1e11", "1", "0", true}, STARKCORE_RULE_WIDTH, STARKCORE_FIELD_QUANTUMS_SYNTHETIC));
  CHECK(is_refused({"1", "1e14", "0", true}, STARKCORE_RULE_WIDTH, STARKCORE_FIELD_QUANTUMS_COLLATERAL));
  CHECK(is_order({"1", "1", "0.9999999999", true}, 1000000000, 1000000, 999999));
  for (const auto& fee : {"1", "1.0", "15", "1e14", "1e9999", "100e-2"}) {
    CHECK_CASE(is_refused({"1", "1", fee, true}, STARKCORE_RULE_FEE, STARKCORE_FIELD_LIMIT_FEE), fee);
  }
}

// ---- Messages ------------------------------------------------------------------------------------------------------

// Each field as a run of ones shows where it begins and ends.
void test_packing() {
  constexpr u64 kOnes = ~u64{0};
  constexpr u32 kHours = 0xffffffff;
  CHECK(equal_var(order_amounts_word(kOnes, 0, kOnes, 0),
                  number("ffffffffffffffff0000000000000000ffffffffffffffff00000000")));
  CHECK(equal_var(order_amounts_word(0, kOnes, 0, kHours), number("ffffffffffffffff0000000000000000ffffffff")));
  CHECK(equal_var(order_tail_word(0, kHours), number("6000000000000000000000000000000000000000000000001fffffffe0000")));
  CHECK(equal_var(order_tail_word(12345, 444701),  // the published order's
                  number("6000000000000607200000000000060720000000000006072000d923a0000")));
  CHECK(equal_var(transfer_positions_word(kOnes, 0, kOnes, 1), order_amounts_word(kOnes, 0, kOnes, 1)));
  CHECK(equal_var(transfer_amounts_word(false, kOnes, 0, kHours),
                  number("9fffffffffffffffe0000000000000001fffffffe00000000000000000000")));
  CHECK(equal_var(transfer_amounts_word(true, 0, kOnes, 0),
                  number("a0000000000000001fffffffffffffffe0000000000000000000000000000")));
  CHECK(equal_var(withdrawal_word(false, kOnes, 0, kOnes, 0),
                  number("dfffffffffffffffe00000001fffffffffffffffe00000000000000000000")));
  CHECK(equal_var(withdrawal_word(true, 0, kHours, 0, kHours),
                  number("e0000000000000001fffffffe0000000000000001fffffffe000000000000")));
  for (const U256& word :
       {order_tail_word(kOnes, kHours), transfer_amounts_word(true, kOnes, kOnes, kHours),
        withdrawal_word(true, kOnes, kHours, kOnes, kHours), order_amounts_word(kOnes, kOnes, kOnes, kHours)}) {
    CHECK(less_var(word, kP));
  }
}

int width(int field) { return STARKCORE_STATUS(STARKCORE_RULE_WIDTH, field); }

// The first value that is too large for each id and key, and that a failed hash is 0.
void test_message_bounds() {
  const U256 id_128{{0, 0, 1, 0}}, id_250{{0, 0, 0, u64{1} << 58}}, key_251{{0, 0, 0, u64{1} << 59}}, zero{};
  U256 largest_128, largest_250, hash = u256(1);
  sub(largest_128, id_128, u256(1));
  sub(largest_250, id_250, u256(1));
  CHECK(check_order_ids(largest_128, largest_250, largest_250) == STARKCORE_OK);
  CHECK(check_order_ids(id_128, id_250, id_250) == width(STARKCORE_FIELD_SYNTHETIC_ID));
  CHECK(check_order_ids(zero, id_250, id_250) == width(STARKCORE_FIELD_COLLATERAL_ID));
  CHECK(check_order_ids(zero, zero, id_250) == width(STARKCORE_FIELD_FEE_ASSET_ID));

  starkcore_order order{};
  store_be256(order.fee_asset_id, id_250);
  CHECK(order_hash_var(hash, order) == width(STARKCORE_FIELD_FEE_ASSET_ID) && is_zero_var(hash));

  starkcore_transfer transfer{};
  transfer.conditional = 1;
  store_be256(transfer.condition, key_251);
  CHECK(transfer_hash_var(hash, transfer) == width(STARKCORE_FIELD_CONDITION));
  store_be256(transfer.receiver_key, key_251);
  CHECK(transfer_hash_var(hash, transfer) == width(STARKCORE_FIELD_RECEIVER_KEY));
  store_be256(transfer.fee_asset_id, id_250);
  CHECK(transfer_hash_var(hash, transfer) == width(STARKCORE_FIELD_FEE_ASSET_ID));
  store_be256(transfer.asset_id, id_250);
  CHECK(transfer_hash_var(hash, transfer) == width(STARKCORE_FIELD_ASSET_ID) && is_zero_var(hash));

  starkcore_withdrawal withdrawal{};
  store_be256(withdrawal.collateral_id, id_250);
  CHECK(withdrawal_hash_var(hash, withdrawal) == width(STARKCORE_FIELD_COLLATERAL_ID) && is_zero_var(hash));
}

// Source: dydx3, tests/starkex/test_helpers.py.
void test_client_ids() {
  CHECK(nonce_from_client_id("", 0, NonceBytes::kLast) == 2018687061);
  CHECK(nonce_from_client_id("1", 1, NonceBytes::kLast) == 3079101259);
  CHECK(nonce_from_client_id("a", 1, NonceBytes::kLast) == 2951628987);
  CHECK(nonce_from_client_id("a", 1, NonceBytes::kFirst) == 0xca978112);
}

// All that rests on SHA-256, with the features that are in use.
void test_all_with_sha256() {
  test_sha256();
  test_hmac();
  test_nonces();
  test_nonce_counter();
  test_client_ids();
}

}  // namespace
}  // namespace starkcore::test

int main() {
  using namespace starkcore::test;
  test_cpu();
  test_chunks();
  test_sha256_constants();
  test_all_with_sha256();
  starkcore::set_cpu_in_use(0);
  test_all_with_sha256();
  starkcore::set_cpu_in_use(starkcore::detect_cpu());
#if STARKCORE_HAVE_SHA_X86
  test_sha256_x86();
#endif
  test_keccak();
  test_decimal_syntax();
  test_decimal_length();
  test_quantums();
  test_orders();
  test_packing();
  test_message_bounds();
  return summary();
}
