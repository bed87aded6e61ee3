#include "layers/convolution_routes.h"

#include <algorithm>

namespace epochal {
namespace {

// Taps of one axis that meet the same pixels, and where each finds its input for the first of them.
struct Phase {
  long first = 0, count = 0;  // pixels of the output: first, first + stride, ...
  std::vector<long> taps, offsets;
};

// Going back along an axis of `size` elements: the output of tap t for element i stands at
// (i + before - t * dilation) / stride, where that is a whole number.
std::vector<Phase> phases_of(long size, long taps, long stride, long dilation, long before) {
  std::vector<Phase> phases;
  for (long p = 0; p < std::min(stride, size); p++) {
    Phase phase{.first = p, .count = (size - p + stride - 1) / stride, .taps = {}, .offsets = {}};
    for (long t = taps; t-- > 0;) {
      const long distance = p + before - t * dilation;
      if (distance % stride) continue;
      phase.taps.push_back(t);
      phase.offsets.push_back(distance / stride);
    }
    phases.push_back(std::move(phase));
  }
  return phases;
}

// What has to stand before and behind `size` elements, so that every tap finds some.
void make_room(const std::vector<Phase>& phases, long size, long& before, long& behind) {
  for (const Phase& phase : phases)
    for (const long offset : phase.offsets) {
      before = std::max(before, -offset);
      behind = std::max(behind, offset + phase.count - size);
    }
}

bool are_neighbours(const std::vector<long>& offsets) {
  for (size_t i = 1; i < offsets.size(); i++)
    if (offsets[i] != offsets[i - 1] + 1) return false;
  return true;
}

// Rows of pixels that follow each other like those in a row are one row.
void join_rows(Sweep& steps) {
  if (steps.row_step != steps.columns * steps.column_step ||
      steps.out_row_step != steps.columns * steps.out_column_step)
    return;
  steps.columns *= steps.rows;
  steps.rows = 1;
}

}  // namespace

Routes narrowing(const Window& w) { return narrowing(w, bare_output(w)); }

Routes narrowing(const Window& w, const Frame& outputs) {
  const Frame frame = wide_frame(w);
  const bool joined = w.groups == 1 && (w.dilation_width == 1 || w.kernel_width == 1);
  Route route{.steps = {.rows = w.out_height(),
                        .columns = w.out_width(),
                        .row_step = w.stride_height * frame.row(),
                        .column_step = w.stride_width * w.channels,
                        .out_row_step = outputs.row(),
                        .out_column_step = w.filters,
                        .run = (joined ? w.kernel_width : 1) * (w.channels / w.groups)},
              .runs = {},
              .taps = {},
              .to = outputs.inside()};
  join_rows(route.steps);
  for (long y = 0; y < w.kernel_height; y++)
    for (long x = 0; x < w.kernel_width; x++) {
      route.taps.push_back(y * w.kernel_width + x);
      if (x == 0 || !joined)
        route.runs.push_back(y * w.dilation_height * frame.row() +
                             x * w.dilation_width * w.channels);
    }
  return {.frame = frame, .routes = {std::move(route)}};
}

Routes widening(const Window& w) {
  const auto rows = phases_of(w.height, w.kernel_height, w.stride_height, w.dilation_height, w.top);
  const auto columns = phases_of(w.width, w.kernel_width, w.stride_width, w.dilation_width, w.left);
  Frame frame = bare_output(w);
  make_room(rows, frame.height, frame.top, frame.bottom);
  make_room(columns, frame.width, frame.left, frame.right);
  Routes all{.frame = frame, .routes = {}};
  for (const Phase& row : rows)
    for (const Phase& column : columns) {
      const bool joined = w.groups == 1 && are_neighbours(column.offsets);
      const long in_run = joined ? long(column.taps.size()) : 1;
      Route route{.steps = {.rows = row.count,
                            .columns = column.count,
                            .row_step = frame.row(),
                            .column_step = w.filters,
                            .out_row_step = w.stride_height * w.width * w.channels,
                            .out_column_step = w.stride_width * w.channels,
                            .run = in_run * (w.filters / w.groups)},
                  .runs = {},
                  .taps = {},
                  .from = frame.inside(),
                  .to = (row.first * w.width + column.first) * w.channels};
      join_rows(route.steps);
      for (size_t y = 0; y < row.taps.size(); y++)
        for (size_t x = 0; x < column.taps.size(); x++) {
          route.taps.push_back(row.taps[y] * w.kernel_width + column.taps[x]);
          if (x == 0 || !joined)
            route.runs.push_back(row.offsets[y] * frame.row() + column.offsets[x] * w.filters);
        }
      all.routes.push_back(std::move(route));
    }
  return all;
}

}  // namespace epochal
