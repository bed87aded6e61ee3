// Compiled with the flags of this kind of processor: see CMakeLists.txt.
#define REAL double
#define VECTOR_BYTES 16
#define TABLE kernels_double
#define NAME "double"
#include "kernels.inc"
