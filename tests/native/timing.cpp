// Times operations on secrets of two and more classes, for tests/checks/timing.py, which compares the classes.
//
//   timing
//       the engines that this CPU can run, one a line
//   timing ENGINE STRICT OPERATION CLASSES SECONDS SEED CHAIN
//       for each measurement (class << 29 | ticks of the time stamp counter), a word of 32 bits;
//       batches of 62, one of pairs after the other
//
// CLASSES are kinds of secrets (timing_inputs.hpp) with commas between them. Measurements come in
// pairs: one of the first class, and one of another that is drawn at random, in random order. So
// whatever goes on besides in the machine meets all classes alike. Inputs are made before they are
// timed, some dozens at a time, next to each other in memory. Before each measurement the operation
// is run on a neutral input, so what the caches and branch predictors have seen depends on no
// class: else each of a pair would mostly follow one of the other class.
//
// What the blind in front of an inversion makes of a secret is as good as random, but for the same
// secret always the same, and so is the time of that inversion. Who compares one fixed secret with
// random ones there will see the time of one draw; secrets must vary within a class, unless the
// nonce does, which the blinded value has in it.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#if defined(__x86_64__) && defined(__GNUC__)

#include <time.h>
#include <x86intrin.h>

#include <iterator>
#include <string>

#include "base/cpu.hpp"
#include "field/fn.hpp"
#include "timing_inputs.hpp"

namespace {

using namespace timing;

constexpr std::size_t kBatch = 64;          // inputs made at a time; two of them are thrown away
constexpr double kWarmUp = 0.05;            // the share of the time whose measurements are thrown away
constexpr std::size_t kEnough = 1'000'000;  // measurements
constexpr std::size_t kTableBytes = std::size_t{1} << 25;

// ---- Operations
// ------------------------------------------------------------------------------------------------------

// Where results go.
struct Results {
  u8 bytes[64 * kMany], hashes[32 * kMany];
  starkcore_signed_order orders[kMany];
  starkcore_status statuses[kMany];
  u64 quantums[3 * kMany];
  u32 hours[kMany];
};
Results results;

struct Planted {
  u32 chain;
  std::vector<u8> table;  // for leak_lookup
};
Planted planted;

starkcore_status public_key(const Input& input) {
  return starkcore_public_key(results.bytes, results.bytes + 32, input.secret);
}

starkcore_status private_key_check(const Input& input) { return starkcore_private_key_check(input.secret); }

starkcore_status key_from_data(const Input& input) {
  return starkcore_key_from_data(results.bytes, input.secret, kTypedBytes);
}

starkcore_status key_from_eth_signature(const Input& input) {
  return starkcore_key_from_eth_signature(results.bytes, input.secret, kTypedBytes, 0);
}

starkcore_status grind_key(const Input& input) { return starkcore_grind_key(results.bytes, input.secret, 32, 0); }

starkcore_status sign(const Input& input) {
  return starkcore_sign(results.bytes, input.hashes[0], input.secret, nullptr);
}

starkcore_status sign_with_entropy(const Input& input) {
  const starkcore_sign_options options{nullptr, 0, input.secret + 32, nullptr};
  return starkcore_sign(results.bytes, input.hashes[0], input.secret, &options);
}

starkcore_status sign_many(const Input& input) {
  return starkcore_sign_many(results.bytes, results.statuses, input.hashes[0], kMany, input.secret, nullptr);
}

starkcore_status sign_orders(const Input& input) {
  starkcore_human_order orders[kMany];
  for (std::size_t i = 0; i < kMany; ++i) orders[i] = order(input.nonces[i]);
  return starkcore_sign_orders(results.orders, results.statuses, orders, kMany, input.secret, nullptr);
}

starkcore_status sign_order_table(const Input& input) {
  static const starkcore_scaled_market scaled{&market().market, 4, 5};
  static const u64 zero = 0, one = 1, size = 1450005, price = 35000067, fee = 125000, expiration = 1600316155;
  const auto same = [](const u64& value) { return starkcore_column{&value, 0, 8, 0}; };
  const starkcore_column nonces{input.nonces, 4, 4, 0};
  const starkcore_order_table table{&scaled,     1,         same(zero), same(one),        same(size),
                                    same(price), same(fee), nonces,     same(expiration), 12345,
                                    0,           168,       0};
  const starkcore_signed_table out{
      results.hashes, results.bytes,   results.quantums, results.quantums + kMany, results.quantums + 2 * kMany,
      results.hours,  results.statuses};
  return starkcore_sign_order_table(&out, &table, 0, kMany, input.secret, nullptr);
}

// A message with one constant in either list, and one slot.
const starkcore_message_template& message_shape() {
  static const starkcore_message_template shape = [] {
    u8 five[64] = {};
    five[31] = five[63] = 5;
    const u8 slots[2] = {0, 1};
    starkcore_message_template out;
    std::size_t bad;
    starkcore_message_template_init(&out, &bad, STARKCORE_LIST_POSEIDON, five, 1, five, slots, 2);
    return out;
  }();
  return shape;
}

starkcore_status sign_messages(const Input& input) {
  starkcore_message_value values[kMany];
  for (std::size_t i = 0; i < kMany; ++i) {
    values[i].ready = nullptr;
    std::memcpy(values[i].element, input.hashes[i], 32);
  }
  return starkcore_sign_messages(results.hashes, results.bytes, results.statuses, &message_shape(), values, kMany,
                                 input.secret, nullptr);
}

starkcore_status sign_message_table(const Input& input) {
  static const starkcore_scale scale{1, 0, ~u64{0}, 0};
  constexpr u32 none = STARKCORE_NO_COLUMN;
  const starkcore_bounded_column column{{input.nonces, 4, 4, 0}, 0, ~u64{0}, STARKCORE_RULE_RANGE};
  const starkcore_term term{{0, 0, 0}, 1, none, none, none, {0, 0}, {0, 0}, 0, &scale, 1, 0};
  const starkcore_slot slot{0, nullptr, 0};
  const starkcore_message_table table{&message_shape(), &column, 1, &term, 1, &slot};
  u64* const terms[] = {results.quantums};
  const starkcore_signed_messages out{results.hashes, results.bytes, results.statuses, terms};
  return starkcore_sign_message_table(&out, &table, 0, kMany, input.secret, nullptr);
}

// ---- What must be found
// ----------------------------------------------------------------------------------------------

// The inversion for public values.
starkcore_status leak_inverse_var(const Input& input) {
  store_be256(results.bytes, inverse_var(to_fn(load_be256(input.secret))).v);
  return STARKCORE_OK;
}

// A comparison that stops at the first byte that differs.
starkcore_status leak_branch(const Input& input) {
  std::size_t i = 0;
  while (i < 31 && input.secret[i] == 0) {
    __asm__ volatile("" ::: "memory");
    ++i;
  }
  results.bytes[0] = input.secret[i];
  return STARKCORE_OK;
}

// A load from a table that no cache holds the whole of.
starkcore_status leak_lookup(const Input& input) {
  const u64 index = load_be256(input.secret).w[0] % kTableBytes;
  results.bytes[0] = planted.table[index];
  return STARKCORE_OK;
}

// That many multiplications, each waiting for the one before, and nothing that follows goes on meanwhile.
void delay(u32 chain) {
  u64 value = chain | 1;
  for (; chain > 0; --chain) __asm__ volatile("imul %0, %0" : "+r"(value));
  _mm_lfence();
}

starkcore_status delay_alone(const Input& input) {
  delay(input.chain);
  return STARKCORE_OK;
}

starkcore_status delayed_public_key(const Input& input) {
  delay(input.chain);
  return public_key(input);
}

using Run = starkcore_status (*)(const Input&);

struct Operation {
  const char* name;
  void (*draw)(Input&, Kind, Random&);
  Run run;
};

const Operation kOperations[] = {
    {"private_key_check", draw_only_key, private_key_check},
    {"public_key", draw_only_key, public_key},
    {"key_from_data", draw_typed_signature, key_from_data},
    {"key_from_eth_signature", draw_typed_signature, key_from_eth_signature},
    {"grind_key", draw_seed, grind_key},
    {"sign", draw_signing, sign},
    {"sign_with_entropy", draw_entropy, sign_with_entropy},
    {"sign_many", draw_signing_many, sign_many},
    {"sign_orders", draw_orders, sign_orders},
    {"sign_order_table", draw_orders, sign_order_table},
    {"sign_messages", draw_signing_many, sign_messages},
    {"sign_message_table", draw_orders, sign_message_table},
    {"leak_inverse_var", draw_only_key, leak_inverse_var},
    {"leak_branch", draw_only_key, leak_branch},
    {"leak_lookup", draw_only_key, leak_lookup},
    {"delay_alone", draw_only_key, delay_alone},
    {"delayed_public_key", draw_only_key, delayed_public_key},
};

// ---- Measuring
// -------------------------------------------------------------------------------------------------------

// One run of the operation in ticks. Nothing before it is timed, and nothing after it, but for stores on their way.
STARKCORE_NOINLINE u64 time_once(Run run, const Input& input, starkcore_status& status) {
  _mm_mfence();
  _mm_lfence();
  const u64 before = __rdtsc();
  _mm_lfence();
  status = run(input);
  unsigned processor;
  const u64 after = __rdtscp(&processor);
  _mm_lfence();
  return after - before;
}

struct Plan {
  u32 features;
  Operation operation;
  std::vector<Kind> classes;
  double seconds;
  u64 seed;
};

constexpr u64 kMostTicks = (u64{1} << 29) - 1;

using Times = std::vector<u32>;

// Of this process: what others do makes a run longer, not its figures worse.
double cpu_seconds() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

Times measure(const Plan& plan) {
  Random random(plan.seed);
  Times times;
  static Input inputs[kBatch], neutral;
  std::size_t class_of[kBatch], first_of_pair = 0;
  const double start = cpu_seconds();
  for (double used = 0; used < plan.seconds && times.size() < kEnough; used = cpu_seconds() - start) {
    set_cpu_in_use(detect_cpu());  // what is public is got by the quickest engine
    for (std::size_t i = 0; i < kBatch; ++i) {
      if (i % 2 == 0) first_of_pair = (random() & 1) != 0 ? i : i + 1;
      class_of[i] = i == first_of_pair ? 0 : 1 + random() % (plan.classes.size() - 1);
      plan.operation.draw(inputs[i], plan.classes[class_of[i]], random);
      inputs[i].chain = class_of[i] != 0 ? planted.chain : 0;
    }
    plan.operation.draw(neutral, plan.classes[0], random);
    set_cpu_in_use(plan.features);
    for (std::size_t i = 0; i < kBatch; ++i) {
      starkcore_status status;
      (void)plan.operation.run(neutral);
      const u64 ticks = time_once(plan.operation.run, inputs[i], status);
      if (status != STARKCORE_OK) std::fprintf(stderr, "timing: status %d\n", status), std::exit(3);
      if (i < 2 || used < kWarmUp * plan.seconds) continue;  // the first two come after other work
      times.push_back(static_cast<u32>(class_of[i] << 29 | (ticks < kMostTicks ? ticks : kMostTicks)));
    }
  }
  return times;
}

bool read_plan(Plan& plan, char** arguments) {
  if (!engine_features(arguments[1], plan.features) || (plan.features & ~detect_cpu()) != 0) return false;
  starkcore_use_strict(std::atoi(arguments[2]));
  plan.operation = {};
  for (const Operation& operation : kOperations) {
    if (std::strcmp(operation.name, arguments[3]) == 0) plan.operation = operation;
  }
  std::string names = arguments[4];
  for (std::size_t comma; !names.empty(); names.erase(0, comma == std::string::npos ? comma : comma + 1)) {
    comma = names.find(',');
    const std::string name = names.substr(0, comma);
    for (std::size_t i = 0; i < std::size(kKinds); ++i) {
      if (name == kKinds[i]) plan.classes.push_back(static_cast<Kind>(i));
    }
  }
  plan.seconds = std::atof(arguments[5]);
  plan.seed = std::strtoull(arguments[6], nullptr, 10);
  planted.chain = static_cast<u32>(std::atoi(arguments[7]));
  if (plan.operation.run == leak_lookup) planted.table.assign(kTableBytes, 1);
  return plan.operation.run != nullptr && plan.classes.size() >= 2;
}

}  // namespace

int main(int count, char** arguments) {
  if (count == 1) {
    for (std::size_t i = 0; engine_name_at(i) != nullptr; ++i) std::puts(engine_name_at(i));
    return 0;
  }
  Plan plan;
  if (count != 8 || !read_plan(plan, arguments)) return 2;
  const Times times = measure(plan);
  std::fwrite(times.data(), sizeof(u32), times.size(), stdout);
  return 0;
}

#else

int main() {
  std::fputs("timing: x86-64 alone has the counter that this reads\n", stderr);
  return 2;
}

#endif
