// The messages of StarkEx perpetual (3 limit order with fees, 4 transfer, 5 conditional transfer, 6 withdrawal, 7
// withdrawal to an address): their bounds, their fields packed into words, and their hashes. H is Pedersen:
//
//   3        H(H(H(H(sell, buy), feeAsset), amounts word), tail word)
//   4        H(H(H(H(asset, feeAsset), receiverKey), positions word), amounts word)
//   5        the same with H(…, condition) after receiverKey
//   6        H(collateral, word)
//   7        H(H(collateral, ethAddress), word)
//
// Source: StarkWare's stark-perpetual, src/services/perpetual/public. Packed words are plain integers. Each is made
// of fixed widths that add up to fewer than 251 bits, as is said at each, so it is below p whatever the fields
// hold. Everything here is public.
#pragma once

#include "base/limbs.hpp"
#include "starkcore.h"

namespace starkcore {

// ---- Words ---------------------------------------------------------------------------------------------------------

// sell 64 ‖ buy 64 ‖ fee 64 ‖ nonce 32: 224 bits. Not 0 when something is bought or sold.
U256 order_amounts_word(u64 quantums_sell, u64 quantums_buy, u64 quantums_fee, u32 nonce);

// 3 ‖ position 64, three times ‖ expiration 32 ‖ 17 zeros: 243 bits. Never 0. The position stands for those of fee,
// synthetic and collateral.
U256 order_tail_word(u64 position_id, u32 expiration_hours);

// sender 64 ‖ receiver 64 ‖ the position that pays the fee 64 ‖ nonce 32: 224 bits.
U256 transfer_positions_word(u64 sender, u64 receiver, u64 fee_position, u32 nonce);

// 4, or 5 when conditional ‖ amount 64 ‖ highest fee 64 ‖ expiration 32 ‖ 81 zeros: 244 bits.
U256 transfer_amounts_word(bool conditional, u64 quantums_amount, u64 quantums_max_fee, u32 expiration_hours);

// 6, or 7 to an address ‖ position 64 ‖ nonce 32 ‖ amount 64 ‖ expiration 32 ‖ 49 zeros: 244 bits.
U256 withdrawal_word(bool to_address, u64 position_id, u32 nonce, u64 quantums_amount, u32 expiration_hours);

// ---- Bounds --------------------------------------------------------------------------------------------------------

// Whether the ids fit: synthetic below 2^128, the others below 2^250 (so all below p). WIDTH with the field.
starkcore_status check_order_ids(const U256& synthetic_id, const U256& collateral_id, const U256& fee_asset_id);

// ---- Hashes --------------------------------------------------------------------------------------------------------

// The first two hashes of an order, which depend on market and side alone: H(H(sell, buy), feeAsset). The ids have
// been checked.
U256 order_assets_hash_var(const U256& synthetic_id, const U256& collateral_id, const U256& fee_asset_id,
                           bool is_buying_synthetic);

// The hashes of whole messages. WIDTH with the field named; `hash` is then 0.
starkcore_status order_hash_var(U256& hash, const starkcore_order& order);
starkcore_status transfer_hash_var(U256& hash, const starkcore_transfer& transfer);
starkcore_status withdrawal_hash_var(U256& hash, const starkcore_withdrawal& withdrawal);

// Which four bytes of a client id's SHA-256 are the nonce, big-endian: dYdX takes the last, edgeX the first.
enum class NonceBytes { kLast, kFirst };

u32 nonce_from_client_id(const char* client_id, std::size_t size, NonceBytes bytes);

}  // namespace starkcore
