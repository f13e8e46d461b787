// The C interface to prepared messages in columns.
#include "base/cpu.hpp"
#include "interface/columns.hpp"
#include "interface/message_chunk.hpp"
#include "starkex/decimal.hpp"

using namespace starkcore;

namespace {

constexpr std::size_t kColumns = STARKCORE_MESSAGE_COLUMNS, kTerms = STARKCORE_MESSAGE_TERMS;
constexpr u32 kMostScale = 200;

starkcore_status column_status(u32 rule, u32 column) {
  return STARKCORE_STATUS(static_cast<int>(rule), STARKCORE_FIELD_COLUMN + static_cast<int>(column));
}

// ---- Whether a table is one ----

bool is_column(u32 place, const starkcore_message_table& table) { return place < table.column_count; }
bool is_column_or_none(u32 place, const starkcore_message_table& table) {
  return place == STARKCORE_NO_COLUMN || is_column(place, table);
}

bool is_term_var(const starkcore_term& term, const starkcore_message_table& table) {
  bool good = 1 <= term.factor_count && term.factor_count <= 3 && term.scale_count > 0;
  for (u32 i = 0; good && i < term.factor_count; ++i) good = is_column(term.factors[i], table);
  good = good && is_column_or_none(term.addend, table) && is_column_or_none(term.scale, table) &&
         is_column_or_none(term.side, table) && is_column(term.blame, table);
  for (std::size_t i = 0; good && i < term.scale_count; ++i) good = term.scales[i].decimals <= kMostScale;
  for (const u32 rounding : term.rounding) good = good && rounding <= STARKCORE_ROUND_UP;
  return good;
}

bool is_table_var(const starkcore_message_table& table, const MessageTemplate& shape) {
  bool good = shape.ready == 1 && table.column_count <= kColumns && table.term_count <= kTerms;
  for (std::size_t i = 0; good && i < table.term_count; ++i) good = is_term_var(table.terms[i], table);
  for (std::size_t i = 0; good && i < shape.slots; ++i) {
    const starkcore_slot& slot = table.slots[i];
    good = slot.choices != nullptr ? is_column(slot.from, table) : slot.from < table.term_count;
  }
  return good;
}

// ---- A row ----

struct Number {
  u64 value;
  bool negative;
};

struct Row {
  u64 columns[kColumns];
  Number terms[kTerms];
};

starkcore_status read_columns_var(Row& row, const starkcore_message_table& table, std::size_t i) {
  for (u32 j = 0; j < table.column_count; ++j) {
    const starkcore_bounded_column& column = table.columns[j];
    const Integer integer = item(column.column, i);
    if (integer.negative) return column_status(STARKCORE_RULE_NEGATIVE, j);
    if (integer.value < column.least || integer.value > column.most) return column_status(column.rule, j);
    row.columns[j] = integer.value;
  }
  return STARKCORE_OK;
}

// The product of a term's columns and its scale. Returns 0 or a rule.
int product_var(u64& out, const starkcore_term& term, const u64* columns, const starkcore_scale& scale,
                Rounding rounding) {
  const u64 last = columns[term.factors[term.factor_count - 1]];
  const u64 sum = last + (term.addend == STARKCORE_NO_COLUMN ? 0 : columns[term.addend]);
  if (sum < last) return STARKCORE_RULE_WIDTH;
  if (term.factor_count == 1 && scale.resolution == 1 && scale.decimals == 0) {
    out = sum;
    return 0;
  }
  const Decimal one = make_decimal_var(1);
  const Decimal first = term.factor_count > 1 ? make_decimal_var(columns[term.factors[0]]) : one;
  const Decimal second = term.factor_count > 2 ? make_decimal_var(columns[term.factors[1]]) : one;
  return to_integer_var(out, multiply_var(first, second), scaled_var(sum, scale.decimals),
                        make_decimal_var(scale.resolution), rounding);
}

starkcore_status read_term_var(Number& out, const starkcore_term& term, const u64* columns) {
  const u64 scale = term.scale == STARKCORE_NO_COLUMN ? 0 : columns[term.scale];
  const u64 side = term.side == STARKCORE_NO_COLUMN ? 0 : columns[term.side];
  if (scale >= term.scale_count) return column_status(STARKCORE_RULE_INDEX, term.scale);
  if (side > 1) return column_status(STARKCORE_RULE_FLAG, term.side);
  const starkcore_scale& by = term.scales[scale];
  u64 value;
  const int rule = product_var(value, term, columns, by, static_cast<Rounding>(term.rounding[side]));
  if (rule != 0) return column_status(static_cast<u32>(rule), term.blame);
  if (value < by.least || value > by.most) return column_status(STARKCORE_RULE_RANGE, term.blame);
  out.value = value + term.plus;
  out.negative = term.negative[side] != 0 && out.value != 0;
  return out.value >= value ? STARKCORE_OK : column_status(STARKCORE_RULE_WIDTH, term.blame);
}

starkcore_status read_row_var(Row& row, const starkcore_message_table& table, const MessageTemplate& shape,
                              std::size_t i) {
  starkcore_status status = read_columns_var(row, table, i);
  for (u32 j = 0; status == STARKCORE_OK && j < table.term_count; ++j) {
    status = read_term_var(row.terms[j], table.terms[j], row.columns);
  }
  for (u32 j = 0; status == STARKCORE_OK && j < shape.slots; ++j) {
    const starkcore_slot& slot = table.slots[j];
    if (slot.choices == nullptr || row.columns[slot.from] < slot.choice_count) continue;
    status = column_status(STARKCORE_RULE_INDEX, slot.from);
  }
  return status;
}

// −x is p − x.
U256 element_of_var(const Number& number) {
  U256 out = u256(number.value);
  if (number.negative) sub(out, kP, out);
  return out;
}

KeptElement slot_element_var(const starkcore_slot& slot, const Row& row) {
  if (slot.choices == nullptr) return {element_of_var(row.terms[slot.from]), {}, 1, 0};
  const KeptElement chosen = load_element(slot.choices[row.columns[slot.from]]);
  return chosen.ready == 1 ? chosen : KeptElement{{}, {}, 1, 0};  // a table's choices are ready ones
}

void clear(const starkcore_signed_messages& out, const starkcore_message_table& table, std::size_t i,
           starkcore_status status) {
  std::memset(out.hashes + 32 * i, 0, 32);
  std::memset(out.signatures + 64 * i, 0, 64);
  for (std::size_t j = 0; j < table.term_count; ++j) out.terms[j][i] = 0;
  out.statuses[i] = status;
}

// Reads `count` rows from `first` on, and hashes those that are good. Places count from `first`.
STARKCORE_NOINLINE void hash_rows_var(HashedChunk& chunk, const starkcore_signed_messages& out,
                                      const starkcore_message_table& table, const MessageTemplate& shape,
                                      std::size_t first, std::size_t count, const Engine& with) {
  Row rows[kChunk];
  for (std::size_t i = 0; i < count; ++i) {
    Row& row = rows[chunk.good];
    const starkcore_status status = read_row_var(row, table, shape, first + i);
    clear(out, table, first + i, status);
    if (status != STARKCORE_OK) continue;
    for (std::size_t j = 0; j < table.term_count; ++j) {
      const Number& number = row.terms[j];
      out.terms[j][first + i] = number.negative ? 0 - number.value : number.value;
    }
    chunk.places[chunk.good++] = i;
  }
  hash_messages_var(chunk.hashes, shape, chunk.good, with,
                    [&](std::size_t j, u8 slot) { return slot_element_var(table.slots[slot], rows[j]); });
}

}  // namespace

starkcore_status starkcore_sign_message_table(const starkcore_signed_messages* out,
                                              const starkcore_message_table* table, size_t first, size_t count,
                                              const uint8_t key[32], const starkcore_sign_options* options) {
  Signer signer;
  starkcore_status status = signer.load(key, options);
  const MessageTemplate shape = load_template(*table->shape);
  if (!is_table_var(*table, shape)) status = STARKCORE_STATUS(STARKCORE_RULE_INDEX, STARKCORE_FIELD_ELEMENT);
  if (status != STARKCORE_OK) {
    for (size_t i = first; i < first + count; ++i) clear(*out, *table, i, status);
    return status;
  }
  const Engine& with = engine();
  for_chunks(count, [&](size_t start, size_t size) {
    const size_t at = first + start;
    HashedChunk chunk;
    hash_rows_var(chunk, *out, *table, shape, at, size, with);
    sign_chunk(chunk, out->hashes + 32 * at, out->signatures + 64 * at, out->statuses + at, signer, with);
    for (size_t i = at; i < at + size; ++i) {
      if (out->statuses[i] != STARKCORE_OK) clear(*out, *table, i, out->statuses[i]);
    }
  });
  return first_failure(out->statuses + first, count);
}
