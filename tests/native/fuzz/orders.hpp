// Messages, amounts, whole orders as text and in columns.
#pragma once

#include "ecdsa.hpp"

namespace starkcore::fuzz {

inline void put_id(u8 (&out)[32], Input& in) { store_be256(out, in.number_below(U256{{0, 0, 0, u64{1} << 58}})); }

// starkcore_order_hash, transfer_hash, withdrawal_hash
inline void message(Input& in) {
  starkcore_order order{};
  starkcore_transfer transfer{};
  starkcore_withdrawal withdrawal{};
  for (auto* id : {&order.synthetic_id, &order.collateral_id, &order.fee_asset_id, &transfer.asset_id,
                   &transfer.fee_asset_id, &transfer.receiver_key, &transfer.condition, &withdrawal.collateral_id}) {
    put_id(*id, in);
  }
  for (u64* word :
       {&order.quantums_synthetic, &order.quantums_collateral, &order.quantums_fee, &order.position_id,
        &transfer.sender_position_id, &transfer.receiver_position_id, &transfer.fee_position_id,
        &transfer.quantums_amount, &transfer.quantums_max_fee, &withdrawal.position_id, &withdrawal.quantums_amount}) {
    *word = in.word();
  }
  for (u32* word :
       {&order.nonce, &order.expiration_hours, &order.is_buying_synthetic, &transfer.nonce, &transfer.expiration_hours,
        &transfer.conditional, &withdrawal.nonce, &withdrawal.expiration_hours, &withdrawal.to_address}) {
    *word = static_cast<u32>(in.word());
  }
  for (u8& byte : withdrawal.eth_address) byte = in.byte();
  in_two_modes("messages", [&] {
    Bytes hashes[3] = {Bytes(32, 7), Bytes(32, 7), Bytes(32, 7)};
    const starkcore_status statuses[3] = {starkcore_order_hash(hashes[0].data(), &order),
                                          starkcore_transfer_hash(hashes[1].data(), &transfer),
                                          starkcore_withdrawal_hash(hashes[2].data(), &withdrawal)};
    Answer out;
    for (int i = 0; i < 3; ++i) {
      HOLDS(statuses[i] == STARKCORE_OK ||
            (all_zero(hashes[i]) && STARKCORE_STATUS_RULE(statuses[i]) == STARKCORE_RULE_WIDTH));
      out << statuses[i] << hashes[i];
    }
    return out;
  });
}

// starkcore_expiration_hours: what is told is within an hour of the seconds, in the direction that was asked for.
inline void hours(Input& in) {
  const i64 seconds = in.flag() ? static_cast<i64>(in.word()) : static_cast<i64>(in.word() >> 30);
  const u32 buffer = in.flag() ? 168 : static_cast<u32>(in.word());
  const bool down = in.flag();
  u32 told = 99;
  const starkcore_status status = starkcore_expiration_hours(&told, seconds, buffer, down ? 1 : 0);
  const bool early = seconds < 394464 * i64{3600} - (down ? 0 : 3599);
  const bool late = seconds > 4645896 * i64{3600} + (down ? 3599 : 0);
  HOLDS((STARKCORE_STATUS_RULE(status) == STARKCORE_RULE_SECONDS) == (early || late));
  HOLDS(status == STARKCORE_OK || told == 0);
  if (status != STARKCORE_OK) return;
  const i64 away = (static_cast<i64>(told) - static_cast<i64>(buffer)) * 3600 - seconds;
  HOLDS(down ? away <= 0 && away > -3600 : away >= 0 && away < 3600);
}

// starkcore_quantums, nonce_from_client_id
inline void amount(Input& in) {
  const std::string text = in.flag() ? in.amount() : in.good_amount();
  const Bytes id(text.begin(), text.end());
  const u64 resolution = in.word();
  u64 exact = 7, down = 7, up = 7;
  const auto quantums = [&](u64& out, int rounding) {
    return starkcore_quantums(&out, reinterpret_cast<const char*>(id.data()), id.size(), resolution, rounding);
  };
  const starkcore_status good = quantums(exact, STARKCORE_ROUND_EXACT), below = quantums(down, STARKCORE_ROUND_DOWN),
                         above = quantums(up, STARKCORE_ROUND_UP);
  HOLDS((good == STARKCORE_OK || exact == 0) && (below == STARKCORE_OK || down == 0) &&
        (above == STARKCORE_OK || up == 0));
  if (good == STARKCORE_OK) HOLDS(below == good && above == good && down == exact && up == exact);
  if (STARKCORE_STATUS_RULE(good) == STARKCORE_RULE_MULTIPLE) {
    if (below == STARKCORE_OK && above == STARKCORE_OK) HOLDS(up == down + 1);
    HOLDS(below == STARKCORE_OK || above != STARKCORE_OK);
  } else if (good != STARKCORE_OK && STARKCORE_STATUS_RULE(good) != STARKCORE_RULE_WIDTH) {
    HOLDS(below == good && above == good);
  }
  Bytes digest(32);
  starkcore_sha256(digest.data(), id.data(), id.size());
  const u32 last = static_cast<u32>(digest[28]) << 24 | static_cast<u32>(digest[29]) << 16 |
                   static_cast<u32>(digest[30]) << 8 | digest[31];
  const char* const text_of_id = reinterpret_cast<const char*>(id.data());
  HOLDS(starkcore_nonce_from_client_id(text_of_id, id.size()) == last);
  HOLDS(starkcore_nonce_of_client_id(text_of_id, id.size(), STARKCORE_NONCE_LAST) == last);
  const u32 first = static_cast<u32>(digest[0]) << 24 | static_cast<u32>(digest[1]) << 16 |
                    static_cast<u32>(digest[2]) << 8 | digest[3];
  HOLDS(starkcore_nonce_of_client_id(text_of_id, id.size(), STARKCORE_NONCE_FIRST) == first);
  hours(in);
}

struct Ids {
  u8 synthetic[32], collateral[32], fee[32];
  u64 synthetic_resolution, collateral_resolution;

  explicit Ids(Input& in) {
    store_be256(synthetic, in.number_below(U256{{0, 0, 1, 0}}));
    if (in.byte() < 240) std::memset(synthetic, 0, 16);
    put_id(collateral, in), put_id(fee, in);
    static constexpr u64 kUsual[] = {1, 1000000, 10000000000, 1000000000};
    synthetic_resolution = in.flag() ? kUsual[in.below(4)] : in.word();
    collateral_resolution = in.flag() ? kUsual[in.below(4)] : in.word();
  }

  starkcore_status make(starkcore_market& market) const {
    return starkcore_market_init(&market, synthetic, collateral, fee, synthetic_resolution, collateral_resolution);
  }
};

// starkcore_market_init, order_tail_init: the same bytes from every engine; nothing where it is refused.
inline bool make_market(starkcore_market& market, const Ids& ids) {
  starkcore_status status = STARKCORE_OK;
  in_two_modes("market", [&] {
    std::memset(&market, 7, sizeof market);
    status = ids.make(market);
    if (status != STARKCORE_OK) {
      const u8* const bytes = reinterpret_cast<const u8*>(&market);
      HOLDS(all_zero(Bytes(bytes, bytes + sizeof market)));
    }
    return (Answer{} << status).put(&market, sizeof market);
  });
  return status == STARKCORE_OK;
}

inline void make_tail(starkcore_order_tail& tail, u64 position_id, u32 hours) {
  in_two_modes("tail", [&] {
    starkcore_order_tail_init(&tail, position_id, hours);
    return Answer{}.put(&tail, sizeof tail);
  });
}

struct Text {
  std::string size, price, fee, id;
  bool has_id, buys;
  u32 nonce;
};

inline starkcore_human_order human(const Text& text, const starkcore_market& market, const starkcore_order_tail& tail) {
  return {&market,          &tail,
          text.size.data(), text.price.data(),
          text.fee.data(),  text.has_id ? text.id.data() : nullptr,
          text.size.size(), text.price.size(),
          text.fee.size(),  text.id.size(),
          text.nonce,       text.buys ? 1u : 0u};
}

inline bool same(const starkcore_signed_order& a, const starkcore_signed_order& b) {
  return std::memcmp(&a, &b, sizeof a) == 0;
}

// The hash of an order's parts, which hash_orders computes from halves.
inline void check_hash(const starkcore_signed_order& found, const Ids& ids, bool buys) {
  starkcore_order order{};
  std::memcpy(order.synthetic_id, ids.synthetic, 32), std::memcpy(order.collateral_id, ids.collateral, 32);
  std::memcpy(order.fee_asset_id, ids.fee, 32);
  order.quantums_synthetic = found.quantums_synthetic, order.quantums_collateral = found.quantums_collateral;
  order.quantums_fee = found.quantums_fee, order.position_id = found.position_id, order.nonce = found.nonce;
  order.expiration_hours = found.expiration_hours, order.is_buying_synthetic = buys ? 1 : 0;
  Bytes hash(32);
  HOLDS(starkcore_order_hash(hash.data(), &order) == STARKCORE_OK);
  HOLDS(std::memcmp(hash.data(), found.hash, 32) == 0);
}

// starkcore_hash_orders, sign_orders: many and alone, against the hash of the parts
inline void order(Input& in) {
  const Ids ids(in);
  starkcore_market market;
  if (!make_market(market, ids)) return;
  starkcore_order_tail tail;
  make_tail(tail, in.word(), static_cast<u32>(in.word()));
  const Bytes d = be32(in.private_key());
  Options options(in);
  const std::size_t count = 1 + in.below(in.byte() == 1 ? 40 : 5);
  std::vector<Text> texts;
  std::vector<starkcore_human_order> orders;
  for (std::size_t i = 0; i < count; ++i) {
    texts.push_back({in.good_amount(), in.good_amount(), in.flag() ? "0.0" + in.good_amount() : in.amount(),
                     in.amount(), in.flag(), in.flag(), static_cast<u32>(in.word())});
  }
  for (const Text& text : texts) orders.push_back(human(text, market, tail));
  in_two_modes("orders", [&] {
    std::vector<starkcore_signed_order> hashed(count), signed_orders(count);
    std::vector<starkcore_status> statuses(count, 99), of_signing(count, 99);
    Answer out;
    out << starkcore_hash_orders(hashed.data(), statuses.data(), orders.data(), count);
    const starkcore_status signing =
        starkcore_sign_orders(signed_orders.data(), of_signing.data(), orders.data(), count, d.data(), options.get());
    out << signing;
    const bool bad_signer = !texts.empty() && STARKCORE_STATUS_FIELD(signing) == STARKCORE_FIELD_PRIVATE_KEY;
    for (std::size_t i = 0; i < count; ++i) {
      starkcore_signed_order one, empty{};
      starkcore_status status = 99;
      HOLDS(starkcore_sign_orders(&one, &status, &orders[i], 1, d.data(), options.get()) == status);
      HOLDS(status == of_signing[i] && same(one, signed_orders[i]));
      if (status != STARKCORE_OK) HOLDS(same(one, empty));
      if (statuses[i] == STARKCORE_OK) check_hash(hashed[i], ids, texts[i].buys);
      starkcore_signed_order read;
      const starkcore_status reading = starkcore_read_order(&read, &orders[i]);
      if (statuses[i] == STARKCORE_OK) {
        starkcore_signed_order without = hashed[i];
        std::memset(without.hash, 0, sizeof without.hash);
        HOLDS(reading == STARKCORE_OK && same(read, without));
      } else if (reading != STARKCORE_OK) {  // otherwise only the hash can't be signed
        HOLDS(reading == statuses[i] && same(read, empty));
      }
      if (status == STARKCORE_OK) {
        Bytes signature(64, 7);
        HOLDS(starkcore_sign(signature.data(), hashed[i].hash, d.data(), options.get()) == STARKCORE_OK);
        HOLDS(std::memcmp(signature.data(), one.signature, 64) == 0);
        std::memset(one.signature, 0, 64);
        HOLDS(same(one, hashed[i]));
      } else if (!bad_signer && STARKCORE_STATUS_FIELD(status) != STARKCORE_FIELD_SEED) {
        HOLDS(status == statuses[i] && same(hashed[i], empty));
      }
      out << statuses[i] << of_signing[i];
      out.put(&one, sizeof one);
    }
    return out;
  });
}

}  // namespace starkcore::fuzz
