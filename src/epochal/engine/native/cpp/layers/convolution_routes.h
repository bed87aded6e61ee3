// The geometry of a convolution: how its sweeps go over padded copies of images.
#pragma once

#include <vector>

#include "kernels/kernels.h"
#include "kernels/window.h"

namespace epochal {

// An image (height, width, channels) with room around it.
struct Frame {
  long height = 1, width = 1, channels = 1;
  long top = 0, bottom = 0, left = 0, right = 0;

  long row() const { return (left + width + right) * channels; }
  long size() const { return (top + height + bottom) * row(); }
  long inside() const { return top * row() + left * channels; }  // where its first pixel stands
  bool is_bare() const { return !(top || bottom || left || right); }
};

// A sweep over the pixels of one image, and where it begins in that image and in the other one.
struct Route {
  Sweep sweep() const {
    Sweep sweep = steps;
    sweep.runs = runs.data();
    sweep.n_runs = long(runs.size());
    return sweep;
  }

  Sweep steps;
  std::vector<long> runs;
  std::vector<long> taps;  // of the window, in the order in which the runs meet them
  long from = 0;           // the first pixel's inputs, in the framed image
  long to = 0;             // the first pixel's outputs
};

// Without room around it.
inline Frame bare(const Frame& frame) {
  return {.height = frame.height, .width = frame.width, .channels = frame.channels};
}
inline Frame wide_frame(const Window& w) {
  return {.height = w.height,
          .width = w.width,
          .channels = w.channels,
          .top = w.top,
          .bottom = w.bottom,
          .left = w.left,
          .right = w.right};
}
inline Frame bare_output(const Window& w) {
  return {.height = w.out_height(), .width = w.out_width(), .channels = w.filters};
}

// From images to what the convolution makes of them, and the way back: from the gradient of the
// output to that of the input. There each pixel meets other taps, but all that are a stride apart
// meet the same ones: they have a route of their own.
struct Routes {
  Frame frame;  // of the image that the routes read
  std::vector<Route> routes;
};

Routes narrowing(const Window& window);
// The same for outputs that stand in a frame.
Routes narrowing(const Window& window, const Frame& outputs);
Routes widening(const Window& window);

}  // namespace epochal
