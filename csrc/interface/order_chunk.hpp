// Orders on their way to signatures, a chunk at a time: what whole orders (orders.cpp) and tables
// of them (order_table.cpp) share.
#pragma once

#include "base/cpu.hpp"
#include "interface/hashed_chunk.hpp"
#include "starkex/amounts.hpp"
#include "starkex/messages.hpp"

namespace starkcore {

// What starkcore_market and starkcore_order_tail hold. The points are halves of Pedersen hashes; see hash/pedersen.hpp.
struct Market {
  StoredPoint assets[2];  // left(H(H(sell, buy), fee asset)) for a sell, for a buy
  u64 synthetic_resolution, collateral_resolution;
};

struct OrderTail {
  StoredPoint point;  // right(the last word)
  u64 position_id;
  u32 expiration_hours;
};

static_assert(sizeof(Market) <= sizeof(starkcore_market) && sizeof(OrderTail) <= sizeof(starkcore_order_tail));

inline Market load_market(const starkcore_market& market) {
  Market out;
  std::memcpy(&out, market.opaque, sizeof out);
  return out;
}

inline OrderTail load_tail(const starkcore_order_tail& tail) {
  OrderTail out;
  std::memcpy(&out, tail.opaque, sizeof out);
  return out;
}

// The orders of a chunk, with what is hashed for them.
struct OrderChunk : HashedChunk {
  void add(std::size_t place, const Market& market, const StoredPoint& tail, const OrderQuantums& quantums, bool buying,
           u32 nonce) {
    const std::size_t slot = good++;
    places[slot] = place;
    lefts_[slot] = market.assets[buying ? 1 : 0];
    tails_[slot] = tail;
    left_pointers_[slot] = &lefts_[slot];
    tail_pointers_[slot] = &tails_[slot];
    const u64 sell = buying ? quantums.collateral : quantums.synthetic;
    const u64 buy = buying ? quantums.synthetic : quantums.collateral;
    words_[slot] = order_amounts_word(sell, buy, quantums.fee, nonce);
  }

  void hash_var(const Engine& with) { with.pedersen_order_var(hashes, left_pointers_, words_, tail_pointers_, good); }

 private:
  StoredPoint lefts_[kChunk], tails_[kChunk];
  const StoredPoint* left_pointers_[kChunk];
  const StoredPoint* tail_pointers_[kChunk];
  U256 words_[kChunk];
};

}  // namespace starkcore
