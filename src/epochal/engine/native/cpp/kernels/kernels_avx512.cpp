// Compiled with the flags of this instruction set: see CMakeLists.txt.
#define EPOCHAL_REAL float
#define EPOCHAL_VECTOR_BYTES 64
#include "kernels/kernels-inl.h"

namespace epochal {

const Kernels<float>& kernels_avx512() {
  static constexpr Kernels<float> table = make_table("avx512");
  return table;
}

}  // namespace epochal
