// Subnormal numbers count as zero, on the thread that holds one of these and while it does.
//
// Moments of weights whose gradients are zero decay into the subnormal numbers and stay there, and
// processors take some hundred cycles for each. XLA's threads flush them too.
#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace epochal {

// What comes out of an operation and what goes into it; the mode before is restored, whatever it
// was, also where an exception is on its way.
class FlushSubnormals {
 public:
  FlushSubnormals() : before_(mode()) { set_mode(before_ | FLUSH); }
  ~FlushSubnormals() { set_mode(before_); }
  FlushSubnormals(const FlushSubnormals&) = delete;
  FlushSubnormals& operator=(const FlushSubnormals&) = delete;

 private:
#if defined(__x86_64__)
  using Mode = unsigned;
  static constexpr Mode FLUSH = 1u << 15 | 1u << 6;  // MXCSR: FTZ, DAZ
  static Mode mode() { return _mm_getcsr(); }
  static void set_mode(Mode mode) { _mm_setcsr(mode); }
#elif defined(__aarch64__)
  using Mode = std::uint64_t;
  static constexpr Mode FLUSH = 1u << 24;  // FPCR: FZ, of both
  static Mode mode() {
    Mode mode = 0;
    asm volatile("mrs %0, fpcr" : "=r"(mode));
    return mode;
  }
  static void set_mode(Mode mode) { asm volatile("msr fpcr, %0" : : "r"(mode) : "memory"); }
#else
  using Mode = unsigned;
  static constexpr Mode FLUSH = 0;
  static Mode mode() { return 0; }
  static void set_mode(Mode /*mode*/) {}
#endif

  const Mode before_;
};

}  // namespace epochal
