// Compiled with the flags of this kind of processor: see CMakeLists.txt.
#define REAL float
#define VECTOR_BYTES 32
#define TABLE kernels_avx2
#define NAME "avx2"
#include "kernels.inc"
