#include "weights.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "tensor.h"

namespace epochal {
namespace {

// copy(at, row-major, count) for each row of each panel.
template <class T, class Copy>
void each_row(const Weights<T>& weights, const Copy& copy) {
  for (size_t i = 0; i < weights.panels.size(); i++) {
    const Panel<T>& panel = weights.panels[i];
    for (long r = 0; r < weights.spec.rows; r++)
      copy(weights.offsets[i] + r * panel.width, r * weights.spec.columns + panel.first,
           size_t(panel.used) * sizeof(T));
  }
}

}  // namespace

template <class T>
Weights<T>::Weights(const Parameter& parameter, bool keeps_gradient) : spec(parameter) {
  long size = 0;
  for (const Span& span : spans_of(spec.columns)) {
    panels.push_back(
        {.weights = nullptr, .first = span.first, .width = span.width, .used = span.used});
    offsets.push_back(size);
    size += spec.rows * span.width;
  }
  values = Buffer<T>(size);
  if (keeps_gradient) gradient = Buffer<T>(size);
  for (int s = 0; s < spec.all_slots(); s++) slots.emplace_back(size);
  for (size_t i = 0; i < panels.size(); i++) panels[i].weights = values.get() + offsets[i];
  penalties.resize(panels.size());
  squares.resize(panels.size());
  measured.resize(panels.size());
}

template <class T>
void Weights<T>::load(int slot, const T* from) {
  T* to = slot < 0 ? values.get() : slots.at(size_t(slot)).get();
  each_row(*this, [&](long at, long row_major, size_t bytes) {
    std::memcpy(to + at, from + row_major, bytes);
  });
}

template <class T>
void Weights<T>::store(int slot, T* to) const {
  const T* from = slot < 0 ? values.get() : slots.at(size_t(slot)).get();
  each_row(*this, [&](long at, long row_major, size_t bytes) {
    std::memcpy(to + row_major, from + at, bytes);
  });
}

template <class T>
void Weights<T>::store_gradient(T* to) const {
  each_row(*this, [&](long at, long row_major, size_t bytes) {
    std::memcpy(to + row_major, gradient.get() + at, bytes);
  });
}

template <class T>
void Weights<T>::constrain(size_t index) {
  const Panel<T>& panel = panels[index];
  switch (spec.constraint) {
    case Constraint::none: return;
    case Constraint::non_negative:
      for (long i = 0; i < size(index); i++) panel.weights[i] *= T(panel.weights[i] >= 0);
      return;
    case Constraint::max_norm:
    case Constraint::unit_norm: return scale_columns(panel);
  }
}

// To norms of 1, or of at most the limit.
template <class T>
void Weights<T>::scale_columns(const Panel<T>& panel) {
  T factors[PANEL_WIDTH] = {};
  for (long r = 0; r < spec.rows; r++)
    for (long c = 0; c < panel.width; c++) {
      const T weight = panel.weights[r * panel.width + c];
      factors[c] += weight * weight;
    }
  for (long c = 0; c < panel.width; c++) {
    const T norm = std::sqrt(factors[c]);
    const T wanted =
        spec.constraint == Constraint::unit_norm ? T(1) : std::min(norm, T(spec.limit));
    factors[c] = wanted / (T(1e-7) + norm);
  }
  for (long r = 0; r < spec.rows; r++)
    for (long c = 0; c < panel.width; c++) panel.weights[r * panel.width + c] *= factors[c];
}

template class Weights<float>;
template class Weights<double>;

}  // namespace epochal
