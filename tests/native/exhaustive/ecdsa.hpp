// Every signature of every message hash under every key, and every attempt to pass for one.
#pragma once

#include <algorithm>
#include <memory>
#include <random>

#include "ecdsa/scheme.hpp"
#include "group.hpp"

namespace starkcore::STARKCORE_ENGINE {
namespace {

// 1/a mod n at a.
std::vector<int> inverses() {
  std::vector<int> out = {0, 1};
  for (int a = 2; a < order; ++a) out.push_back(times(-(order / a), out[static_cast<std::size_t>(order % a)]));
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

// Every message hash with every nonce, or each so-many-th of these pairs.
void sign_all(int key_step, int step) {
  const std::vector<int> inverse_of = inverses();
  std::vector<U256> hashes, nonces;
  std::vector<int> m_of, k_of;
  for (long long i = 0; i < static_cast<long long>(order) * (order - 1); i += step) {
    m_of.push_back(static_cast<int>(i / (order - 1))), k_of.push_back(1 + static_cast<int>(i % (order - 1)));
    hashes.push_back(scalar(m_of.back())), nonces.push_back(scalar(k_of.back()));
  }
  std::vector<Signature> out(hashes.size());
  const auto usable = std::make_unique<bool[]>(hashes.size());
  Sizes sizes;
  for (int d = 1; d < order; d += key_step) {
    strict = d / key_step % 2 == 0;
    for (std::size_t first = 0; first < hashes.size();) {
      const std::size_t size = std::min(sizes.next(), hashes.size() - first);
      sign(&out[first], &usable[first], &hashes[first], &nonces[first], scalar(d), size);
      first += size;
    }
    for (std::size_t i = 0; i < hashes.size(); ++i) {
      const U256& r = plain[static_cast<std::size_t>(k_of[i])].x;
      const int z = wrap(m_of[i] + times(mod_order(r), d)), s = times(z, inverse_of[static_cast<std::size_t>(k_of[i])]);
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
    prepare_var(prepared_.get(), plain[static_cast<std::size_t>(d)]);
  }

  // u1 = m/s, u2 = r/s mod n
  void add(const U256& r, int s, int m, int u1, int u2) {
    const auto has_x = [&](int i) { return i != 0 && equal_var(plain[static_cast<std::size_t>(i)].x, r); };
    const bool sum = has_x(wrap(u1 + times(u2, d_))), difference = has_x(wrap(u1 - times(u2, d_)));
    items_.push_back(VerifyItem{r, scalar(s), scalar(m), plain[static_cast<std::size_t>(d_)], false});
    full_.push_back(sum), x_only_.push_back(sum || difference);
    if (items_.size() == 4096) run();
  }

  void run() {
    by_chunks(full_, "verify",
              [&](bool* valid, std::size_t first, std::size_t size) { verify_var(valid, &items_[first], size); });
    by_chunks(full_, "verify_prepared", [&](bool* valid, std::size_t first, std::size_t size) {
      verify_prepared_var(valid, &items_[first], prepared_.get(), size);
    });
    for (std::size_t i = 0; i < items_.size(); ++i) {  // x alone, among full keys
      items_[i].x_only = i % 7 != 0;
      if (items_[i].x_only)
        items_[i].key.y = U256{};
      else
        x_only_[i] = full_[i];
    }
    by_chunks(x_only_, "verify with x",
              [&](bool* valid, std::size_t first, std::size_t size) { verify_var(valid, &items_[first], size); });
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

// Every x-coordinate, and three numbers that are none. What is 0 mod n is left out: no r is for the
// real n, which is larger.
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
          verification.add(r, s, m, times(m, w), times(mod_order(r), w));
        }
      }
    }
    verification.run();
  }
}

// For groups whose signatures are too many: scalars u1 = m/s and u2 = r/s at which something
// happens, and any others. u1·G is 0, ±u2·Q, a point that makes r right for Q or −Q, or any point;
// u2 is small, near n, or anything.
void verify_chosen(int key_step, int count) {
  const std::vector<int> inverse_of = inverses();
  std::mt19937 chance(1);
  const auto below = [&](int limit) { return static_cast<int>(chance() % static_cast<unsigned>(limit)); };
  for (int d = 1; d < order; d += key_step) {
    Verification verification(d);
    for (int i = 0; i < count; ++i) {
      const int k = 1 + below(order - 1), small = 1 + below(99), sign = below(2) == 0 ? 1 : -1;
      int u1, u2 = i % 3 == 0 ? small : i % 3 == 1 ? order - small : 1 + below(order - 1);
      switch (i % 5) {
        case 0: u1 = times(sign, times(u2, d)); break;
        case 1: u1 = wrap(k - times(u2, d)); break;
        case 2: u1 = wrap(k + times(u2, d)); break;
        case 3: u1 = 0, u2 = times(sign, times(k, inverse_of[static_cast<std::size_t>(d)])); break;
        default: u1 = below(order);
      }
      const U256& r = plain[static_cast<std::size_t>(k)].x;
      const int s = times(mod_order(r), inverse_of[static_cast<std::size_t>(u2)]);
      if (s != 0) verification.add(r, s, times(u1, s), u1, u2);
    }
    verification.run();
  }
}

}  // namespace
}  // namespace starkcore::STARKCORE_ENGINE
