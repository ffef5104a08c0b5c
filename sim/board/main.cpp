// Main program of a simulated board: clocks it, and passes bytes between its UART pins and a pty.
// Whatever it waits for, it waits without using the processor, and it ends with its parent.
//
// Arguments: clock, baud, cycles of silence after which time stands still until a byte comes, file
// descriptors of the pty and of the control socket. On the latter an `r` asks for a reset, and is
// returned when the reset is over.
#include <poll.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <deque>
#include <memory>

#include "Vtop.h"
#include "verilated.h"

namespace {

constexpr int kResetCycles = 16;
constexpr uint64_t kInputCycles = 64;      // between looks for bytes while the line is idle
constexpr uint64_t kControlCycles = 4096;  // between looks at the control socket

// Symbols per clock cycle, fractions included.
struct Rate {
  int64_t clock;
  int64_t baud;
};

// Bytes to the level of the board's rx.
class Serialiser {
 public:
  explicit Serialiser(Rate rate) : rate_(rate) {}

  void send(const uint8_t* data, size_t size) { bytes_.insert(bytes_.end(), data, data + size); }
  bool idle() const { return left_ == 0 && bytes_.empty(); }

  // The level in the next cycle.
  bool step() {
    if (left_ == 0) {
      if (bytes_.empty()) return true;
      frame_ = 0x200u | bytes_.front() << 1;  // stop bit, data, start bit
      bytes_.pop_front();
      left_ = 10;
      phase_ = 0;
    }
    const bool level = frame_ & 1;
    phase_ += rate_.baud;
    if (phase_ >= rate_.clock) {
      phase_ -= rate_.clock;
      frame_ >>= 1;
      --left_;
    }
    return level;
  }

 private:
  Rate rate_;
  std::deque<uint8_t> bytes_;
  unsigned frame_ = 0;
  int left_ = 0;
  int64_t phase_ = 0;
};

// The level of the board's tx to bytes; a byte without its stop bit is none.
class Deserialiser {
 public:
  explicit Deserialiser(Rate rate) : rate_(rate) {}

  bool idle() const { return left_ == 0; }

  // Whether the cycle completes a byte.
  bool step(bool level, uint8_t* byte) {
    if (left_ == 0) {
      if (level) return false;
      left_ = 9;
      phase_ = -rate_.clock / 2;  // bits are looked at in their middle
    }
    phase_ += rate_.baud;
    if (phase_ < rate_.clock) return false;
    phase_ -= rate_.clock;
    if (--left_ > 0) {
      value_ = static_cast<uint8_t>(value_ >> 1 | level << 7);
      return false;
    }
    *byte = value_;
    return level;
  }

 private:
  Rate rate_;
  uint8_t value_ = 0;
  int left_ = 0;
  int64_t phase_ = 0;
};

class Board {
 public:
  Board(Rate rate, uint64_t silence, int data, int control)
      : serialiser_(rate), deserialiser_(rate), silence_(silence), data_(data),
        control_(control) {}

  void run() {
    while (!stopped_) {
      if (cycle_ % kInputCycles == 0 && serialiser_.idle()) receive();
      if (cycle_ % kControlCycles == 0) obey();
      step();
      if (quiet_ > silence_) wait();
    }
    top_.final();
  }

 private:
  void step() {
    ++cycle_;
    top_.rst = reset_ > 0;
    if (reset_ > 0 && --reset_ == 0 && asked_) {
      asked_ = write(control_, "r", 1) < 0;
    }
    const bool sending = !serialiser_.idle();
    top_.rx = serialiser_.step();
    top_.clk = 0;
    top_.eval();
    top_.clk = 1;
    top_.eval();
    uint8_t byte;
    // A byte that nobody takes is lost, as on a wire.
    if (deserialiser_.step(top_.tx, &byte) && write(data_, &byte, 1) < 0) return;
    const bool active = sending || !deserialiser_.idle() || top_.busy || reset_ > 0;
    quiet_ = active ? 0 : quiet_ + 1;
  }

  // Time stands still until something comes.
  void wait() {
    pollfd inputs[] = {{data_, POLLIN, 0}, {control_, POLLIN, 0}};
    poll(inputs, 2, -1);
    receive();
    obey();
    quiet_ = 0;
  }

  // Whether there is something to read, or its other end is closed.
  static bool ready(int descriptor) {
    pollfd input = {descriptor, POLLIN, 0};
    return poll(&input, 1, 0) > 0;
  }

  void receive() {
    if (!ready(data_)) return;
    uint8_t buffer[4096];
    const ssize_t size = read(data_, buffer, sizeof buffer);
    if (size > 0) serialiser_.send(buffer, size);
  }

  void obey() {
    if (!ready(control_)) return;
    char command;
    if (read(control_, &command, 1) != 1) {
      stopped_ = true;  // the parent is gone
    } else if (command == 'r') {
      reset_ = kResetCycles;
      asked_ = true;
    }
  }

  Vtop top_{""};
  Serialiser serialiser_;
  Deserialiser deserialiser_;
  uint64_t silence_;
  int data_, control_;
  uint64_t cycle_ = 0, quiet_ = 0;
  int reset_ = kResetCycles;
  bool asked_ = false;  // for the reset under way
  bool stopped_ = false;
};

}  // namespace

// Verilator's $time.
double sc_time_stamp() { return 0; }

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  const Rate rate = {atoll(argv[1]), atoll(argv[2])};
  std::make_unique<Board>(rate, atoll(argv[3]), atoi(argv[4]), atoi(argv[5]))->run();
  return 0;
}
