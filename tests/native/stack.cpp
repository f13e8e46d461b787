// How much stack each function of the C interface takes, in every engine and mode, with single
// items, batches and large tables: each is run on a thread whose stack was painted, and the deepest
// byte that changed is looked for. Prints a line for each: engine, mode, function, bytes.
// tests/core/test_stack.py holds them to the bound of starkcore.h.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <pthread.h>
#include <sys/mman.h>

#include "starkcore.h"

namespace {

constexpr std::size_t kStack = std::size_t{1} << 20;
constexpr std::uint8_t kPaint = 0xa5;
constexpr std::size_t kItems = 33;  // one more than share an inversion

std::uint8_t* stack_memory() {
  void* const memory = mmap(nullptr, kStack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED) std::exit(2);
  return static_cast<std::uint8_t*>(memory);
}

// From the deepest byte that body() changed to the top of its thread's stack.
std::size_t depth(void (*body)()) {
  static std::uint8_t* const stack = stack_memory();
  std::memset(stack, kPaint, kStack);
  pthread_attr_t attributes;
  pthread_t thread;
  const auto run = [](void* what) -> void* {
    reinterpret_cast<void (*)()>(what)();
    return nullptr;
  };
  if (pthread_attr_init(&attributes) != 0 || pthread_attr_setstack(&attributes, stack, kStack) != 0 ||
      pthread_create(&thread, &attributes, run, reinterpret_cast<void*>(body)) != 0) {
    std::exit(2);
  }
  pthread_join(thread, nullptr);
  std::size_t at = 0;
  while (at < kStack && stack[at] == kPaint) ++at;
  return kStack - at;
}

// What the calls work on; none of it is on the stack that is measured.
std::uint8_t numbers[32 * kItems], keys_x[32 * kItems], keys_y[32 * kItems], out[64 * kItems], signatures[64 * kItems];
const std::uint8_t has_y[kItems] = {1, 0, 1};
starkcore_status statuses[kItems];
std::uint8_t key[32] = {3, 1, 4, 1, 5}, x[32], y[32];
alignas(64) std::uint8_t prepared_memory[1 << 20];
starkcore_prepared* const prepared = reinterpret_cast<starkcore_prepared*>(prepared_memory);
const std::uint8_t seed[66] = {27};
std::uint8_t eth_signature[66];
starkcore_sign_options options{seed, 1, numbers, prepared};
starkcore_market market;
starkcore_order_tail tail;
starkcore_human_order orders[kItems];
starkcore_signed_order signed_orders[kItems];
starkcore_order order;
starkcore_transfer transfer;
starkcore_withdrawal withdrawal;
std::uint64_t integer = 1;
std::uint32_t whole_hours = 1;
std::uint32_t expirations[kItems];
starkcore_scaled_market scaled{&market, 3, 0};
starkcore_order_table table;
std::uint64_t quantums[3][kItems];
std::uint32_t hours[kItems];
std::uint8_t table_hashes[32 * kItems], table_signatures[64 * kItems];
starkcore_signed_table signed_table;
std::size_t bad, list_sizes[kItems];  // lists of one element each
starkcore_pedersen_state pedersen_state;
starkcore_poseidon_state poseidon_state;
starkcore_message_template message_template;
starkcore_message_element message_element;
starkcore_message_value message_values[kItems];
starkcore_bounded_column message_column;
starkcore_scale message_scale;
starkcore_term message_term;
starkcore_slot message_slot;
starkcore_message_table message_table;
std::uint64_t* message_terms[1] = {quantums[0]};
starkcore_signed_messages signed_messages;
const std::uint8_t slots[2] = {0, 1};
volatile bool failed = false;

void must(starkcore_status status) {
  if (status != STARKCORE_OK) failed = true;
}

void fill() {
  for (std::size_t i = 0; i < sizeof numbers; ++i) numbers[i] = static_cast<std::uint8_t>(i % 32 == 0 ? 0 : 7 * i + 1);
  must(starkcore_public_key(x, y, key));
  must(starkcore_prepare(prepared, x, y));
  must(starkcore_sign_many(signatures, statuses, numbers, kItems, key, nullptr));
  for (std::size_t& size : list_sizes) size = 1;
  for (std::size_t i = 0; i < kItems; ++i) std::memcpy(keys_x + 32 * i, x, 32), std::memcpy(keys_y + 32 * i, y, 32);
  std::uint8_t synthetic[32] = {}, collateral[32] = {2, 0x89};
  synthetic[16] = 0x42;
  must(starkcore_market_init(&market, synthetic, collateral, collateral, 1'000'000'000, 1'000'000));
  starkcore_order_tail_init(&tail, 1, 500'000);
  eth_signature[5] = 1, eth_signature[64] = 27;
  starkcore_pedersen_init(&pedersen_state);
  starkcore_poseidon_init(&poseidon_state);
  for (std::size_t i = 0; i < kItems; ++i) {
    orders[i] = {.market = &market,
                 .tail = &tail,
                 .size = "1.5",
                 .price = "1234",
                 .limit_fee = "0.001",
                 .client_id = "a",
                 .size_size = 3,
                 .price_size = 4,
                 .limit_fee_size = 5,
                 .client_id_size = 1,
                 .nonce = 0,
                 .is_buying_synthetic = 1};
    expirations[i] = 1'900'000'000 + 3600 * static_cast<std::uint32_t>(i);  // an hour for each, so that each has a tail
  }
  const auto same = [](const void* at) { return starkcore_column{at, 0, 8, 0}; };
  static const std::uint64_t zero = 0, one = 1, size = 500, price = 30'000, fee = 1000;
  table = {&scaled,
           1,
           same(&zero),
           same(&one),
           same(&size),
           same(&price),
           same(&fee),
           same(&one),
           starkcore_column{expirations, 4, 4, 0},
           1,
           1'700'000'000,
           1,
           0};
  must(
      starkcore_message_template_init(&message_template, &bad, STARKCORE_LIST_PEDERSEN, numbers, 3, numbers, slots, 2));
  must(starkcore_message_element_init(&message_element, numbers + 32));
  for (std::size_t i = 0; i < kItems; ++i) message_values[i] = {i % 2 == 0 ? &message_element : nullptr, {}};
  message_column = {same(&one), 0, 1, STARKCORE_RULE_RANGE};
  message_scale = {1'000'000'007, 0, ~std::uint64_t{0}, 9};
  constexpr std::uint32_t none = STARKCORE_NO_COLUMN;
  message_term = {{0, 0, 0}, 3, none, none, none, {1, 1}, {0, 0}, 0, &message_scale, 1, 0};
  message_slot = {0, nullptr, 0};
  message_table = {&message_template, &message_column, 1, &message_term, 1, &message_slot};
  signed_messages = {table_hashes, table_signatures, statuses, message_terms};
  signed_table.hashes = table_hashes, signed_table.signatures = table_signatures;
  signed_table.quantums_synthetic = quantums[0], signed_table.quantums_collateral = quantums[1];
  signed_table.quantums_fee = quantums[2], signed_table.expiration_hours = hours, signed_table.statuses = statuses;
}

struct Entry {
  const char* name;
  void (*call)();
};

// A buffer of more than may be taken, for the check to find.
void planted() {
  volatile std::uint8_t room[50 << 10];
  for (std::size_t i = 0; i < sizeof room; i += 64) room[i] = 1;
}

#define ENTRY(name, ...)                   \
  {                                        \
#name, [] { must(name(__VA_ARGS__)); } \
  }
#define ENTRY_WITHOUT_STATUS(name, ...)    \
  {                                        \
#name, [] { (void)name(__VA_ARGS__); } \
  }

const Entry entries[] = {
    ENTRY_WITHOUT_STATUS(starkcore_rule_text, 3),
    ENTRY_WITHOUT_STATUS(starkcore_field_name, 3 << 8),
    ENTRY_WITHOUT_STATUS(starkcore_version),
    ENTRY_WITHOUT_STATUS(starkcore_compiler),
    ENTRY_WITHOUT_STATUS(starkcore_engine),
    ENTRY_WITHOUT_STATUS(starkcore_engine_at, 0),
    ENTRY(starkcore_use_engine, starkcore_engine()),
    ENTRY_WITHOUT_STATUS(starkcore_strict),
    ENTRY_WITHOUT_STATUS(starkcore_use_strict, starkcore_strict()),
    ENTRY_WITHOUT_STATUS(starkcore_tables),
    {"starkcore_use_tables", [] { must(starkcore_use_tables(1)), must(starkcore_use_tables(9)); }},
    ENTRY(starkcore_selftest),
    ENTRY_WITHOUT_STATUS(starkcore_keccak256, out, numbers, sizeof numbers),
    ENTRY_WITHOUT_STATUS(starkcore_sha256, out, numbers, sizeof numbers),
    ENTRY(starkcore_pedersen, out, numbers, numbers + 32),
    ENTRY(starkcore_pedersen_many, out, &bad, numbers, numbers, kItems),
    ENTRY(starkcore_pedersen_elements, out, &bad, numbers, kItems),
    ENTRY(starkcore_pedersen_lists, out, &bad, numbers, list_sizes, kItems),
    ENTRY_WITHOUT_STATUS(starkcore_pedersen_init, &pedersen_state),
    ENTRY(starkcore_pedersen_absorb, &pedersen_state, &bad, numbers, kItems),
    ENTRY(starkcore_pedersen_finish, out, &pedersen_state),
    ENTRY(starkcore_poseidon, out, numbers, numbers + 32),
    ENTRY(starkcore_poseidon_single, out, numbers),
    ENTRY(starkcore_poseidon_pairs, out, &bad, numbers, numbers, kItems),
    ENTRY(starkcore_poseidon_many, out, &bad, numbers, kItems),
    ENTRY(starkcore_poseidon_lists, out, &bad, numbers, list_sizes, kItems),
    ENTRY_WITHOUT_STATUS(starkcore_poseidon_init, &poseidon_state),
    ENTRY(starkcore_poseidon_absorb, &poseidon_state, &bad, numbers, kItems),
    ENTRY(starkcore_poseidon_finish, out, &poseidon_state),
    ENTRY(starkcore_private_key_check, key),
    ENTRY(starkcore_public_key, out, out + 32, key),
    ENTRY(starkcore_public_key_check, x, y),
    ENTRY(starkcore_public_key_x_check, x),
    ENTRY(starkcore_public_key_y, out, x, 1),
    ENTRY(starkcore_key_from_data, out, numbers, sizeof numbers),
    ENTRY(starkcore_key_from_eth_signature, out, eth_signature, 66, 1),
    ENTRY(starkcore_grind_key, out, seed, 32, 1),
    ENTRY(starkcore_sign, out, numbers, key, &options),
    ENTRY(starkcore_sign_many, out, statuses, numbers, kItems, key, &options),
    ENTRY(starkcore_verify, signatures, numbers, x, y),
    ENTRY(starkcore_verify_x, signatures, numbers, x),
    ENTRY_WITHOUT_STATUS(starkcore_prepared_size),
    ENTRY(starkcore_prepare, prepared, x, y),
    ENTRY(starkcore_verify_prepared, signatures, numbers, prepared),
    ENTRY(starkcore_verify_prepared_many, statuses, signatures, numbers, kItems, prepared),
    ENTRY(starkcore_verify_many, statuses, signatures, numbers, keys_x, keys_y, has_y, kItems),
    ENTRY(starkcore_order_hash, out, &order),
    ENTRY(starkcore_transfer_hash, out, &transfer),
    ENTRY(starkcore_withdrawal_hash, out, &withdrawal),
    ENTRY(starkcore_quantums, &integer, "12.5e3", 6, 1000, STARKCORE_ROUND_EXACT),
    ENTRY_WITHOUT_STATUS(starkcore_nonce_from_client_id, "abc", 3),
    ENTRY_WITHOUT_STATUS(starkcore_nonce_of_client_id, "abc", 3, STARKCORE_NONCE_FIRST),
    ENTRY(starkcore_expiration_hours, &whole_hours, 1'800'000'000, 168, 0),
    ENTRY(starkcore_market_init, &market, order.synthetic_id, order.collateral_id, order.collateral_id, 10, 10),
    ENTRY_WITHOUT_STATUS(starkcore_order_tail_init, &tail, 1, 500'000),
    ENTRY(starkcore_read_order, signed_orders, orders),
    ENTRY(starkcore_hash_orders, signed_orders, statuses, orders, kItems),
    ENTRY(starkcore_sign_orders, signed_orders, statuses, orders, kItems, key, &options),
    ENTRY(starkcore_sign_order_table, &signed_table, &table, 0, kItems, key, &options),
    ENTRY(starkcore_message_template_init, &message_template, &bad, STARKCORE_LIST_PEDERSEN, numbers, 3, numbers, slots,
          2),
    ENTRY(starkcore_message_element_init, &message_element, numbers + 32),
    ENTRY(starkcore_hash_messages, out, statuses, &message_template, message_values, kItems),
    ENTRY(starkcore_sign_messages, out, signatures, statuses, &message_template, message_values, kItems, key, &options),
    ENTRY(starkcore_sign_message_table, &signed_messages, &message_table, 0, kItems, key, &options),
    {"planted", planted},
};

void measure(const char* mode) {
  const std::size_t empty = depth([] {});
  for (const Entry& entry : entries) {
    fill();
    entry.call();  // what the loader looks up on the first call isn't ours
    std::printf("%s %s %s %zu\n", starkcore_engine(), mode, entry.name, depth(entry.call) - empty);
  }
}

}  // namespace

int main() {
  for (std::size_t i = 0; const char* name = starkcore_engine_at(i); ++i) {
    must(starkcore_use_engine(name));
    for (const int strict : {0, 1}) {
      for (const std::uint32_t megabytes : {1u, 9u}) {
        starkcore_use_strict(strict);
        must(starkcore_use_tables(megabytes));
        measure((std::string(strict != 0 ? "strict" : "blinded") + "," + std::to_string(megabytes) + "MB").c_str());
      }
    }
  }
  if (failed) std::puts("a call failed");
  return failed ? 1 : 0;
}
