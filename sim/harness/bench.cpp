// The C++ half of the whole-core bench: external memory, host, and logs. Functions called from
// bench.sv once per clock cycle. What to do is read from the file that the environment variable
// SPIKEPLANE_BENCH names, written by sim/core_bench.py; one setting per line.
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "log.hpp"
#include "memory.hpp"
#include "stall.hpp"

namespace {

// One start of the core: bytes written to memory beforehand, then the program's address.
struct Run {
  struct Write {
    uint64_t address, offset, length;
  };
  std::vector<Write> writes;
  uint32_t program;
};

struct Settings {
  std::map<std::string, std::string> values;
  std::map<std::string, std::vector<Field>> fields;
  std::vector<Run> runs;

  explicit Settings(const std::string& path) {
    std::ifstream file(path);
    std::vector<Run::Write> writes;
    for (std::string line, key; std::getline(file, line);) {
      std::istringstream words(line);
      words >> key;
      if (key == "write") {
        Run::Write write;
        words >> write.address >> write.offset >> write.length;
        writes.push_back(write);
      } else if (key == "run") {
        uint32_t program;
        words >> program;
        runs.push_back({std::move(writes), program});
        writes.clear();
      } else if (key == "field") {
        std::string log;
        Field field;
        words >> log >> field.offset >> field.width >> field.bytes >> field.is_signed;
        fields[log].push_back(field);
      } else {
        words >> std::ws;
        std::getline(words, values[key]);
      }
    }
  }

  uint64_t integer(const std::string& key) const { return std::stoull(values.at(key)); }
  double real(const std::string& key) const { return std::stod(values.at(key)); }
  std::string path(const std::string& name) const { return values.at("output") + "/" + name; }
};

std::vector<uint8_t> contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class Bench {
 public:
  explicit Bench(const Settings& settings)
      : settings_(settings), image_(contents(settings.path("writes"))),
        memory_(contents(settings.path("memory")), settings.integer("word_bytes"),
                settings.integer("latency"), settings.integer("jitter"),
                settings.integer("interval"), settings.real("stall"), settings.integer("seed")),
        address_(settings.fields.at("request").at(0)),
        length_(settings.fields.at("request").at(1)),
        taps_(settings.path("taps"), settings.fields.at("taps")),
        results_(settings.path("results"), settings.fields.at("results")),
        records_(settings.path("records"), settings.fields.at("records")),
        result_stall_(settings.real("stall"), settings.integer("seed") + 3),
        record_stall_(settings.real("stall"), settings.integer("seed") + 4),
        timeout_(settings.integer("timeout")), watchdog_(settings.integer("watchdog")),
        progress_(settings.integer("progress")) {}

  void memory(bool requested, const uint32_t* request, bool taken, bool* request_ready,
              bool* response_valid, uint64_t* response) {
    if (requested) memory_.request(cycle_, address_.extract(request), length_.extract(request));
    *request_ready = memory_.ready();
    *response_valid = memory_.respond(cycle_, taken, response);
    active_ |= requested | taken;
  }

  void tap(const uint32_t* tap) {
    taps_.write(cycle_, run_, tap);
    active_ = true;
  }

  bool result(bool valid, const uint32_t* result) {
    return consume(results_, result_stall_, valid, result);
  }

  bool record(bool valid, const uint32_t* record) {
    return consume(records_, record_stall_, valid, record);
  }

  // Starts the programs one after the other; ends when the last has finished or something is wrong.
  void host(bool busy, bool pending, bool* start, int* address, int* events, int* started,
            int64_t* cycle, bool* finished) {
    *start = false;
    *address = 0;
    if (active_ || busy != was_busy_) last_active_ = cycle_;
    active_ = false;
    was_busy_ = busy;
    if (!finished_) advance(busy, pending, start, address);
    ++cycle_;
    if (!finished_ && cycle_ % progress_ == 0) ++events_;
    *events = events_;
    *started = starts_.size();
    *cycle = cycle_;
    *finished = finished_;
  }

 private:
  enum class Phase { kIdle, kStarted, kBusy };

  bool consume(Log& log, Stall& stall, bool valid, const uint32_t* payload) {
    if (valid) log.write(cycle_, run_, payload);
    active_ |= valid;
    return !stall.next();
  }

  void advance(bool busy, bool pending, bool* start, int* address) {
    if (memory_.refused()) {
      end("refused " + std::to_string(memory_.refused_address()) + " "
          + std::to_string(memory_.refused_length()));
    } else if (cycle_ >= timeout_) {
      end("timeout");
    } else if (cycle_ - last_active_ > watchdog_) {
      end("stuck");
    } else if (phase_ == Phase::kStarted && busy) {
      phase_ = Phase::kBusy;
    } else if (phase_ == Phase::kBusy && !busy && !pending) {
      if (!memory_.idle()) return end("unread");
      ends_.push_back(cycle_);
      phase_ = Phase::kIdle;
      ++run_;
    } else if (phase_ == Phase::kIdle && run_ == settings_.runs.size()) {
      end("done");
    } else if (phase_ == Phase::kIdle) {
      const Run& run = settings_.runs[run_];
      for (const Run::Write& write : run.writes)
        memory_.write(write.address, &image_[write.offset], write.length);
      *start = true;
      *address = run.program;
      starts_.push_back(cycle_);
      phase_ = Phase::kStarted;
    }
  }

  void end(const std::string& outcome) {
    finished_ = true;
    ++events_;
    taps_.flush();
    results_.flush();
    records_.flush();
    std::ofstream file(settings_.path("outcome"));
    file << outcome << "\n" << cycle_ << "\n";
    for (size_t i = 0; i < starts_.size(); ++i)
      file << starts_[i] << " " << (i < ends_.size() ? ends_[i] : cycle_) << "\n";
  }

  Settings settings_;
  std::vector<uint8_t> image_;
  Memory memory_;
  Field address_, length_;
  Log taps_, results_, records_;
  Stall result_stall_, record_stall_;
  uint64_t timeout_, watchdog_, progress_;
  Phase phase_ = Phase::kIdle;
  uint64_t cycle_ = 0, last_active_ = 0;
  uint32_t run_ = 0;
  int events_ = 0;
  bool active_ = false, was_busy_ = false, finished_ = false;
  std::vector<uint64_t> starts_, ends_;
};

Bench& bench() {
  static Bench instance(Settings(std::getenv("SPIKEPLANE_BENCH")));
  return instance;
}

}  // namespace

// A packed vector arrives as 32-bit words, a `bit` as one byte, whatever the parameters of
// bench.sv: the declarations here hold for every core.
extern "C" {

void bench_memory(unsigned char requested, const uint32_t* request, unsigned char taken,
                  unsigned char* request_ready, unsigned char* response_valid,
                  uint32_t* response) {
  bool ready, valid;
  uint64_t word;
  bench().memory(requested, request, taken, &ready, &valid, &word);
  *request_ready = ready;
  *response_valid = valid;
  response[0] = static_cast<uint32_t>(word);
  response[1] = word >> 32;
}

void bench_tap(const uint32_t* tap) { bench().tap(tap); }

unsigned char bench_result(unsigned char valid, const uint32_t* result) {
  return bench().result(valid, result);
}

unsigned char bench_record(unsigned char valid, const uint32_t* record) {
  return bench().record(valid, record);
}

void bench_host(unsigned char busy, unsigned char pending, unsigned char* start, int* address,
                int* events, int* started, int64_t* cycle, unsigned char* finished) {
  bool starts, finishes;
  bench().host(busy, pending, &starts, address, events, started, cycle, &finishes);
  *start = starts;
  *finished = finishes;
}

}  // extern "C"
