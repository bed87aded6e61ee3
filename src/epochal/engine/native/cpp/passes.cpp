#include "passes.h"

namespace epochal {
namespace {

template <class T, class F>
void go_through(const Run& run, Step<T>& step, const F& f) {
  const auto all = [&] {
    for (const Stage& stage : run.stages) f(stage);
  };
  if (run.stages.size() == 1) return all();
  step.at_own_groups(step.rows, all);
}

}  // namespace

template <class T>
void pass_forward(const Layout<T>& layout, Step<T>& step) {
  for (const Run& run : layout.forward) {
    if (run.waits) step.wait();
    go_through(run, step, [&](const Stage& stage) {
      Layer<T>& layer = *layout.layers[stage.layer];
      if (stage.begins)
        layer.begin_forward(step);
      else
        layer.forward(step);
    });
  }
  step.wait();
}

// At a barrier no thread reads any more the weights of the layers that lie behind.
template <class T>
void pass_backward(const Layout<T>& layout, Step<T>& step) {
  size_t updated = layout.layers.size();  // from here on
  const auto settle = [&](size_t from) {
    step.wait();
    while (updated > from) layout.layers[--updated]->update(step);
  };
  for (const Run& run : layout.backward) {
    if (run.waits) settle(run.stages.front().layer + 1);
    go_through(run, step, [&](const Stage& stage) {
      Layer<T>& layer = *layout.layers[stage.layer];
      if (stage.begins) return layer.begin_backward(step);
      layer.backward(step);
      layer.add_staged_gradient(step);
    });
  }
  settle(0);
}

template void pass_forward(const Layout<float>&, Step<float>&);
template void pass_forward(const Layout<double>&, Step<double>&);
template void pass_backward(const Layout<float>&, Step<float>&);
template void pass_backward(const Layout<double>&, Step<double>&);

}  // namespace epochal
