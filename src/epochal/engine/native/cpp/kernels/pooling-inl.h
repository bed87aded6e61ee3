// The largest values of windows over an image, and where they stood.
#pragma once

#include "kernels/target-inl.h"

namespace epochal {
namespace {

// The part of a window that lies inside the image, and the offset of its output.
struct Inside {
  long top, bottom, left, right;  // rows and columns, the last ones not included
  long output;
};

template <class F>
inline void each_window(const Window& w, const F& f) {
  const long height = w.out_height(), width = w.out_width();
  for (long oy = 0; oy < height; oy++)
    for (long ox = 0; ox < width; ox++) {
      const long y = oy * w.stride_height - w.top, x = ox * w.stride_width - w.left;
      f(Inside{.top = y < 0 ? 0 : y,
               .bottom = y + w.kernel_height < w.height ? y + w.kernel_height : w.height,
               .left = x < 0 ? 0 : x,
               .right = x + w.kernel_width < w.width ? x + w.kernel_width : w.width,
               .output = (oy * width + ox) * w.channels});
    }
}

void max_pool(const Window& w, const Real* __restrict x, Real* __restrict y) {
  each_window(w, [&](const Inside& inside) {
    for (long c = 0; c < w.channels; c += VL) {
      Vector largest = load(x + (inside.top * w.width + inside.left) * w.channels + c);
      for (long i = inside.top; i < inside.bottom; i++)
        for (long j = inside.left; j < inside.right; j++) {
          const Vector value = load(x + (i * w.width + j) * w.channels + c);
          largest = value > largest ? value : largest;
        }
      store_first(y + inside.output + c, largest, w.channels - c);
    }
  });
}

// Of the largest values that are equal, the first has the gradient. `add` is for windows that
// overlap, or that leave something out.
void max_pool_backward(const Window& w, const Real* __restrict x, const Real* __restrict dy,
                       Real* __restrict dx, bool add, bool relu) {
  each_window(w, [&](const Inside& inside) {
    for (long c = 0; c < w.channels; c += VL) {
      const long begin = (inside.top * w.width + inside.left) * w.channels + c;
      Vector largest = load(x + begin), place{};
      Real number = 0;
      for (long i = inside.top; i < inside.bottom; i++)
        for (long j = inside.left; j < inside.right; j++, number++) {
          const Vector value = load(x + (i * w.width + j) * w.channels + c);
          const auto larger = value > largest;
          largest = larger ? value : largest;
          place = larger ? Vector{} + number : place;
        }
      Vector gradient = load(dy + inside.output + c);
      if (relu) gradient = largest > Vector{} ? gradient : Vector{};
      number = 0;
      for (long i = inside.top; i < inside.bottom; i++)
        for (long j = inside.left; j < inside.right; j++, number++) {
          Real* to = dx + (i * w.width + j) * w.channels + c;
          const Vector part = place == Vector{} + number ? gradient : Vector{};
          store_first(to, add ? load(to) + part : part, w.channels - c);
        }
    }
  });
}

}  // namespace
}  // namespace epochal
