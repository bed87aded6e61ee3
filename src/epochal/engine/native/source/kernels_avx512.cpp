// Compiled with the flags of this kind of processor: see CMakeLists.txt.
#define REAL float
#define VECTOR_BYTES 64
#define TABLE kernels_avx512
#define NAME "avx512"
#include "kernels.inc"
