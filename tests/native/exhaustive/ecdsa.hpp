// Every signature of every message hash under every key, and every attempt to pass for one.
#pragma once

#include <algorithm>
#include <memory>

#include "ecdsa/scheme.hpp"
#include "group.hpp"

namespace starkcore::STARKCORE_ENGINE {
namespace {

// 1/a mod n at a.
std::vector<int> inverses() {
  std::vector<int> out(static_cast<std::size_t>(order));
  for (int a = 1; a < order; ++a) {
    for (int b = 1; b < order; ++b) {
      if (a * b % order == 1) out[static_cast<std::size_t>(a)] = b;
    }
  }
  return out;
}

int mod_order(const U256& a) { return static_cast<int>(mod_n(a)); }

// Chunks of 1 to 40 in turn: alone, in some lanes, in all, and more than an inversion serves.
class Sizes {
 public:
  std::size_t next() { return 1 + (last_ = (last_ + 1) % 40); }

 private:
  std::size_t last_ = 0;
};

void sign_all(int step) {
  const std::vector<int> inverse_of = inverses();
  std::vector<U256> hashes, nonces;
  std::vector<int> m_of, k_of;
  for (int m = 0; m < order; ++m) {
    for (int k = 1; k < order; ++k)
      hashes.push_back(scalar(m)), nonces.push_back(scalar(k)), m_of.push_back(m), k_of.push_back(k);
  }
  std::vector<Signature> out(hashes.size());
  const auto usable = std::make_unique<bool[]>(hashes.size());
  Sizes sizes;
  for (int d = 1; d < order; d += step) {
    strict = d / step % 2 == 0;
    for (std::size_t first = 0; first < hashes.size();) {
      const std::size_t size = std::min(sizes.next(), hashes.size() - first);
      sign(&out[first], &usable[first], &hashes[first], &nonces[first], scalar(d), size);
      first += size;
    }
    for (std::size_t i = 0; i < hashes.size(); ++i) {
      const U256& r = plain[static_cast<std::size_t>(k_of[i])].x;
      const int z = (m_of[i] + mod_order(r) * d) % order, s = z * inverse_of[static_cast<std::size_t>(k_of[i])] % order;
      const bool right = z == 0 ? !usable[i] && is_zero_var(out[i].r) && is_zero_var(out[i].s)
                                : usable[i] && equal_var(out[i].r, r) && equal_var(out[i].s, scalar(s));
      expect(right, "sign", d, m_of[i], k_of[i]);
    }
  }
}

// A set of signatures to verify, by every way there is.
class Verification {
 public:
  explicit Verification(int d) : d_(d), prepared_(std::make_unique<PreparedKey>()) {
    prepare(prepared_.get(), plain[static_cast<std::size_t>(d)]);
  }

  // u1 = m/s, u2 = r/s mod n
  void add(const U256& r, int s, int m, int u1, int u2) {
    const auto has_x = [&](int i) { return i != 0 && equal_var(plain[static_cast<std::size_t>(i)].x, r); };
    const bool sum = has_x(wrap(u1 + u2 * d_)), difference = has_x(wrap(u1 - u2 * d_));
    items_.push_back(VerifyItem{r, scalar(s), scalar(m), plain[static_cast<std::size_t>(d_)], false});
    full_.push_back(sum), x_only_.push_back(sum || difference);
    if (items_.size() == 4096) run();
  }

  void run() {
    by_chunks(full_, "verify",
              [&](bool* valid, std::size_t first, std::size_t size) { verify(valid, &items_[first], size); });
    by_chunks(full_, "verify_prepared", [&](bool* valid, std::size_t first, std::size_t size) {
      verify_prepared(valid, &items_[first], prepared_.get(), size);
    });
    for (std::size_t i = 0; i < items_.size(); ++i) {  // x alone, among full keys
      items_[i].x_only = i % 7 != 0;
      if (items_[i].x_only)
        items_[i].key.y = U256{};
      else
        x_only_[i] = full_[i];
    }
    by_chunks(x_only_, "verify with x",
              [&](bool* valid, std::size_t first, std::size_t size) { verify(valid, &items_[first], size); });
    items_.clear(), full_.clear(), x_only_.clear();
  }

 private:
  template <class Verify>
  void by_chunks(const std::vector<bool>& wanted, const char* what, Verify verify_some) {
    bool valid[40];
    for (std::size_t first = 0; first < items_.size();) {
      const std::size_t size = std::min(sizes_.next(), items_.size() - first);
      verify_some(valid, first, size);
      for (std::size_t i = 0; i < size; ++i) {
        const VerifyItem& item = items_[first + i];
        expect(valid[i] == wanted[first + i], what, d_, static_cast<long long>(item.message_hash.w[0]),
               static_cast<long long>(item.s.w[0]), mod_order(item.r));
      }
      first += size;
    }
  }

  int d_;
  std::unique_ptr<PreparedKey> prepared_;
  std::vector<VerifyItem> items_;
  std::vector<bool> full_, x_only_;
  Sizes sizes_;
};

// Every x-coordinate, and three numbers that are none. What is 0 mod n is left out: no r is for the real n, which is larger.
std::vector<U256> all_r() {
  std::vector<U256> out;
  for (int i = 1; i <= order / 2; ++i) out.push_back(plain[static_cast<std::size_t>(i)].x);
  out.insert(out.end(), {u256(1), u256(static_cast<u64>(order) + 2), U256{{~u64{0}, ~u64{0}, ~u64{0}, ~u64{0} >> 5}}});
  std::erase_if(out, [](const U256& r) { return mod_order(r) == 0; });
  return out;
}

void verify_all(int key_step, int step) {
  const std::vector<int> inverse_of = inverses();
  const std::vector<U256> rs = all_r();
  int turn = 0;
  for (int d = 1; d < order; d += key_step) {
    Verification verification(d);
    for (const U256& r : rs) {
      for (int m = 0; m < order; ++m) {
        for (int s = 1 + turn++ % step; s < order; s += step) {
          const int w = inverse_of[static_cast<std::size_t>(s)];
          verification.add(r, s, m, m * w % order, mod_order(r) * w % order);
        }
      }
    }
    verification.run();
  }
}

}  // namespace
}  // namespace starkcore::STARKCORE_ENGINE
