// The chip as C functions, for Verilog (sdram_model.sv) and for Python (sim/sdram.py).
#include <cstdint>
#include <memory>
#include <string>

#include "chip.hpp"

namespace {

struct Model {
  explicit Model(const sdram::Part& part) : chip(part) {}
  sdram::Chip chip;
  std::string message;
};

}  // namespace

extern "C" {

// `values`: the members of sdram::Part in their order.
void* sdram_new(const int64_t* values) {
  return new Model(*reinterpret_cast<const sdram::Part*>(values));
}

void sdram_delete(void* model) { delete static_cast<Model*>(model); }

// One clock edge; returns the violation, an empty string if there is none.
const char* sdram_step(void* handle, int controls, int bank, int address, int mask, int data,
                       unsigned char driven, int* out, unsigned char* drives) {
  Model& model = *static_cast<Model*>(handle);
  model.message.clear();
  try {
    model.chip.step({(controls & 16) != 0, (controls & 8) != 0, controls & 7, uint32_t(bank),
                     uint32_t(address), uint32_t(mask), uint32_t(data), driven != 0});
  } catch (const sdram::Violation& violation) {
    model.message = violation.what();
  }
  *drives = model.chip.drives();
  *out = int(model.chip.data());
  return model.message.c_str();
}
}
