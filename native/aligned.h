#pragma once

#include <cstddef>
#include <cstring>
#include <new>

namespace biox {

// One allocation of numbers that starts on a cache line, so that a packed block never straddles two of them.
// Zeroed, because the padding of packed weights must contribute nothing. Move-only.
template <typename Number>
class AlignedArray {
 public:
  static constexpr std::size_t kAlignment = 64;

  AlignedArray() = default;
  // `ok()` is false when there was not enough memory: the addon is built without exceptions.
  explicit AlignedArray(std::size_t count) : size_(count) {
    if (count == 0 || count > static_cast<std::size_t>(-1) / sizeof(Number)) return;
    data_ = static_cast<Number*>(::operator new(count * sizeof(Number), std::align_val_t(kAlignment), std::nothrow));
    if (data_ != nullptr) std::memset(data_, 0, count * sizeof(Number));
  }
  AlignedArray(AlignedArray&& other) noexcept { Swap(other); }
  AlignedArray& operator=(AlignedArray&& other) noexcept {
    Swap(other);
    return *this;
  }
  ~AlignedArray() { ::operator delete(data_, std::align_val_t(kAlignment)); }

  bool ok() const { return data_ != nullptr; }
  std::size_t size() const { return size_; }
  std::size_t bytes() const { return data_ == nullptr ? 0 : size_ * sizeof(Number); }
  Number* data() { return data_; }
  const Number* data() const { return data_; }

 private:
  void Swap(AlignedArray& other) {
    Number* data = data_;
    std::size_t size = size_;
    data_ = other.data_;
    size_ = other.size_;
    other.data_ = data;
    other.size_ = size;
  }

  Number* data_ = nullptr;
  std::size_t size_ = 0;
};

using AlignedFloats = AlignedArray<float>;

}  // namespace biox
