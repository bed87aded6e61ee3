// The kinds of layers by name.
//
// A kind joins with one line in its own file:  const RegisterLayer<UnitNorm>
// unit_norm("unit_norm");
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "layers/layer.h"

namespace epochal {

template <class T>
using LayerFactory = std::unique_ptr<Layer<T>> (*)(const Operation&, const Environment<T>&);

// A link of a chain through all kinds: nothing is allocated before `main`.
class LayerKind {
 public:
  LayerKind(const char* name, LayerFactory<float> in_float,
            LayerFactory<double> in_double) noexcept;
  LayerKind(const LayerKind&) = delete;
  LayerKind& operator=(const LayerKind&) = delete;

  template <class T>
  LayerFactory<T> factory() const;
  const char* name() const { return name_; }
  const LayerKind* next() const { return next_; }

 private:
  const char* const name_;
  const LayerFactory<float> in_float_;
  const LayerFactory<double> in_double_;
  const LayerKind* const next_;
};

template <template <class> class L>
class RegisterLayer : LayerKind {
 public:
  explicit RegisterLayer(const char* name) noexcept : LayerKind(name, make<float>, make<double>) {}

 private:
  template <class T>
  static std::unique_ptr<Layer<T>> make(const Operation& operation,
                                        const Environment<T>& environment) {
    return std::make_unique<L<T>>(operation, environment);
  }
};

// The layer of an operation. Throws InvalidGraph where there is no such kind.
template <class T>
std::unique_ptr<Layer<T>> make_layer(const Operation& operation, const Environment<T>& environment);

// The names of all kinds, sorted.
std::vector<std::string> layer_kinds();

}  // namespace epochal
