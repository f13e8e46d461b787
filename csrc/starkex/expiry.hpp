// When an order expires, as StarkEx signs it: whole hours since the epoch.
//
// Represents an instant by the seconds since the epoch, already rounded to whole ones in the
// venue's direction: rounding to seconds and then to hours in one direction is rounding to hours.
// All calls are of public values.
#pragma once

#include "base/word.hpp"
#include "starkcore.h"

namespace starkcore {

// Hours since the epoch of 2015-01-01 and 2500-01-01: StarkEx is younger, and 2500 in seconds is 1987 in milliseconds.
inline constexpr i64 kEarliestHour = 394464, kLatestHour = 4645896;

// hours = ⌈seconds / 3600⌉, or ⌊ ⌋ where round_down, + buffer_hours. SECONDS out of those years,
// WIDTH from 2^32 on, the field being EXPIRATION; `hours` is then 0.
inline starkcore_status expiration_hours_var(u32& hours, i64 seconds, u32 buffer_hours, bool round_down) {
  hours = 0;
  const bool readable = seconds >= 0 && seconds >> 40 == 0;
  const i64 whole = readable ? (seconds + (round_down ? 0 : 3599)) / 3600 : -1;
  if (whole < kEarliestHour || whole > kLatestHour) {
    return STARKCORE_STATUS(STARKCORE_RULE_SECONDS, STARKCORE_FIELD_EXPIRATION);
  }
  const u64 buffered = static_cast<u64>(whole) + buffer_hours;
  if (buffered >> 32 != 0) return STARKCORE_STATUS(STARKCORE_RULE_WIDTH, STARKCORE_FIELD_EXPIRATION);
  hours = static_cast<u32>(buffered);
  return STARKCORE_OK;
}

}  // namespace starkcore
