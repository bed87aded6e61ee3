#include "layers/convolution_product.h"

#include <algorithm>

#include "tensor.h"

namespace epochal {
namespace {

// f(first, width, used) for parts of some columns, each of them at most a panel's.
template <class F>
void each_part(long columns, const F& f) {
  const long lanes = padded(columns) / LANE, parts = (lanes * LANE + PANEL_WIDTH - 1) / PANEL_WIDTH;
  for (long i = 0; i < parts; i++) {
    const long first = lanes * i / parts * LANE, end = lanes * (i + 1) / parts * LANE;
    f(first, end - first, std::min(end, columns) - first);
  }
}

// f(column, count, elements) for the neighbouring elements of a row in each of its panels.
template <class T, class F>
void each_piece(const Weights<T>& weights, long row, long first, long count, const F& f) {
  for (const Panel<T>& panel : weights.panels) {
    const long from = std::max(first, panel.first);
    const long to = std::min(first + count, panel.first + panel.used);
    if (from < to) f(from, to - from, panel.weights + row * panel.width + from - panel.first);
  }
}

Slice whole_slice(size_t route, long columns) {
  return {.route = route, .width = padded(columns), .used = columns};
}

// Whether each channel is convolved by itself.
bool is_depthwise(const Window& window) {
  return window.groups > 1 && window.groups == window.channels && window.groups == window.filters;
}

}  // namespace

template <class T>
ConvolutionProduct<T>::ConvolutionProduct(const Window& window, Direction direction, bool biased,
                                          const Kernels<T>& kernels)
    : kernels_(&kernels), window_(window), direction_(direction), biased_(biased) {
  const bool narrows = direction == Direction::narrowing;
  taken_ = (narrows ? window.channels : window.filters) / window.groups;
  given_ = (narrows ? window.filters : window.channels) / window.groups;
  routes_ = narrows ? narrowing(window) : widening(window);
  for (size_t r = 0; r < routes_.routes.size(); r++) add_slices(r);
  long weights = 0, bias = 0;
  for (Slice& slice : slices_) {
    const Route& route = routes_.routes[slice.route];
    slice.weights = weights;
    slice.bias = bias;
    bias += padded(slice.width);
    weights += slice.dots ? slice.used * long(route.runs.size()) * padded(route.steps.run)
                          : long(route.taps.size()) * taken_ * slice.width;
  }
  weights_ = Buffer<T>(weights);
  bias_ = Buffer<T>(bias);
}

template <class T>
void ConvolutionProduct<T>::add_slices(size_t route) {
  if (is_depthwise(window_)) {
    slices_.push_back(whole_slice(route, window_.groups));
    return;
  }
  const bool dots =
      window_.groups == 1 && kernels_->prefers_dots(routes_.routes[route].sweep(), given_);
  for (long g = 0; g < window_.groups; g++)
    each_part(given_, [&](long first, long width, long used) {
      slices_.push_back(
          {.route = route, .group = g, .first = first, .width = width, .used = used, .dots = dots});
    });
}

template <class T>
void ConvolutionProduct<T>::pack(const Worker& worker, const Weights<T>& kernel, const T* bias) {
  for (const Slice& slice : slices_) {
    const long taps = long(routes_.routes[slice.route].taps.size());
    pack_weights(slice, kernel, taps * worker.thread / worker.threads,
                 taps * (worker.thread + 1) / worker.threads);
    if (biased_ && worker.thread == 0)
      std::copy_n(bias + slice.group * given_ + slice.first, slice.used, bias_.get() + slice.bias);
  }
}

// Some taps: element (tap, channel, filter) of the weights goes where its tap begins, plus a step
// for each channel and filter. Keras' rows are taps and channels.
template <class T>
void ConvolutionProduct<T>::pack_weights(const Slice& slice, const Weights<T>& kernel, long first,
                                         long last) const {
  const Route& route = routes_.routes[slice.route];
  T* to = weights_.get() + slice.weights;
  if (is_depthwise(window_)) {
    for (long t = first; t < last; t++)
      each_piece(kernel, route.taps[size_t(t)], 0, slice.used,
                 [&](long column, long count, const T* from) {
                   std::copy_n(from, count, to + t * slice.width + column);
                 });
    return;
  }
  const bool narrows = direction_ == Direction::narrowing;
  const long channels = window_.channels / window_.groups,
             filters = window_.filters / window_.groups;
  const long run = padded(route.steps.run), in_run = route.steps.run / taken_;
  const long taken_step = slice.dots ? 1 : slice.width;
  const long given_step = slice.dots ? long(route.runs.size()) * run : 1;
  const long channel_step = narrows ? taken_step : given_step;
  const long filter_step = narrows ? given_step : taken_step;
  const long first_channel = narrows ? 0 : slice.first, first_filter = narrows ? slice.first : 0;
  const long n_channels = narrows ? channels : slice.used;
  const long n_filters = narrows ? slice.used : filters;
  for (long t = first; t < last; t++) {
    T* tap = to + (slice.dots ? t / in_run * run + t % in_run * taken_ : t * taken_ * slice.width);
    for (long c = 0; c < n_channels; c++)
      each_piece(kernel, route.taps[size_t(t)] * channels + first_channel + c,
                 slice.group * filters + first_filter, n_filters,
                 [&](long column, long count, const T* from) {
                   T* piece = tap + c * channel_step +
                              (column - slice.group * filters - first_filter) * filter_step;
                   if (filter_step == 1)
                     std::copy_n(from, count, piece);
                   else
                     for (long f = 0; f < count; f++) piece[f * filter_step] = from[f];
                 });
  }
}

template <class T>
void ConvolutionProduct<T>::apply(const T* framed, bool relu, T* out) const {
  for (const Slice& slice : slices_) {
    const Route& route = routes_.routes[slice.route];
    const T* x = framed + route.from + slice.group * taken_;
    const T* weights = weights_.get() + slice.weights;
    const T* bias = biased_ ? bias_.get() + slice.bias : nullptr;
    T* y = out + route.to + slice.group * given_ + slice.first;
    if (is_depthwise(window_))
      kernels_->depthwise(route.sweep(), x, weights, slice.width, slice.used, bias, relu, y);
    else if (slice.dots)
      kernels_->convolve_dots(route.sweep(), x, weights, slice.used, bias, relu, y);
    else
      kernels_->convolve(route.sweep(), x, weights, slice.width, slice.used, bias, relu, y);
  }
}

template <class T>
ConvolutionGradient<T>::ConvolutionGradient(const Window& window, const Frame& outputs,
                                            const Kernels<T>& kernels)
    : kernels_(&kernels), window_(window), routes_(narrowing(window, outputs)) {
  const long rows = long(routes_.routes[0].taps.size()) * (window.channels / window.groups);
  if (is_depthwise(window)) {
    slices_.push_back(whole_slice(0, window.filters));
    size_ = rows * padded(window.filters);
    return;
  }
  for (long g = 0; g < window.groups; g++)
    each_part(window.filters / window.groups, [&](long first, long width, long used) {
      slices_.push_back({.group = g, .first = first, .width = width, .used = used});
      slices_.back().weights = size_;
      size_ += rows * width;
    });
}

template <class T>
void ConvolutionGradient<T>::add(long group, bool begins, const T* wide, const T* narrow) const {
  const Route& route = routes_.routes[0];
  const auto product =
      is_depthwise(window_) ? kernels_->depthwise_gradient : kernels_->convolve_gradient;
  for (const Slice& slice : slices_)
    product(route.sweep(), wide + route.from + slice.group * (window_.channels / window_.groups),
            narrow + route.to + slice.group * (window_.filters / window_.groups) + slice.first,
            sums_.get() + group * size_ + slice.weights, slice.width, !begins);
}

template <class T>
void ConvolutionGradient<T>::sum(long groups, const Panel<T>& panel, long from, long count,
                                 T* to) const {
  const long filters = window_.filters / window_.groups;
  for (const Slice& slice : slices_) {
    const long first = slice.group * filters + slice.first;
    const long begin = std::max(first, panel.first);
    const long end = std::min(first + slice.used, panel.first + panel.used);
    for (long r = 0; begin < end && r < count; r++)
      kernels_->sum_rows(sums_.get() + slice.weights + (from + r) * slice.width + begin - first,
                         size_, groups, to + r * panel.width + begin - panel.first, end - begin);
  }
}

template class ConvolutionProduct<float>;
template class ConvolutionProduct<double>;
template class ConvolutionGradient<float>;
template class ConvolutionGradient<double>;

}  // namespace epochal
