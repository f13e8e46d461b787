// Constant time under valgrind's memcheck (A. Langley's ctgrind): secrets are marked as undefined,
// and memcheck reports each branch and each address that depends on them.
// tests/core/test_constant_time.py builds this with the core and -DSTARKCORE_CTIME.
//
//   ctime                  names the engines that this CPU can run, one a line
//   ctime <engine>         reads questions, one a line, and answers each with
//                          status, memcheck's reports, and each output with a letter: d for defined, u for undefined
//
// A question is a name and its arguments in hex, "-" for none; arguments written in small letters
// below are secret. The leak_… are there to be caught: they show that secrets are followed, through
// each engine's arithmetic too.
#include <valgrind/memcheck.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "base/cpu.hpp"
#include "base/secret.hpp"
#include "ecdsa/sign.hpp"
#include "engine/engine.hpp"
#include "field/fn.hpp"
#include "starkcore.h"

namespace {

using namespace starkcore;

// Bytes in memory of their own size, so that memcheck sees a step beyond them too.
struct Bytes {
  std::unique_ptr<u8[]> data;
  std::size_t size = 0;
  bool given = false;

  Bytes() = default;
  explicit Bytes(std::size_t count) : data(new u8[count]()), size(count), given(true) {}

  const u8* pointer() const { return given ? data.get() : nullptr; }
};

Bytes from_hex(const std::string& text) {
  if (text == "-") return {};
  Bytes out(text.size() / 2);
  for (std::size_t i = 0; i < out.size; ++i)
    out.data[i] = static_cast<u8>(std::stoi(text.substr(2 * i, 2), nullptr, 16));
  return out;
}

// The arguments of a question, taken one after the other.
class Arguments {
 public:
  explicit Arguments(std::istream& in) : in_(in) {}

  Bytes open() {
    std::string word;
    in_ >> word;
    return from_hex(word);
  }

  Bytes secret() {
    Bytes out = open();
    if (out.size > 0) (void)VALGRIND_MAKE_MEM_UNDEFINED(out.data.get(), out.size);
    return out;
  }

  int number() {
    int out = 0;
    in_ >> out;
    return out;
  }

 private:
  std::istream& in_;
};

struct Answer {
  starkcore_status status = STARKCORE_OK;
  std::vector<Bytes> outputs;

  u8* out(std::size_t size) {
    outputs.emplace_back(size);
    return outputs.back().data.get();
  }
};

// ---- The entry points
// ------------------------------------------------------------------------------------------------

// key
Answer private_key_check(Arguments& arguments) {
  Answer answer;
  answer.status = starkcore_private_key_check(arguments.secret().pointer());
  return answer;
}

// key
Answer public_key(Arguments& arguments) {
  Answer answer;
  const Bytes key = arguments.secret();
  u8* const x = answer.out(32);
  u8* const y = answer.out(32);
  answer.status = starkcore_public_key(x, y, key.pointer());
  return answer;
}

// data
Answer key_from_data(Arguments& arguments) {
  Answer answer;
  const Bytes data = arguments.secret();
  answer.status = starkcore_key_from_data(answer.out(32), data.pointer(), data.size);
  return answer;
}

// signature LEGACY
Answer key_from_eth_signature(Arguments& arguments) {
  Answer answer;
  const Bytes signature = arguments.secret();
  const int legacy = arguments.number();
  answer.status = starkcore_key_from_eth_signature(answer.out(32), signature.pointer(), signature.size, legacy);
  return answer;
}

// seed STRIP
Answer grind_key(Arguments& arguments) {
  Answer answer;
  const Bytes seed = arguments.secret();
  const int strip = arguments.number();
  answer.status = starkcore_grind_key(answer.out(32), seed.pointer(), seed.size, strip);
  return answer;
}

// The key and the options of a signing question: key seed extra.
struct Signing {
  Bytes key, seed, extra;
  starkcore_sign_options options;

  explicit Signing(Arguments& arguments)
      : key(arguments.secret()),
        seed(arguments.secret()),
        extra(arguments.secret()),
        options{seed.pointer(), seed.size, extra.pointer(), nullptr} {}
};

// key seed extra HASH
Answer sign(Arguments& arguments) {
  Answer answer;
  const Signing signing(arguments);
  const Bytes hash = arguments.open();
  const bool plain = !signing.seed.given && !signing.extra.given;
  answer.status =
      starkcore_sign(answer.out(64), hash.pointer(), signing.key.pointer(), plain ? nullptr : &signing.options);
  return answer;
}

// key seed extra X Y HASH: verified before it is handed out
Answer sign_checked(Arguments& arguments) {
  Answer answer;
  Signing signing(arguments);
  const Bytes x = arguments.open(), y = arguments.open(), hash = arguments.open();
  const std::unique_ptr<void, decltype(&std::free)> memory(
      std::aligned_alloc(64, (starkcore_prepared_size() + 63) / 64 * 64), &std::free);
  const auto table = static_cast<starkcore_prepared*>(memory.get());
  starkcore_prepare(table, x.pointer(), y.pointer());
  signing.options.self_check = table;
  answer.status = starkcore_sign(answer.out(64), hash.pointer(), signing.key.pointer(), &signing.options);
  return answer;
}

// key seed extra HASHES
Answer sign_many(Arguments& arguments) {
  Answer answer;
  const Signing signing(arguments);
  const Bytes hashes = arguments.open();
  const std::size_t count = hashes.size / 32;
  std::vector<starkcore_status> statuses(count);
  answer.status = starkcore_sign_many(answer.out(64 * count), statuses.data(), hashes.pointer(), count,
                                      signing.key.pointer(), &signing.options);
  for (const starkcore_status status : statuses) {
    if (status != STARKCORE_OK) answer.status = status;
  }
  return answer;
}

// key seed extra SYNTHETIC COLLATERAL COUNT: the order that dYdX published, so many times; the signatures
Answer sign_orders(Arguments& arguments) {
  Answer answer;
  const Signing signing(arguments);
  const Bytes synthetic = arguments.open(), collateral = arguments.open();
  const auto count = static_cast<std::size_t>(arguments.number());
  starkcore_market market;
  starkcore_order_tail tail;
  starkcore_market_init(&market, synthetic.pointer(), collateral.pointer(), collateral.pointer(), 1000000000, 1000000);
  starkcore_order_tail_init(&tail, 12345, 444701);
  static const char id[] = "This is an ID that the client came up with to describe this order";
  const starkcore_human_order order{&market, &tail, "145.0005", "350.00067", "0.125", id, 8, 9, 5, sizeof id - 1, 0, 1};
  const std::vector<starkcore_human_order> orders(count, order);
  std::vector<starkcore_signed_order> signed_orders(count);
  std::vector<starkcore_status> statuses(count);
  answer.status = starkcore_sign_orders(signed_orders.data(), statuses.data(), orders.data(), count,
                                        signing.key.pointer(), &signing.options);
  u8* const out = answer.out(64 * count);
  for (std::size_t i = 0; i < count; ++i) std::memcpy(out + 64 * i, signed_orders[i].signature, 64);
  return answer;
}

// key seed extra SYNTHETIC COLLATERAL COUNT: the same order as a row of a table
Answer sign_order_table(Arguments& arguments) {
  Answer answer;
  const Signing signing(arguments);
  const Bytes synthetic = arguments.open(), collateral = arguments.open();
  const auto count = static_cast<std::size_t>(arguments.number());
  starkcore_market market;
  starkcore_market_init(&market, synthetic.pointer(), collateral.pointer(), collateral.pointer(), 1000000000, 1000000);
  const starkcore_scaled_market scaled{&market, 4, 5};
  static const char id[] = "This is an ID that the client came up with to describe this order";
  const u64 zero = 0, one = 1, size = 1450005, price = 35000067, fee = 125000, expiration = 1600316155;
  const u64 nonce = starkcore_nonce_from_client_id(id, sizeof id - 1);
  const auto same = [](const u64& value) { return starkcore_column{&value, 0, 8, 0}; };
  const starkcore_order_table table{&scaled,   1,           same(zero),       same(one), same(size), same(price),
                                    same(fee), same(nonce), same(expiration), 12345,     0,          168,
                                    0};
  std::vector<u8> hashes(32 * count);
  std::vector<u64> quantums(3 * count);
  std::vector<u32> hours(count);
  std::vector<starkcore_status> statuses(count);
  u8* const out = answer.out(64 * count);
  const starkcore_signed_table results{hashes.data(),        out,          quantums.data(), &quantums[count],
                                       &quantums[2 * count], hours.data(), statuses.data()};
  answer.status = starkcore_sign_order_table(&results, &table, 0, count, signing.key.pointer(), &signing.options);
  return answer;
}

// A message of either hash with one slot, whose value is VALUE; both its constants are 5.
starkcore_message_template message_shape(int hash) {
  u8 five[64] = {};
  five[31] = five[63] = 5;
  const u8 slots[2] = {0, 1};
  starkcore_message_template out;
  std::size_t bad;
  starkcore_message_template_init(&out, &bad, hash, five, 1, five, slots, 2);
  return out;
}

// key seed extra HASH VALUE COUNT: so many messages, every other one with its value made ready; the signatures
Answer sign_messages(Arguments& arguments) {
  Answer answer;
  const Signing signing(arguments);
  const int hash = arguments.number();
  const Bytes value = arguments.open();
  const auto count = static_cast<std::size_t>(arguments.number());
  const starkcore_message_template shape = message_shape(hash);
  starkcore_message_element ready;
  starkcore_message_element_init(&ready, value.pointer());
  std::vector<starkcore_message_value> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    values[i].ready = i % 2 == 0 ? &ready : nullptr;
    std::memcpy(values[i].element, value.pointer(), 32);
  }
  std::vector<u8> hashes(32 * count);
  std::vector<starkcore_status> statuses(count);
  answer.status = starkcore_sign_messages(hashes.data(), answer.out(64 * count), statuses.data(), &shape, values.data(),
                                          count, signing.key.pointer(), &signing.options);
  return answer;
}

// key seed extra HASH VALUE COUNT: the same as rows of a table; VALUE is below 2^64
Answer sign_message_table(Arguments& arguments) {
  Answer answer;
  const Signing signing(arguments);
  const int hash = arguments.number();
  const Bytes value = arguments.open();
  const auto count = static_cast<std::size_t>(arguments.number());
  const starkcore_message_template shape = message_shape(hash);
  u64 integer = 0;
  for (std::size_t i = 0; i < 32; ++i) integer = integer << 8 | value.pointer()[i];
  const starkcore_bounded_column column{{&integer, 0, 8, 0}, 0, ~u64{0}, STARKCORE_RULE_RANGE};
  const starkcore_scale scale{1, 0, ~u64{0}, 0};
  constexpr u32 none = STARKCORE_NO_COLUMN;
  const starkcore_term term{{0, 0, 0}, 1, none, none, none, {0, 0}, {0, 0}, 0, &scale, 1, 0};
  const starkcore_slot slot{0, nullptr, 0};
  const starkcore_message_table table{&shape, &column, 1, &term, 1, &slot};
  std::vector<u8> hashes(32 * count);
  std::vector<u64> numbers(count);
  std::vector<starkcore_status> statuses(count);
  u64* const terms[] = {numbers.data()};
  const starkcore_signed_messages out{hashes.data(), answer.out(64 * count), statuses.data(), terms};
  answer.status = starkcore_sign_message_table(&out, &table, 0, count, signing.key.pointer(), &signing.options);
  return answer;
}

// An engine that refuses the first nonces: chance will not.
int refusals_left = 0;

void refusing_sign(Signature* out, bool* usable, const U256* hashes, const U256* nonces, const U256& key,
                   std::size_t count) {
  engine().sign(out, usable, hashes, nonces, key, count);
  for (std::size_t i = 0; i < count && refusals_left > 0; ++i, --refusals_left) {
    out[i] = Signature{};
    usable[i] = false;
  }
}

// key seed extra HASH COUNT: the retries of csrc/ecdsa/sign.cpp
Answer sign_refusing(Arguments& arguments) {
  Answer answer;
  const Signing signing(arguments);
  const Bytes hash = arguments.open();
  refusals_left = arguments.number();
  u8 seed[32] = {};
  if (signing.seed.size > 0) std::memcpy(seed + 32 - signing.seed.size, signing.seed.pointer(), signing.seed.size);
  Engine refusing = engine();
  refusing.sign = refusing_sign;
  const U256 message_hash = load_be256(hash.pointer());
  Signature signature;
  const NonceExtra extra{load_be256(seed), signing.extra.pointer()};
  const bool complete = sign_messages(&signature, &message_hash, 1, load_be256(signing.key.pointer()), extra, refusing);
  answer.status = complete ? STARKCORE_OK : STARKCORE_RULE_NO_NONCE;
  u8* const out = answer.out(64);
  store_be256(out, signature.r);
  store_be256(out + 32, signature.s);
  return answer;
}

// ---- What is let go of: the status is the number of declassifications
// -------------------------------------------------

// key: its point, before that is published
Answer declassified_by_public_key(Arguments& arguments) {
  const U256 key = load_be256(arguments.secret().pointer());
  const unsigned long before = declassifications;
  PlainPoint point;
  engine().public_key(&point, &key, 1);
  return {static_cast<starkcore_status>(declassifications - before), {}};
}

// key nonce HASH COUNT: a signature so many times, before it is published
Answer declassified_by_sign(Arguments& arguments) {
  const U256 key = load_be256(arguments.secret().pointer());
  const U256 nonce = load_be256(arguments.secret().pointer());
  const U256 hash = load_be256(arguments.open().pointer());
  const auto count = static_cast<std::size_t>(arguments.number());
  const std::vector<U256> hashes(count, hash), nonces(count, nonce);
  std::vector<Signature> signatures(count);
  const std::unique_ptr<bool[]> usable(new bool[count]);
  const unsigned long before = declassifications;
  engine().sign(signatures.data(), usable.get(), hashes.data(), nonces.data(), key, count);
  return {static_cast<starkcore_status>(declassifications - before), {}};
}

// ---- What must be caught
// -------------------------------------------------------------------------------------------------

void branch_on(u64 word) {
  if (word & 1) __asm__ volatile("" ::: "memory");
}

// key
Answer leak_branch(Arguments& arguments) {
  branch_on(arguments.secret().pointer()[31]);
  return {};
}

// key
Answer leak_load(Arguments& arguments) {
  static volatile u8 table[256];
  (void)table[arguments.secret().pointer()[31]];
  return {};
}

// key: its public point before it is published, so secrets go through the field's arithmetic
Answer leak_point(Arguments& arguments) {
  const U256 key = load_be256(arguments.secret().pointer());
  PlainPoint point;
  engine().public_key(&point, &key, 1);
  branch_on(point.y.w[3]);
  return {};
}

// data: a key derived from it, through a hash
Answer leak_derived(Arguments& arguments) {
  const Bytes data = arguments.secret();
  u8 key[32];
  (void)starkcore_key_from_data(key, data.pointer(), data.size);
  branch_on(key[31]);
  return {};
}

// seed: the same, through another hash
Answer leak_ground(Arguments& arguments) {
  const Bytes seed = arguments.secret();
  u8 key[32];
  (void)starkcore_grind_key(key, seed.pointer(), seed.size, 0);
  branch_on(key[31]);
  return {};
}

// key: the inversion for public values
Answer leak_inverse_var(Arguments& arguments) {
  const Fn inverse = inverse_var(to_fn(load_be256(arguments.secret().pointer())));
  branch_on(inverse.v.w[0]);
  return {};
}

using Question = Answer (*)(Arguments&);

const std::map<std::string, Question> kQuestions = {
    {"private_key_check", private_key_check},
    {"public_key", public_key},
    {"key_from_data", key_from_data},
    {"key_from_eth_signature", key_from_eth_signature},
    {"grind_key", grind_key},
    {"sign", sign},
    {"sign_many", sign_many},
    {"sign_checked", sign_checked},
    {"sign_orders", sign_orders},
    {"sign_order_table", sign_order_table},
    {"sign_messages", sign_messages},
    {"sign_message_table", sign_message_table},
    {"sign_refusing", sign_refusing},
    {"declassified_by_public_key", declassified_by_public_key},
    {"declassified_by_sign", declassified_by_sign},
    {"leak_branch", leak_branch},
    {"leak_load", leak_load},
    {"leak_point", leak_point},
    {"leak_derived", leak_derived},
    {"leak_ground", leak_ground},
    {"leak_inverse_var", leak_inverse_var},
};

bool is_defined(const Bytes& bytes) {
  std::vector<u8> undefined_bits(bytes.size);
  (void)VALGRIND_GET_VBITS(bytes.data.get(), undefined_bits.data(), bytes.size);
  for (const u8 bits : undefined_bits) {
    if (bits != 0) return false;
  }
  return true;
}

void print(const Answer& answer, unsigned long reports) {
  std::printf("%d %lu", answer.status, reports);
  for (const Bytes& output : answer.outputs) {
    std::printf(" %c", is_defined(output) ? 'd' : 'u');
    (void)VALGRIND_MAKE_MEM_DEFINED(output.data.get(), output.size);
    for (std::size_t i = 0; i < output.size; ++i) std::printf("%02x", output.data[i]);
  }
  std::printf("\n");
  std::fflush(stdout);
}

void ask(const std::string& line) {
  std::istringstream words(line);
  std::string name;
  words >> name;
  Arguments arguments(words);
  const unsigned long before = VALGRIND_COUNT_ERRORS;
  const Answer answer = kQuestions.at(name)(arguments);
  branch_on(static_cast<u64>(answer.status));  // callers do
  print(answer, VALGRIND_COUNT_ERRORS - before);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    const char* name;
    for (std::size_t i = 0; (name = engine_name_at(i)) != nullptr; ++i) std::puts(name);
    return 0;
  }
  u32 features;
  if (!engine_features(argv[1], features) || !RUNNING_ON_VALGRIND) return 2;
  set_cpu_in_use(features);  // valgrind's own CPU says that it has less than it can run
  for (std::string line; std::getline(std::cin, line);) ask(line);
  return 0;
}
