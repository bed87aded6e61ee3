// Compiled with the flags of this instruction set: see CMakeLists.txt.
#define EPOCHAL_REAL double
#define EPOCHAL_VECTOR_BYTES 16
#include "kernels/kernels-inl.h"

namespace epochal {

const Kernels<double>& kernels_double() {
  static constexpr Kernels<double> table = make_table("double");
  return table;
}

}  // namespace epochal
