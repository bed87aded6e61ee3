// Compiled with the flags of this kind of processor: see CMakeLists.txt.
#define REAL float
#define VECTOR_BYTES 16
#define TABLE kernels_baseline
#define NAME "baseline"
#include "kernels.inc"
