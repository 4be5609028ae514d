#pragma once

#include <cstddef>
#include <cstring>
#include <new>

namespace biox {

// One allocation of floats that starts on a cache line, so that a packed block never straddles two of them.
// Zeroed, because the padding of packed weights must contribute nothing. Move-only.
class AlignedFloats {
 public:
  static constexpr std::size_t kAlignment = 64;

  AlignedFloats() = default;
  // `ok()` is false when there was not enough memory: the addon is built without exceptions.
  explicit AlignedFloats(std::size_t count) : size_(count) {
    if (count == 0 || count > static_cast<std::size_t>(-1) / sizeof(float)) return;
    data_ = static_cast<float*>(::operator new(count * sizeof(float), std::align_val_t(kAlignment), std::nothrow));
    if (data_ != nullptr) std::memset(data_, 0, count * sizeof(float));
  }
  AlignedFloats(AlignedFloats&& other) noexcept { Swap(other); }
  AlignedFloats& operator=(AlignedFloats&& other) noexcept {
    Swap(other);
    return *this;
  }
  ~AlignedFloats() { ::operator delete(data_, std::align_val_t(kAlignment)); }

  bool ok() const { return data_ != nullptr; }
  std::size_t bytes() const { return data_ == nullptr ? 0 : size_ * sizeof(float); }
  float* data() { return data_; }
  const float* data() const { return data_; }

 private:
  void Swap(AlignedFloats& other) {
    float* data = data_;
    std::size_t size = size_;
    data_ = other.data_;
    size_ = other.size_;
    other.data_ = data;
    other.size_ = size;
  }

  float* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace biox
