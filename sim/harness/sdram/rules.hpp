// Limits of an SDRAM as its data sheet has them: in time, whatever a controller makes of them.
#pragma once
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>

namespace sdram {

// Clock in Hz, times in picoseconds, `mrd` in cycles. The order is that of `part_values` in sim/sdram.py.
struct Part {
  int64_t banks, rows, columns, data_bits;
  int64_t clock;
  int64_t rcd, rp, ras, ras_max, rc, rrd, rfc, wr, mrd, refi;
  int64_t startup, startup_refreshes;
  int64_t cl2, cl3;
};

enum Command { kNop = 0, kActivate = 1, kRead = 2, kRefresh = 3, kStop = 4, kPrecharge = 5,
               kWrite = 6, kMode = 7 };

inline const char* name(int command) {
  static const char* const names[] = {"NOP", "ACTIVATE", "READ", "REFRESH", "BURST TERMINATE",
                                      "PRECHARGE", "WRITE", "MODE"};
  return names[command];
}

struct Violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A cycle long before any other.
constexpr int64_t kNever = -(int64_t{1} << 40);

// Says what went wrong, where and when; everything that is demanded comes through here.
class Judge {
 public:
  explicit Judge(const Part& part) : part_(part) {}

  int64_t cycle = -1;  // of the command under judgement

  [[noreturn]] void fail(const std::string& rule, int64_t bank, const std::string& what) const {
    std::string text = "SDRAM: " + rule + " violated in cycle " + std::to_string(cycle);
    if (bank >= 0) text += ", bank " + std::to_string(bank);
    throw Violation(text + ": " + what + ".");
  }

  // `command` comes at least `picoseconds` after `earlier`, which was in cycle `since`.
  void at_least(const char* rule, int64_t picoseconds, int64_t since, const char* earlier,
                int command, int64_t bank) const {
    if (exact(cycle - since) < limit(picoseconds))
      fail(rule, bank, std::string(name(command)) + " " + after(since) + " after " + earlier
           + ", must be at least " + ns(picoseconds));
  }

  void at_most(const char* rule, int64_t picoseconds, int64_t since, const char* earlier,
               const char* what, int64_t bank) const {
    if (exact(cycle - since) > limit(picoseconds))
      fail(rule, bank, std::string(what) + " " + after(since) + " after " + earlier
           + ", must be at most " + ns(picoseconds));
  }

  // `command` comes `cycles` of the clock after `earlier`.
  void at_least_cycles(const char* rule, int64_t cycles, int64_t since, const char* earlier,
                       int command) const {
    if (cycle - since < cycles)
      fail(rule, -1, std::string(name(command)) + " " + after(since) + " after " + earlier
           + ", must be at least " + std::to_string(cycles) + " cycles");
  }

  bool period_reaches(int64_t picoseconds) const { return exact(1) >= limit(picoseconds); }

  static std::string ns(double picoseconds) {
    char text[32];
    std::snprintf(text, sizeof text, "%g ns", picoseconds / 1000);
    return text;
  }

 private:
  // Both in picoseconds times Hz, so that no period is rounded.
  static __int128 exact(int64_t cycles) { return __int128{cycles} * 1'000'000'000'000; }
  __int128 limit(int64_t picoseconds) const { return __int128{picoseconds} * part_.clock; }

  std::string after(int64_t since) const {
    return std::to_string(cycle - since) + " cycles (" + ns(1e12 * (cycle - since) / part_.clock)
           + ")";
  }

  Part part_;
};

}  // namespace sdram
