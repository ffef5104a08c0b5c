// Waveform of a window of cycles: that of a whole run can fill a disk.
#pragma once
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>

#include "verilated.h"
#if VM_TRACE
#include "verilated_vcd_c.h"
#endif

// The environment variable SPIKEPLANE_WAVES holds "<first cycle> <last cycle> <VCD file>".
class WaveWindow {
#if VM_TRACE
 public:
  WaveWindow() {
    const char* text = std::getenv("SPIKEPLANE_WAVES");
    if (text == nullptr) return;
    char* rest;
    begin_ = std::strtoull(text, &rest, 10);
    end_ = std::strtoull(rest, &rest, 10);
    path_ = rest + 1;
    Verilated::threadContextp()->trace(&vcd_, 99);
  }

  ~WaveWindow() { vcd_.close(); }

  void dump(uint64_t time, uint64_t cycle) {
    if (path_.empty() || cycle < begin_ || cycle > end_) return;
    if (!vcd_.isOpen()) vcd_.open(path_.c_str());
    vcd_.dump(time);
  }

 private:
  uint64_t begin_ = 0, end_ = 0;
  std::string path_;
  VerilatedVcdC vcd_;
#else
 public:
  void dump(uint64_t, uint64_t) {}
#endif
};
