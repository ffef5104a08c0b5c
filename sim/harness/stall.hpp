// Seeded randomness of the bench.
#pragma once
#include <cstdint>

// xorshift64*: small, quick, and the same on every machine.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15u + 0xD1B54A32D192ED03u) {}

  uint32_t next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return (state_ * 0x2545F4914F6CDD1Du) >> 32;
  }

 private:
  uint64_t state_;
};

// Decides each cycle whether a side of a stream holds back: with the given probability for one
// cycle, and every 16th time for up to 64 cycles.
class Stall {
 public:
  Stall(double probability, uint64_t seed)
      : threshold_(static_cast<uint64_t>(probability * 4294967296.0)), random_(seed) {}

  bool next() {
    if (threshold_ == 0) return false;
    if (remaining_ > 0) {
      --remaining_;
      return true;
    }
    if (random_.next() >= threshold_) return false;
    const uint32_t draw = random_.next();
    if (draw % 16 == 0) remaining_ = (draw >> 8) % 64;
    return true;
  }

 private:
  uint64_t threshold_;
  uint32_t remaining_ = 0;
  Random random_;
};
