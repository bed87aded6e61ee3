// Compiled with the flags of this instruction set: see CMakeLists.txt.
#define EPOCHAL_REAL float
#define EPOCHAL_VECTOR_BYTES 32
#include "kernels/kernels-inl.h"

namespace epochal {

const Kernels<float>& kernels_avx2() {
  static constexpr Kernels<float> table = make_table("avx2");
  return table;
}

}  // namespace epochal
