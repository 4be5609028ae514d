#include <vector>

#include "../gram.h"
#include "check.h"

namespace biox::test {
namespace {

// Exactly as many doubles as needed, so that AddressSanitizer sees one too many.
using Doubles = std::vector<double>;

void TestGramOf(const KernelTable& kernels, std::size_t rows, std::size_t p, std::size_t q, std::size_t skew) {
  Random random(rows * 10000 + p * 100 + q);
  Floats x(rows * p, skew, random), y(rows * q, skew, random);
  // A large common part is what centring has to take out.
  for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] += 100;
  Doubles mean_x(p), mean_y(q), out(p * q, 7), scratch(kGramRows * (p + q));
  const std::size_t before = allocations;
  Gram(kernels, x.data(), p, y.data(), q, rows, mean_x.data(), mean_y.data(), out.data(), scratch.data());
  Check(allocations == before, "gram without allocation", kernels.name, {rows, p, q});
  Doubles mx(p, 0), my(q, 0);
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t i = 0; i < p; ++i) mx[i] += x[r * p + i] / static_cast<double>(rows);
    for (std::size_t j = 0; j < q; ++j) my[j] += y[r * q + j] / static_cast<double>(rows);
  }
  bool near = true;
  for (std::size_t i = 0; i < p; ++i) {
    for (std::size_t j = 0; j < q; ++j) {
      double expected = 0;
      for (std::size_t r = 0; r < rows; ++r) expected += (x[r * p + i] - mx[i]) * (y[r * q + j] - my[j]);
      if (!(std::fabs(out[i * q + j] - expected) <= 1e-10 * static_cast<double>(rows))) near = false;
    }
  }
  Check(near, "gram", kernels.name, {rows, p, q, skew});
}

}  // namespace

void TestGram() {
  ForEachTarget([](const KernelTable& kernels) {
    for (std::size_t p = 1; p <= 67; ++p) TestGramOf(kernels, 5, p, 68 - p, p % 4);
    for (std::size_t q = 1; q <= 67; ++q) TestGramOf(kernels, 3, 4, q, q % 4);
    for (std::size_t rows = 1; rows <= 67; ++rows) TestGramOf(kernels, rows, 6, 29, rows % 4);
    TestGramOf(kernels, 353, 64, 64, 0);
    TestGramOf(kernels, 40, 200, 512, 1);
  });
}

}  // namespace biox::test
