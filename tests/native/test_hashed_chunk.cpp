// What chunks do with hashes that can't be signed, which no input is known to come to, and with signatures that don't
// verify under the key they should.
#include <memory>

#include "check.hpp"
#include "ecdsa/prepared.hpp"
#include "engine/engine.hpp"
#include "interface/message_chunk.hpp"

namespace starkcore::test {
namespace {

// 2^251 is the first that can't be signed; p - 1 is the last hash that there is.
const U256 kFirst = number("800000000000000000000000000000000000000000000000000000000000000");
const U256 kLast = number("800000000000011000000000000000000000000000000000000000000000000");
const U256 kBelow = number("7ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");

constexpr std::size_t kPlaces = 7;

HashedChunk chunk_of_five() {
  HashedChunk chunk;
  const std::size_t places[] = {1, 2, 3, 5, 6};
  const U256 hashes[] = {kFirst, kBelow, kLast, u256(4), u256(5)};
  for (std::size_t j = 0; j < 5; ++j) chunk.places[j] = places[j], chunk.hashes[j] = hashes[j];
  chunk.good = 5;
  return chunk;
}

void test_what_is_dropped() {
  HashedChunk chunk = chunk_of_five();
  std::vector<std::size_t> refused;
  chunk.drop_unsignable_var([&](std::size_t place) { refused.push_back(place); });
  CHECK((refused == std::vector<std::size_t>{1, 3}));
  CHECK(chunk.good == 3);
  const std::size_t places[] = {2, 5, 6};
  const U256 hashes[] = {kBelow, u256(4), u256(5)};
  for (std::size_t j = 0; j < 3; ++j) {
    CHECK(chunk.places[j] == places[j] && std::memcmp(&chunk.hashes[j], &hashes[j], sizeof(U256)) == 0);
  }
}

// Statuses, and which hashes and signatures are other than zero, as signing a chunk leaves them.
void check_signed(const starkcore_sign_options* options, starkcore_status of_good, const std::string& what) {
  Bytes key(32, 0), hashes(32 * kPlaces, 0), signatures(64 * kPlaces, 0);
  key[31] = 7;
  std::vector<starkcore_status> statuses(kPlaces, STARKCORE_OK);
  Signer signer;
  CHECK_CASE(signer.load(key.data(), options) == STARKCORE_OK, what);
  HashedChunk chunk = chunk_of_five();
  sign_chunk(chunk, hashes.data(), signatures.data(), statuses.data(), signer, engine());
  const auto is_zero = [](const Bytes& bytes, std::size_t size, std::size_t place) {
    return std::memcmp(&bytes[size * place], Bytes(size, 0).data(), size) == 0;
  };
  for (std::size_t place = 0; place < kPlaces; ++place) {
    const bool is_unsignable = place == 1 || place == 3, is_good = place == 2 || place >= 5;
    const starkcore_status expected = is_unsignable ? kUnsignableHash : is_good ? of_good : STARKCORE_OK;
    const bool is_signed = is_good && of_good == STARKCORE_OK;
    CHECK_CASE(statuses[place] == expected, what);
    CHECK_CASE(is_zero(hashes, 32, place) == !is_signed && is_zero(signatures, 64, place) == !is_signed, what);
  }
}

void test_what_is_signed() {
  check_signed(nullptr, STARKCORE_OK, "no options");
  // A check by another key's public key finds no signature good.
  Bytes key(32, 0), x(32), y(32);
  key[31] = 8;
  CHECK(starkcore_public_key(x.data(), y.data(), key.data()) == STARKCORE_OK);
  const auto prepared = std::make_unique<PreparedKey>();
  starkcore_sign_options options{};
  options.self_check = reinterpret_cast<const starkcore_prepared*>(prepared.get());
  CHECK(starkcore_prepare(reinterpret_cast<starkcore_prepared*>(prepared.get()), x.data(), y.data()) == STARKCORE_OK);
  check_signed(&options, STARKCORE_STATUS(STARKCORE_RULE_FAULT, STARKCORE_FIELD_SIGNATURE), "another key");
}

}  // namespace
}  // namespace starkcore::test

int main() {
  starkcore::test::test_what_is_dropped();
  starkcore::test::test_what_is_signed();
  return starkcore::test::summary();
}
