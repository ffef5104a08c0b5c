// External memory behind a burst port.
#pragma once
#include <cstdint>
#include <cstring>
#include <deque>
#include <vector>

#include "stall.hpp"

// Answers requests in order. The first word of a request comes `latency` cycles (and up to `jitter`
// more) after it was accepted, the next ones every `interval` cycles at best.
class Memory {
 public:
  Memory(std::vector<uint8_t> bytes, unsigned word_bytes, uint32_t latency, uint32_t jitter,
         uint32_t interval, double stall, uint64_t seed)
      : bytes_(std::move(bytes)), word_bytes_(word_bytes), latency_(latency), jitter_(jitter),
        interval_(interval), random_(seed), request_stall_(stall, seed + 1),
        response_stall_(stall, seed + 2) {}

  void request(uint64_t cycle, uint32_t address, uint32_t length) {
    const uint64_t delay = latency_ + (jitter_ ? random_.next() % (jitter_ + 1) : 0);
    if (uint64_t{address} + uint64_t{length} * word_bytes_ > bytes_.size()
        || address % word_bytes_ != 0 || length == 0) {
      refused_ = true;
      refused_address_ = address;
      refused_length_ = length;
      return;
    }
    // A word chosen in this cycle is seen by the core in the next one.
    bursts_.push_back({cycle + delay - 1, address, length});
  }

  // Whether a request may come in the next cycle.
  bool ready() { return !request_stall_.next() && bursts_.size() < kBursts; }

  // The response of the next cycle; a word that is not taken stays. False if there is none.
  bool respond(uint64_t cycle, bool taken, uint64_t* word) {
    if (taken) valid_ = false;
    if (!valid_ && !bursts_.empty() && cycle >= bursts_.front().due && cycle >= next_word_
        && !response_stall_.next()) {
      Burst& burst = bursts_.front();
      word_ = 0;
      std::memcpy(&word_, &bytes_[burst.address], word_bytes_);
      burst.address += word_bytes_;
      if (--burst.length == 0) bursts_.pop_front();
      next_word_ = cycle + interval_;
      valid_ = true;
    }
    *word = word_;
    return valid_;
  }

  bool write(uint64_t address, const uint8_t* data, uint64_t length) {
    if (address + length > bytes_.size()) return false;
    std::memcpy(&bytes_[address], data, length);
    return true;
  }

  bool idle() const { return bursts_.empty() && !valid_; }
  bool refused() const { return refused_; }
  uint32_t refused_address() const { return refused_address_; }
  uint32_t refused_length() const { return refused_length_; }

 private:
  struct Burst {
    uint64_t due;
    uint32_t address;
    uint32_t length;
  };
  static constexpr size_t kBursts = 16;

  std::vector<uint8_t> bytes_;
  unsigned word_bytes_;
  uint32_t latency_, jitter_, interval_;
  Random random_;
  Stall request_stall_, response_stall_;
  std::deque<Burst> bursts_;
  uint64_t next_word_ = 0;
  uint64_t word_ = 0;
  bool valid_ = false;
  bool refused_ = false;
  uint32_t refused_address_ = 0, refused_length_ = 0;
};
