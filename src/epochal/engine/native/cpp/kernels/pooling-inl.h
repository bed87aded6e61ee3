// The largest values of windows over an image, and where they stood; and the means.
#pragma once

#include "kernels/target-inl.h"

namespace epochal {
namespace {

// The part of a window that lies inside the image, and the offset of its output.
struct Inside {
  long top, bottom, left, right;  // rows and columns, the last ones not included
  long output;

  long height() const { return bottom - top; }
  long width() const { return right - left; }
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

// Calls f.operator()<H, W>() with the window's size: 0 where it is a rare one, known only at run
// time. The loops over the others are unrolled.
template <class F>
inline void with_size(const Inside& inside, const F& f) {
  if (inside.height() == 2 && inside.width() == 2) return f.template operator()<2, 2>();
  if (inside.height() == 3 && inside.width() == 3) return f.template operator()<3, 3>();
  f.template operator()<0, 0>();
}

// f(number, offset of the first channel) for each pixel of the window.
template <int H, int W, class F>
inline void each_pixel(const Inside& inside, const Window& w, const F& f) {
  const long begin = (inside.top * w.width + inside.left) * w.channels, row = w.width * w.channels;
  if constexpr (H > 0) {
    EPOCHAL_UNROLL
    for (int i = 0; i < H * W; i++) f(i, begin + i / W * row + i % W * w.channels);
  } else {
    int number = 0;
    for (long i = 0; i < inside.height(); i++)
      for (long j = 0; j < inside.width(); j++, number++)
        f(number, begin + i * row + j * w.channels);
  }
}

void max_pool(const Window& w, const Real* __restrict x, Real* __restrict y) {
  each_window(w, [&](const Inside& inside) {
    with_size(inside, [&]<int H, int W> {
      for (long c = 0; c < w.channels; c += VL) {
        Vector largest{};
        each_pixel<H, W>(inside, w, [&](int number, long at) {
          const Vector value = load(x + at + c);
          if (number == 0)
            largest = value;
          else
            largest = value > largest ? value : largest;
        });
        store_first(y + inside.output + c, largest, w.channels - c);
      }
    });
  });
}

// Of the largest values that are equal, the first has the gradient. `add` is for windows that
// overlap, or that leave something out.
void max_pool_backward(const Window& w, const Real* __restrict x, const Real* __restrict dy,
                       Real* __restrict dx, bool add, bool relu) {
  each_window(w, [&](const Inside& inside) {
    with_size(inside, [&]<int H, int W> {
      for (long c = 0; c < w.channels; c += VL) {
        Vector largest{}, place{};
        each_pixel<H, W>(inside, w, [&](int number, long at) {
          const Vector value = load(x + at + c);
          if (number == 0) {
            largest = value;
            return;
          }
          const auto larger = value > largest;
          largest = larger ? value : largest;
          place = larger ? Vector{} + Real(number) : place;
        });
        Vector gradient = load(dy + inside.output + c);
        if (relu) gradient = largest > Vector{} ? gradient : Vector{};
        each_pixel<H, W>(inside, w, [&](int number, long at) {
          const Vector part = place == Vector{} + Real(number) ? gradient : Vector{};
          store_first(dx + at + c, add ? load(dx + at + c) + part : part, w.channels - c);
        });
      }
    });
  });
}

void average_pool(const Window& w, const Real* __restrict x, Real* __restrict y) {
  each_window(w, [&](const Inside& inside) {
    const Real count = Real(inside.height() * inside.width());
    with_size(inside, [&]<int H, int W> {
      for (long c = 0; c < w.channels; c += VL) {
        Vector sum{};
        each_pixel<H, W>(inside, w, [&](int, long at) { sum += load(x + at + c); });
        store_first(y + inside.output + c, sum / count, w.channels - c);
      }
    });
  });
}

void average_pool_backward(const Window& w, const Real* __restrict dy, Real* __restrict dx,
                           bool add) {
  each_window(w, [&](const Inside& inside) {
    const Real count = Real(inside.height() * inside.width());
    with_size(inside, [&]<int H, int W> {
      for (long c = 0; c < w.channels; c += VL) {
        const Vector part = load(dy + inside.output + c) / count;
        each_pixel<H, W>(inside, w, [&](int, long at) {
          store_first(dx + at + c, add ? load(dx + at + c) + part : part, w.channels - c);
        });
      }
    });
  });
}

}  // namespace
}  // namespace epochal
