// A single data rate SDRAM that checks what it is told.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "rules.hpp"

namespace sdram {

// Pins as the part sees them at a clock edge; controls are 1 when asserted.
struct Pins {
  bool cke, cs;
  int command;
  uint32_t bank, address, mask, data;
  bool driven;  // the controller drives the data pins
};

// Not modelled, and refused: auto-precharge, bursts that are cut short, masks on words, interleaved
// bursts, single writes, power down, self refresh.
class Chip {
 public:
  explicit Chip(const Part& part) : part_(part), judge_(part), banks_(part.banks),
      rows_(part.banks * part.rows) {}

  // One clock edge. Throws Violation.
  void step(const Pins& pins) {
    ++judge_.cycle;
    check_data_pins(pins);
    write_beat(pins);
    output_ = beats_[judge_.cycle % kRing];
    beats_[judge_.cycle % kRing] = {};
    was_driving_[1] = was_driving_[0];
    was_driving_[0] = output_.valid;
    if (!pins.cke && phase_ != kPower) judge_.fail("CKE", -1, "must stay high");
    if (phase_ == kReady)
      judge_.at_most("tREFI", part_.refi, refreshed_, "the last REFRESH", "no REFRESH", -1);
    if (pins.cs && pins.command != kNop) command(pins);
  }

  // Data pins in the cycle that this edge begins; noise when the part does not drive them.
  bool drives() const { return output_.valid; }
  uint32_t data() const {
    return output_.valid ? output_.data : noise(judge_.cycle) & mask_of_data();
  }

 private:
  enum Phase { kPower, kPrecharged, kReady };
  struct Bank {
    bool open = false;
    int64_t row = 0;
    int64_t activated = kNever, precharged = kNever, written = kNever, read = kNever;
  };
  struct Beat {
    bool valid = false;
    uint32_t data = 0;
  };
  struct Burst {
    int64_t begin = kNever, row = 0, bank = 0, column = 0;
    bool write = false;
  };
  static constexpr int kRing = 32;  // more cycles than CAS latency and a burst

  int64_t cycle() const { return judge_.cycle; }
  uint32_t mask_of_data() const { return (uint64_t{1} << part_.data_bits) - 1; }
  static uint32_t noise(uint64_t seed) { return (seed + 1) * 0x9e3779b97f4a7c15 >> 32; }

  void check_data_pins(const Pins& pins) {
    if (!pins.driven) return;
    if (was_driving_[0]) judge_.fail("data pins", burst_.bank, "both sides drive them");
    if (was_driving_[1])
      judge_.fail("data pins", burst_.bank, "driven in the first cycle after a burst that was read,"
                  " which the part needs to release them");
  }

  void command(const Pins& pins) {
    const int64_t bank = pins.bank;
    if (phase_ == kPower) {
      judge_.at_least("startup", part_.startup, 0, "power", pins.command, -1);
      if (pins.command != kPrecharge || !(pins.address >> 10 & 1))
        judge_.fail("startup", -1, std::string(name(pins.command))
                    + " where PRECHARGE of all banks has to come first");
    } else if (phase_ == kPrecharged && pins.command != kRefresh && pins.command != kMode
               && pins.command != kPrecharge) {
      judge_.fail("startup", bank, std::string(name(pins.command)) + " before MODE");
    }
    judge_.at_least("tRFC", part_.rfc, refreshed_, "REFRESH", pins.command, -1);
    judge_.at_least_cycles("tMRD", part_.mrd, moded_, "MODE", pins.command);
    switch (pins.command) {
      case kActivate: return activate(bank, pins.address);
      case kRead:
      case kWrite: return burst(pins);
      case kPrecharge: return precharge(pins);
      case kRefresh: return refresh();
      case kMode: return mode(pins.address);
      default: judge_.fail("commands", bank, "BURST TERMINATE is not modelled");
    }
  }

  void activate(int64_t bank, uint32_t address) {
    Bank& b = banks_[bank];
    if (b.open) judge_.fail("bank state", bank, "ACTIVATE of an open bank");
    judge_.at_least("tRP", part_.rp, b.precharged, "PRECHARGE", kActivate, bank);
    judge_.at_least("tRC", part_.rc, b.activated, "ACTIVATE", kActivate, bank);
    for (const Bank& other : banks_)
      judge_.at_least("tRRD", part_.rrd, other.activated, "ACTIVATE of another bank", kActivate,
                      bank);
    if (address >= part_.rows) judge_.fail("geometry", bank, "ACTIVATE of a row that is not there");
    b.open = true;
    b.row = address;
    b.activated = cycle();
  }

  void burst(const Pins& pins) {
    Bank& b = banks_[pins.bank];
    const bool write = pins.command == kWrite;
    const int64_t column = pins.address & 0x3ff;
    const std::string what = name(pins.command);
    if (!b.open) judge_.fail("bank state", pins.bank, what + " of a closed bank");
    judge_.at_least("tRCD", part_.rcd, b.activated, "ACTIVATE", pins.command, pins.bank);
    if (pins.address >> 10 & 1)
      judge_.fail("commands", pins.bank, what + " with auto-precharge is not modelled");
    if (column >= part_.columns)
      judge_.fail("geometry", pins.bank, what + " of a column that is not there");
    if (cycle() < burst_.begin + length_)
      judge_.fail("burst", pins.bank, what + " cuts the burst of bank "
                  + std::to_string(burst_.bank) + " short");
    if (pins.mask) judge_.fail("commands", pins.bank, "masks are not modelled");
    burst_ = {cycle(), b.row, int64_t(pins.bank), column, write};
    if (write) {
      b.written = cycle() + length_ - 1;
      write_beat(pins);
      return;
    }
    b.read = cycle();
    // Driven from the edge before the one that is to take it.
    for (int64_t beat = 0; beat < length_; ++beat)
      beats_[(cycle() + latency_ - 1 + beat) % kRing] = {true, cell(column_of(beat))};
  }

  // Columns of a burst wrap within a block of the burst's length.
  int64_t column_of(int64_t beat) const {
    return (burst_.column & ~(length_ - 1)) | ((burst_.column + beat) & (length_ - 1));
  }

  void write_beat(const Pins& pins) {
    const int64_t beat = cycle() - burst_.begin;
    if (!burst_.write || beat >= length_) return;
    if (!pins.driven) judge_.fail("data pins", burst_.bank, "nobody drives the word to be written");
    if (pins.mask) judge_.fail("commands", burst_.bank, "masks are not modelled");
    cell(column_of(beat)) = pins.data;
  }

  void precharge(const Pins& pins) {
    const bool all = pins.address >> 10 & 1;
    for (int64_t bank = 0; bank < part_.banks; ++bank) {
      if (!all && bank != pins.bank) continue;
      Bank& b = banks_[bank];
      if (b.open) {
        judge_.at_least("tRAS", part_.ras, b.activated, "ACTIVATE", kPrecharge, bank);
        judge_.at_most("tRAS", part_.ras_max, b.activated, "ACTIVATE", "PRECHARGE", bank);
        judge_.at_least("tWR", part_.wr, b.written, "the last word written", kPrecharge, bank);
        if (cycle() < b.read + length_)
          judge_.fail("burst", bank, "PRECHARGE cuts a burst short");
      }
      b.open = false;
      b.precharged = cycle();
    }
    if (phase_ == kPower) phase_ = kPrecharged;
  }

  void all_idle(int command) {
    for (int64_t bank = 0; bank < part_.banks; ++bank) {
      if (banks_[bank].open)
        judge_.fail("bank state", bank, std::string(name(command)) + " while a row is open");
      judge_.at_least("tRP", part_.rp, banks_[bank].precharged, "PRECHARGE", command, bank);
    }
  }

  void refresh() {
    all_idle(kRefresh);
    refreshed_ = cycle();
    ++refreshes_;
  }

  void mode(uint32_t address) {
    all_idle(kMode);
    if (refreshes_ < part_.startup_refreshes)
      judge_.fail("startup", -1, "MODE after " + std::to_string(refreshes_) + " REFRESH, must be "
                  + std::to_string(part_.startup_refreshes));
    latency_ = address >> 4 & 7;
    if (address & 0xff88 || (address & 7) > 3)
      judge_.fail("commands", -1, "a mode that is not modelled, " + std::to_string(address));
    length_ = int64_t{1} << (address & 7);
    if (latency_ != 2 && latency_ != 3)
      judge_.fail("CAS latency", -1, "must be 2 or 3, not " + std::to_string(latency_));
    const int64_t shortest = latency_ == 2 ? part_.cl2 : part_.cl3;
    if (!judge_.period_reaches(shortest))
      judge_.fail("CAS latency", -1, std::to_string(latency_) + " at a clock of "
                  + std::to_string(part_.clock) + " Hz, whose period must be at least "
                  + Judge::ns(shortest));
    moded_ = cycle();
    phase_ = kReady;
  }

  // A row exists from its first access on; before it is written it holds noise, as after power.
  uint32_t& cell(int64_t column) {
    const int64_t index = burst_.bank * part_.rows + burst_.row;
    auto& row = rows_[index];
    if (!row) {
      row = std::make_unique<uint32_t[]>(part_.columns);
      for (int64_t k = 0; k < part_.columns; ++k)
        row[k] = noise(index * part_.columns + k) & mask_of_data();
    }
    return row[column];
  }

  Part part_;
  Judge judge_;
  std::vector<Bank> banks_;
  std::vector<std::unique_ptr<uint32_t[]>> rows_;
  Phase phase_ = kPower;
  int64_t refreshed_ = kNever, moded_ = kNever, refreshes_ = 0;
  int64_t latency_ = 0, length_ = 1;
  Burst burst_;
  Beat output_;
  bool was_driving_[2] = {false, false};
  std::array<Beat, kRing> beats_{};
};

}  // namespace sdram
