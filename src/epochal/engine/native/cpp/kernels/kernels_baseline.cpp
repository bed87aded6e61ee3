// Compiled with the flags of this instruction set: see CMakeLists.txt.
#define EPOCHAL_REAL float
#define EPOCHAL_VECTOR_BYTES 16
#include "kernels/kernels-inl.h"

namespace epochal {

const Kernels<float>& kernels_baseline() {
  static constexpr Kernels<float> table = make_table("baseline");
  return table;
}

}  // namespace epochal
