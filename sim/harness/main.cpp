// Main program of the whole-core bench: clocks the core natively, and lets cocotb act only in the
// cycles in which there is something for it. cocotb's own main program serves benches whose clock
// is Python's.
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "Vtop.h"
#include "verilated.h"
#include "verilated_vpi.h"
#include "wave_window.hpp"

extern "C" void vlog_startup_routines_bootstrap();

namespace {

constexpr uint64_t kHalfPeriod = 5;  // ns; bench.sv sets the unit

uint64_t now = 0;

void settle() {
  while (VerilatedVpi::callValueCbs()) {
  }
}

class Simulation {
 public:
  void run() {
    VerilatedVpi::callCbs(cbStartOfSimulation);
    settle();
    slot(true);
    // A callback for the next time step may have been asked for in the step before.
    for (bool was_awake = true; !Verilated::gotFinish();) {
      now += kHalfPeriod;
      if (was_awake) {
        VerilatedVpi::callCbs(cbNextSimTime);
        settle();
        VerilatedVpi::callTimedCbs();
        settle();
      }
      top_.clk = !top_.clk;
      was_awake = slot(was_awake);
    }
    top_.final();
    VerilatedVpi::callCbs(cbEndOfSimulation);
  }

 private:
  // Evaluates one time step; returns whether Python had a part in it.
  bool slot(bool awake) {
    top_.eval();
    awake |= top_.events != events_ || VerilatedVpi::cbNextDeadline() <= now + kHalfPeriod;
    events_ = top_.events;
    if (awake) call_python();
    waves_.dump(now, top_.cycle);
    return awake;
  }

  void call_python() {
    settle();
    do {
      do {
        VerilatedVpi::clearEvalNeeded();
        VerilatedVpi::doInertialPuts();
        top_.eval();
        settle();
      } while (VerilatedVpi::evalNeeded());
      VerilatedVpi::callCbs(cbReadWriteSynch);
      VerilatedVpi::doInertialPuts();
      settle();
    } while (VerilatedVpi::evalNeeded());
    VerilatedVpi::callCbs(cbReadOnlySynch);
  }

  Vtop top_{""};
  WaveWindow waves_;
  uint32_t events_ = 0;
};

}  // namespace

// Verilator's $time.
double sc_time_stamp() { return now; }

int main(int argc, char** argv) {
  Verilated::commandArgs(argc, argv);
  Verilated::fatalOnVpiError(false);  // cocotb probes for objects that need not exist
  Verilated::traceEverOn(true);
  auto simulation = std::make_unique<Simulation>();
  vlog_startup_routines_bootstrap();
  simulation->run();
  return Verilated::threadContextp()->errorCount() > 0;
}
