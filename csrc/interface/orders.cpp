// The C interface to StarkEx messages, amounts and whole orders.
#include "interface/order_chunk.hpp"
#include "starkex/expiry.hpp"

using namespace starkcore;

// ---- Messages and amounts ----------------------------------------------------------------------------------

template <class Message>
static starkcore_status store_hash_var(uint8_t out[32], const Message& message,
                                       starkcore_status (*hash_of)(U256&, const Message&)) {
  U256 hash;
  const starkcore_status status = hash_of(hash, message);
  store_be256(out, hash);
  return status;
}

starkcore_status starkcore_order_hash(uint8_t hash[32], const starkcore_order* order) {
  return store_hash_var(hash, *order, order_hash_var);
}

starkcore_status starkcore_transfer_hash(uint8_t hash[32], const starkcore_transfer* transfer) {
  return store_hash_var(hash, *transfer, transfer_hash_var);
}

starkcore_status starkcore_withdrawal_hash(uint8_t hash[32], const starkcore_withdrawal* withdrawal) {
  return store_hash_var(hash, *withdrawal, withdrawal_hash_var);
}

starkcore_status starkcore_quantums(uint64_t* quantums_out, const char* amount, size_t size, uint64_t resolution,
                                    int rounding) {
  *quantums_out = 0;
  if (resolution == 0) return STARKCORE_STATUS(STARKCORE_RULE_ZERO, STARKCORE_FIELD_RESOLUTION);
  u64 result;
  const starkcore_status status =
      quantums_var(result, {amount, size}, resolution, static_cast<Rounding>(rounding), STARKCORE_FIELD_AMOUNT);
  if (status == STARKCORE_OK) *quantums_out = result;
  return status;
}

uint32_t starkcore_nonce_from_client_id(const char* client_id, size_t size) {
  return nonce_from_client_id(client_id, size, NonceBytes::kLast);
}

uint32_t starkcore_nonce_of_client_id(const char* client_id, size_t size, int bytes) {
  return nonce_from_client_id(client_id, size, bytes == STARKCORE_NONCE_FIRST ? NonceBytes::kFirst : NonceBytes::kLast);
}

starkcore_status starkcore_expiration_hours(uint32_t* hours, int64_t seconds, uint32_t buffer_hours, int round_down) {
  return expiration_hours_var(*hours, seconds, buffer_hours, round_down != 0);
}

// ---- Whole orders ------------------------------------------------------------------------------------------

namespace {

// Amounts and nonce of one order; `out` is zero before, and stays so where a status is returned.
starkcore_status read_order_var(starkcore_signed_order& out, OrderQuantums& quantums,
                                const starkcore_human_order& order, const Market& market, const OrderTail& tail) {
  const OrderText text{{order.size, order.size_size},
                       {order.price, order.price_size},
                       {order.limit_fee, order.limit_fee_size},
                       order.is_buying_synthetic != 0};
  const starkcore_status status =
      order_quantums_var(quantums, text, market.synthetic_resolution, market.collateral_resolution);
  if (status != STARKCORE_OK) return status;
  out.quantums_synthetic = quantums.synthetic;
  out.quantums_collateral = quantums.collateral;
  out.quantums_fee = quantums.fee;
  out.position_id = tail.position_id;
  out.expiration_hours = tail.expiration_hours;
  out.nonce = order.client_id == nullptr
                  ? order.nonce
                  : nonce_from_client_id(order.client_id, order.client_id_size, NonceBytes::kLast);
  return STARKCORE_OK;
}

// The same, and its words into the chunk.
starkcore_status add_order_var(OrderChunk& chunk, std::size_t place, starkcore_signed_order& out,
                               const starkcore_human_order& order) {
  const Market market = load_market(*order.market);
  const OrderTail tail = load_tail(*order.tail);
  OrderQuantums quantums;
  const starkcore_status status = read_order_var(out, quantums, order, market, tail);
  if (status == STARKCORE_OK) {
    chunk.add(place, market, tail.point, quantums, order.is_buying_synthetic != 0, out.nonce);
  }
  return status;
}

// Everything of a chunk but the signatures; failed items are zero.
void hash_chunk_var(OrderChunk& chunk, starkcore_signed_order* out, starkcore_status* statuses,
                    const starkcore_human_order* orders, std::size_t count, const Engine& with) {
  std::memset(out, 0, count * sizeof *out);
  for (std::size_t i = 0; i < count; ++i) statuses[i] = add_order_var(chunk, i, out[i], orders[i]);
  chunk.hash_var(with);
  chunk.drop_unsignable_var([&](std::size_t place) {
    statuses[place] = kUnsignableHash;
    std::memset(&out[place], 0, sizeof out[place]);
  });
  for (std::size_t j = 0; j < chunk.good; ++j) store_be256(out[chunk.places[j]].hash, chunk.hashes[j]);
}

void sign_chunk(const OrderChunk& chunk, starkcore_signed_order* out, starkcore_status* statuses, const Signer& signer,
                const Engine& with) {
  chunk.sign(
      signer, with,
      [&](std::size_t place, const U256&, const Signature& signature) {
        store_signature(out[place].signature, signature);
      },
      [&](std::size_t place, starkcore_status status) {
        statuses[place] = status;
        std::memset(&out[place], 0, sizeof out[place]);
      });
}

}  // namespace

starkcore_status starkcore_market_init(starkcore_market* market, const uint8_t synthetic_id[32],
                                       const uint8_t collateral_id[32], const uint8_t fee_asset_id[32],
                                       uint64_t synthetic_resolution, uint64_t collateral_resolution) {
  std::memset(market, 0, sizeof *market);
  const U256 synthetic = load_be256(synthetic_id), collateral = load_be256(collateral_id);
  const U256 fee_asset = load_be256(fee_asset_id);
  const starkcore_status status = check_order_ids(synthetic, collateral, fee_asset);
  if (status != STARKCORE_OK) return status;
  if (synthetic_resolution == 0 || collateral_resolution == 0) {
    return STARKCORE_STATUS(STARKCORE_RULE_ZERO, STARKCORE_FIELD_RESOLUTION);
  }
  Market out;
  const U256 assets[2] = {order_assets_hash_var(synthetic, collateral, fee_asset, false),
                          order_assets_hash_var(synthetic, collateral, fee_asset, true)};
  engine().pedersen_left_var(out.assets, assets, 2);
  out.synthetic_resolution = synthetic_resolution;
  out.collateral_resolution = collateral_resolution;
  std::memcpy(market->opaque, &out, sizeof out);
  return STARKCORE_OK;
}

void starkcore_order_tail_init(starkcore_order_tail* tail, uint64_t position_id, uint32_t expiration_hours) {
  OrderTail out{};
  const U256 word = order_tail_word(position_id, expiration_hours);
  engine().pedersen_right_var(&out.point, &word, 1);
  out.position_id = position_id;
  out.expiration_hours = expiration_hours;
  std::memset(tail, 0, sizeof *tail);
  std::memcpy(tail->opaque, &out, sizeof out);
}

starkcore_status starkcore_read_order(starkcore_signed_order* out, const starkcore_human_order* order) {
  std::memset(out, 0, sizeof *out);
  OrderQuantums quantums;
  return read_order_var(*out, quantums, *order, load_market(*order->market), load_tail(*order->tail));
}

starkcore_status starkcore_hash_orders(starkcore_signed_order* out, starkcore_status* statuses,
                                       const starkcore_human_order* orders, size_t count) {
  const Engine& with = engine();
  for_chunks(count, [&](size_t first, size_t size) {
    OrderChunk chunk;
    hash_chunk_var(chunk, out + first, statuses + first, orders + first, size, with);
  });
  return first_failure(statuses, count);
}

starkcore_status starkcore_sign_orders(starkcore_signed_order* out, starkcore_status* statuses,
                                       const starkcore_human_order* orders, size_t count, const uint8_t key[32],
                                       const starkcore_sign_options* options) {
  Signer signer;
  const starkcore_status status = signer.load(key, options);
  if (status != STARKCORE_OK) {
    if (count > 0) std::memset(out, 0, count * sizeof *out);
    for (size_t i = 0; i < count; ++i) statuses[i] = status;
    return status;
  }
  const Engine& with = engine();
  for_chunks(count, [&](size_t first, size_t size) {
    OrderChunk chunk;
    hash_chunk_var(chunk, out + first, statuses + first, orders + first, size, with);
    sign_chunk(chunk, out + first, statuses + first, signer, with);
  });
  return first_failure(statuses, count);
}
