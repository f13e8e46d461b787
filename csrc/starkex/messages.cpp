#include "starkex/messages.hpp"

#include <cstring>

#include "engine/engine.hpp"
#include "hash/sha256.hpp"

namespace starkcore {
namespace {

// Widths in bits.
constexpr unsigned kSyntheticId = 128, kAssetId = 250, kKey = 251;

// A word under construction, its most significant field first.
class Word {
 public:
  explicit Word(u64 first) : value_(u256(first)) {}

  // Append the 64 bits, or the 32.
  Word& add64(u64 field) {
    value_ = U256{{field, value_.w[0], value_.w[1], value_.w[2]}};
    return *this;
  }
  Word& add32(u32 field) {
    value_ = shift_left(value_, 32);
    value_.w[0] |= field;
    return *this;
  }

  // The word with zeros appended, 0 < count < 64.
  U256 with_zeros(unsigned count) const { return shift_left(value_, count); }
  U256 value() const { return value_; }

 private:
  U256 value_;
};

// Whether value < 2^width, 0 < width < 256.
bool fits(const U256& value, unsigned width) {
  u64 above = width % 64 == 0 ? value.w[width / 64] : value.w[width / 64] >> (width % 64);
  for (unsigned i = width / 64 + 1; i < 4; ++i) above |= value.w[i];
  return above == 0;
}

starkcore_status check_width(const U256& value, unsigned width, int field) {
  return fits(value, width) ? STARKCORE_OK : STARKCORE_STATUS(STARKCORE_RULE_WIDTH, field);
}

U256 pedersen_var(const U256& a, const U256& b) {
  U256 out;
  engine().pedersen_var(&out, &a, &b, 1);
  return out;
}

// The ids and keys of a transfer, checked.
struct TransferIds {
  U256 asset, fee_asset, receiver_key, condition;
};

starkcore_status load_transfer_ids(TransferIds& out, const starkcore_transfer& transfer) {
  out = {load_be256(transfer.asset_id), load_be256(transfer.fee_asset_id), load_be256(transfer.receiver_key), U256{}};
  if (transfer.conditional != 0) out.condition = load_be256(transfer.condition);
  starkcore_status status = check_width(out.asset, kAssetId, STARKCORE_FIELD_ASSET_ID);
  if (status == STARKCORE_OK) status = check_width(out.fee_asset, kAssetId, STARKCORE_FIELD_FEE_ASSET_ID);
  if (status == STARKCORE_OK) status = check_width(out.receiver_key, kKey, STARKCORE_FIELD_RECEIVER_KEY);
  if (status == STARKCORE_OK) status = check_width(out.condition, kKey, STARKCORE_FIELD_CONDITION);
  return status;
}

U256 load_address(const u8 (&address)[20]) {
  u8 bytes[32] = {};
  std::memcpy(bytes + 12, address, sizeof address);
  return load_be256(bytes);
}

}  // namespace

U256 order_amounts_word(u64 quantums_sell, u64 quantums_buy, u64 quantums_fee, u32 nonce) {
  return Word(quantums_sell).add64(quantums_buy).add64(quantums_fee).add32(nonce).value();
}

U256 order_tail_word(u64 position_id, u32 expiration_hours) {
  return Word(3).add64(position_id).add64(position_id).add64(position_id).add32(expiration_hours).with_zeros(17);
}

U256 transfer_positions_word(u64 sender, u64 receiver, u64 fee_position, u32 nonce) {
  return Word(sender).add64(receiver).add64(fee_position).add32(nonce).value();
}

U256 transfer_amounts_word(bool conditional, u64 quantums_amount, u64 quantums_max_fee, u32 expiration_hours) {
  Word word(conditional ? 5 : 4);
  word.add64(quantums_amount).add64(quantums_max_fee).add32(expiration_hours);
  return word.add64(0).with_zeros(81 - 64);
}

U256 withdrawal_word(bool to_address, u64 position_id, u32 nonce, u64 quantums_amount, u32 expiration_hours) {
  Word word(to_address ? 7 : 6);
  word.add64(position_id).add32(nonce).add64(quantums_amount).add32(expiration_hours);
  return word.with_zeros(49);
}

starkcore_status check_order_ids(const U256& synthetic_id, const U256& collateral_id, const U256& fee_asset_id) {
  starkcore_status status = check_width(synthetic_id, kSyntheticId, STARKCORE_FIELD_SYNTHETIC_ID);
  if (status == STARKCORE_OK) status = check_width(collateral_id, kAssetId, STARKCORE_FIELD_COLLATERAL_ID);
  if (status == STARKCORE_OK) status = check_width(fee_asset_id, kAssetId, STARKCORE_FIELD_FEE_ASSET_ID);
  return status;
}

U256 order_assets_hash_var(const U256& synthetic_id, const U256& collateral_id, const U256& fee_asset_id,
                           bool is_buying_synthetic) {
  const U256& sell = is_buying_synthetic ? collateral_id : synthetic_id;
  const U256& buy = is_buying_synthetic ? synthetic_id : collateral_id;
  return pedersen_var(pedersen_var(sell, buy), fee_asset_id);
}

starkcore_status order_hash_var(U256& hash, const starkcore_order& order) {
  hash = U256{};
  const U256 synthetic = load_be256(order.synthetic_id), collateral = load_be256(order.collateral_id);
  const U256 fee_asset = load_be256(order.fee_asset_id);
  const starkcore_status status = check_order_ids(synthetic, collateral, fee_asset);
  if (status != STARKCORE_OK) return status;
  const bool buying = order.is_buying_synthetic != 0;
  const u64 sell = buying ? order.quantums_collateral : order.quantums_synthetic;
  const u64 buy = buying ? order.quantums_synthetic : order.quantums_collateral;
  const U256 amounts = order_amounts_word(sell, buy, order.quantums_fee, order.nonce);
  const U256 tail = order_tail_word(order.position_id, order.expiration_hours);
  hash = pedersen_var(pedersen_var(order_assets_hash_var(synthetic, collateral, fee_asset, buying), amounts), tail);
  return STARKCORE_OK;
}

starkcore_status transfer_hash_var(U256& hash, const starkcore_transfer& transfer) {
  hash = U256{};
  TransferIds ids;
  const starkcore_status status = load_transfer_ids(ids, transfer);
  if (status != STARKCORE_OK) return status;
  const bool conditional = transfer.conditional != 0;
  const U256 positions = transfer_positions_word(transfer.sender_position_id, transfer.receiver_position_id,
                                                 transfer.fee_position_id, transfer.nonce);
  const U256 amounts = transfer_amounts_word(conditional, transfer.quantums_amount, transfer.quantums_max_fee,
                                             transfer.expiration_hours);
  U256 parties = pedersen_var(pedersen_var(ids.asset, ids.fee_asset), ids.receiver_key);
  if (conditional) parties = pedersen_var(parties, ids.condition);
  hash = pedersen_var(pedersen_var(parties, positions), amounts);
  return STARKCORE_OK;
}

starkcore_status withdrawal_hash_var(U256& hash, const starkcore_withdrawal& withdrawal) {
  hash = U256{};
  U256 target = load_be256(withdrawal.collateral_id);
  const starkcore_status status = check_width(target, kAssetId, STARKCORE_FIELD_COLLATERAL_ID);
  if (status != STARKCORE_OK) return status;
  const bool to_address = withdrawal.to_address != 0;
  const U256 word = withdrawal_word(to_address, withdrawal.position_id, withdrawal.nonce, withdrawal.quantums_amount,
                                    withdrawal.expiration_hours);
  if (to_address) target = pedersen_var(target, load_address(withdrawal.eth_address));
  hash = pedersen_var(target, word);
  return STARKCORE_OK;
}

u32 nonce_from_client_id(const char* client_id, std::size_t size, NonceBytes bytes) {
  u8 digest[32];
  sha256(digest, reinterpret_cast<const u8*>(client_id), size);
  return load_be32(bytes == NonceBytes::kFirst ? digest : digest + 28);
}

}  // namespace starkcore
