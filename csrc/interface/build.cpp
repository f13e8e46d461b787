// The C interface to the build itself: status texts, version, engines, self-test.
#include <cstring>

#include "base/cpu.hpp"
#include "ecdsa/blinding.hpp"
#include "engine/engine.hpp"
#include "hash/pedersen_tables.hpp"
#include "interface/interface.hpp"

using namespace starkcore;

const char* starkcore_rule_text(starkcore_status status) {
  switch (STARKCORE_STATUS_RULE(status)) {
    case STARKCORE_OK: return "is fine";
    case STARKCORE_RULE_SIGNATURE: return "does not verify";
    case STARKCORE_RULE_BELOW_P: return "must be in [0, p)";
    case STARKCORE_RULE_PRIVATE_KEY: return "must be in [1, n)";
    case STARKCORE_RULE_MESSAGE_HASH: return "must be in [0, 2^251)";
    case STARKCORE_RULE_ON_CURVE: return "must be a point of the Stark curve";
    case STARKCORE_RULE_LENGTH: return "has the wrong length";
    case STARKCORE_RULE_NO_NONCE: return "gave no usable nonce";
    case STARKCORE_RULE_SYNTAX:
      return "must be a decimal number in ASCII digits, with at most one point and an exponent, such as 12.5 or 1e-7";
    case STARKCORE_RULE_NEGATIVE: return "must not be negative";
    case STARKCORE_RULE_ZERO: return "must be more than zero";
    case STARKCORE_RULE_TOO_LONG: return "may have 96 significant digits and an exponent of 4 digits";
    case STARKCORE_RULE_MULTIPLE: return "must be a whole number of quantums";
    case STARKCORE_RULE_WIDTH: return "does not fit the width that the message has for it";
    case STARKCORE_RULE_SEED: return "must be in [0, 2^256)";
    case STARKCORE_RULE_TYPED: return "must end in v (27 or 28, or 0 or 1) and, if it has 66 bytes, a type from 0 to 3";
    case STARKCORE_RULE_ENGINE: return "is not an engine that this CPU can run";
    case STARKCORE_RULE_SELFTEST: return "differs from the published value";
    case STARKCORE_RULE_INDEX: return "must be the place of one of the markets, counted from 0";
    case STARKCORE_RULE_FLAG: return "must be 1 to buy or 0 to sell";
    case STARKCORE_RULE_PAST: return "must be in the future";
    case STARKCORE_RULE_SECONDS:
      return "must be in seconds since the epoch, from 2015 to 2500: are these milliseconds?";
    case STARKCORE_RULE_TABLES: return "must be at least 1";
    case STARKCORE_RULE_MEMORY: return "need more memory than there is";
    case STARKCORE_RULE_FAULT: return "was made and does not verify: memory or processor are at fault";
    case STARKCORE_RULE_FEE: return "must be below 1, which is 100 %: a fee of 0.1 % is 0.001, in columns 1000";
    case STARKCORE_RULE_RANGE: return "must be within the bounds that this message has for it";
    case STARKCORE_RULE_COUNT: return "must be at most 32 in a list";
    default: return "is not valid";
  }
}

const char* starkcore_field_name(starkcore_status status) {
  static const char* const names[] = {"",
                                      "a",
                                      "b",
                                      "private_key",
                                      "message_hash",
                                      "seed",
                                      "signature",
                                      "public_key",
                                      "size",
                                      "price",
                                      "limit_fee",
                                      "amount",
                                      "synthetic_id",
                                      "collateral_id",
                                      "fee_asset_id",
                                      "asset_id",
                                      "receiver_key",
                                      "condition",
                                      "eth_address",
                                      "quantums_synthetic",
                                      "quantums_collateral",
                                      "quantums_fee",
                                      "resolution",
                                      "engine",
                                      "market",
                                      "side",
                                      "nonce",
                                      "expiration",
                                      "megabytes",
                                      "element",
                                      "hash"};
  const auto field = static_cast<std::size_t>(STARKCORE_STATUS_FIELD(status));
  return field < sizeof names / sizeof names[0] ? names[field] : "";
}

#define STARKCORE_TEXT_OF(x) #x
#define STARKCORE_TEXT(x) STARKCORE_TEXT_OF(x)

#if !defined(STARKCORE_VERSION)
#define STARKCORE_VERSION unversioned
#endif

const char* starkcore_version(void) { return STARKCORE_TEXT(STARKCORE_VERSION); }

const char* starkcore_compiler(void) {
#if defined(__clang__)
  return "clang " __clang_version__;
#elif defined(__GNUC__)
  return "gcc " __VERSION__;
#elif defined(_MSC_VER)
  return "MSVC " STARKCORE_TEXT(_MSC_FULL_VER);
#else
  return "unknown";
#endif
}

const char* starkcore_engine(void) { return engine_name(cpu_in_use()); }

const char* starkcore_engine_at(size_t i) { return engine_name_at(i); }

starkcore_status starkcore_use_engine(const char* name) {
  u32 features;
  if (!engine_features(name, features) || (features & ~detect_cpu()) != 0) {
    return STARKCORE_STATUS(STARKCORE_RULE_ENGINE, STARKCORE_FIELD_ENGINE);
  }
  set_cpu_in_use(features);
  return STARKCORE_OK;
}

int starkcore_strict(void) { return strict_in_use() ? 1 : 0; }

void starkcore_use_strict(int strict) { use_strict(strict != 0); }

// Megabytes are 10^6 bytes, rounded up.
static constexpr uint32_t megabytes(size_t bytes) { return static_cast<uint32_t>((bytes + 999999) / 1000000); }

starkcore_status starkcore_use_tables(uint32_t most) {
  if (most < megabytes(sizeof kPedersenTable)) {
    return STARKCORE_STATUS(STARKCORE_RULE_TABLES, STARKCORE_FIELD_MEGABYTES);
  }
  if (most < megabytes(kLargeTableBytes)) {
    drop_large_table();
  } else if (!make_large_table(engine().build_pedersen_table)) {
    return STARKCORE_STATUS(STARKCORE_RULE_MEMORY, STARKCORE_FIELD_MEGABYTES);
  }
  return STARKCORE_OK;
}

uint32_t starkcore_tables(void) { return megabytes(has_large_table() ? kLargeTableBytes : sizeof kPedersenTable); }

// ---- Self-test ---------------------------------------------------------------------------------------------

namespace {

constexpr u8 digit(char c) { return static_cast<u8>(c <= '9' ? c - '0' : c - 'a' + 10); }

// 32 bytes from 64 lower-case hex digits.
struct Bytes32 {
  u8 bytes[32];

  explicit constexpr Bytes32(const char* hex) : bytes{} {
    for (int i = 0; i < 32; ++i) bytes[i] = static_cast<u8>(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
  }

  bool operator==(const u8* other) const { return std::memcmp(bytes, other, 32) == 0; }
};

// StarkWare, crypto-cpp, pedersen_hash_test.
bool test_pedersen() {
  constexpr Bytes32 a("03d937c035c878245caf64531a5756109c53068da139362728feb561405371cb");
  constexpr Bytes32 b("0208a0a10250e382e1e4bbe2880906c2791bf6275695e02fbbc6aeff9cd8b31a");
  constexpr Bytes32 hash("030e480bed5fe53fa909cc0f8c4d99b8f9f2c016be4c41e13a4848797979c662");
  u8 out[32];
  return starkcore_pedersen(out, a.bytes, b.bytes) == STARKCORE_OK && hash == out;
}

// starknet-crypto, tests of poseidon_hash.
bool test_poseidon() {
  constexpr Bytes32 a("000b662f9017fa7956fd70e26129b1833e10ad000fd37b4d9f4e0ce6884b7bbe");
  constexpr Bytes32 b("001fe356bf76102cdae1bfbdc173602ead228b12904c00dad9cf16e035468bea");
  constexpr Bytes32 hash("075540825a6ecc5dc7d7c2f5f868164182742227f1367d66c43ee51ec7937a81");
  u8 out[32];
  return starkcore_poseidon(out, a.bytes, b.bytes) == STARKCORE_OK && hash == out;
}

// dYdX, v3-client's tests: the key derived from "0", its public point, and the order that is signed with another key.
bool test_keys() {
  constexpr Bytes32 key("002242959533856f2a03f3c7d9431e28ef4fe5cb2a15038c37f1d76d35dc508b");
  constexpr Bytes32 x("069a33d37101d7089b606f92e4b41553c237a474ad9d6f62eeb6708415f98f4d");
  constexpr Bytes32 y("0717e78b98a53888aa7685b91137fa01b9336ce7d25f874dbfb8d752c6ac610d");
  u8 derived[32], public_x[32], public_y[32];
  const u8 zero_digit = '0';
  return starkcore_key_from_data(derived, &zero_digit, 1) == STARKCORE_OK && key == derived &&
         starkcore_public_key(public_x, public_y, derived) == STARKCORE_OK && x == public_x && y == public_y;
}

bool test_signature() {
  constexpr Bytes32 key("058c7d5a90b1776bde86ebac077e053ed85b0f7164f53b080304a531947f46e3");
  constexpr Bytes32 x("03b865a18323b8d147a12c556bfb1d502516c325b1477a23ba6c77af31f020fd");
  constexpr Bytes32 hash("0677af4efbf821dac23ad4fea9aaa2a3075d2d80dd26b5c005c7b58f084e1075");
  constexpr Bytes32 r("0500a22a8c8b14fbb3b7d26366604c446b9d059420d7db2a8f94bc52691d2626");
  constexpr Bytes32 s("003e38aa083f72c9db89a7a80b98a6eb92edce7294d917d8489767740affc6ed");
  u8 signature[64];
  if (starkcore_sign(signature, hash.bytes, key.bytes, nullptr) != STARKCORE_OK) return false;
  if (!(r == signature) || !(s == signature + 32)) return false;
  if (starkcore_verify_x(signature, hash.bytes, x.bytes) != STARKCORE_OK) return false;
  signature[63] ^= 1;
  return starkcore_verify_x(signature, hash.bytes, x.bytes) ==
         STARKCORE_STATUS(STARKCORE_RULE_SIGNATURE, STARKCORE_FIELD_SIGNATURE);
}

}  // namespace

starkcore_status starkcore_selftest(void) {
  const bool right = test_pedersen() && test_poseidon() && test_keys() && test_signature();
  return right ? STARKCORE_OK : STARKCORE_STATUS(STARKCORE_RULE_SELFTEST, STARKCORE_FIELD_ENGINE);
}
