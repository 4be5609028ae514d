#pragma once

#include <napi.h>

#include <cstddef>

// How arguments of the addon become C++ values. TypeScript has checked them: their number, types, lengths and ranges hold.
namespace biox {

inline float* Floats(const Napi::Value& value) { return value.As<Napi::Float32Array>().Data(); }
inline double* Doubles(const Napi::Value& value) { return value.As<Napi::Float64Array>().Data(); }
inline std::size_t Size(const Napi::Value& value) {
  return static_cast<std::size_t>(value.As<Napi::Number>().Int64Value());
}
// Reads a 0 or 1 that stands for the first or second value of an enum.
template <typename Enum>
Enum Choice(const Napi::Value& value) {
  return static_cast<Enum>(value.As<Napi::Number>().Int32Value());
}

}  // namespace biox
