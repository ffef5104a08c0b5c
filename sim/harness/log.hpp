// Binary log of a packed payload, one record per event.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

// Bits `offset` to `offset + width - 1` of a payload, stored little-endian in `bytes` bytes,
// sign-extended if `is_signed`.
struct Field {
  unsigned offset, width, bytes, is_signed;

  // Up to 64 bits of the field, from its bit `skip` on.
  uint64_t extract(const uint32_t* payload, unsigned skip = 0) const {
    if (skip >= width) return 0;
    const unsigned size = std::min(64u, width - skip);
    uint64_t value = 0;
    for (unsigned bit = 0; bit < size;) {
      const unsigned at = offset + skip + bit, part = std::min(32 - at % 32, size - bit);
      const uint64_t bits = (payload[at / 32] >> (at % 32)) & (0xFFFFFFFFu >> (32 - part));
      value |= bits << bit;
      bit += part;
    }
    if (is_signed && size < 64 && (value >> (size - 1) & 1)) value |= ~uint64_t{0} << size;
    return value;
  }
};

// A record is the cycle (8 bytes), the run (4 bytes), then the fields in order.
class Log {
 public:
  Log(const std::string& path, std::vector<Field> fields)
      : file_(std::fopen(path.c_str(), "wb")), fields_(std::move(fields)), record_(12) {
    for (const Field& field : fields_) record_.resize(record_.size() + field.bytes);
  }

  void write(uint64_t cycle, uint32_t run, const uint32_t* payload) {
    uint8_t* out = record_.data();
    out = put(out, cycle, 8);
    out = put(out, run, 4);
    for (const Field& field : fields_) {
      for (unsigned done = 0; done < field.bytes; done += 8) {
        const unsigned size = std::min(8u, field.bytes - done);
        out = put(out, field.extract(payload, done * 8), size);
      }
    }
    std::fwrite(record_.data(), record_.size(), 1, file_);
  }

  void flush() { std::fflush(file_); }

 private:
  static uint8_t* put(uint8_t* out, uint64_t value, unsigned size) {
    for (unsigned i = 0; i < size; ++i) *out++ = value >> (8 * i);
    return out;
  }

  std::FILE* file_;
  std::vector<Field> fields_;
  std::vector<uint8_t> record_;
};
