#include "passes.h"

namespace epochal {
namespace {

template <class T, class F>
void go_through(const Run& run, Step<T>& step, const F& f) {
  if (run.last - run.first == 1) return f();
  step.at_own_groups(step.rows, f);
}

}  // namespace

template <class T>
void pass_forward(const Layout<T>& layout, Step<T>& step) {
  for (const Run& run : layout.forward) {
    if (run.waits) step.wait();
    go_through(run, step, [&] {
      for (size_t i = run.first; i < run.last; i++) layout.layers[i]->forward(step);
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
    if (run.waits) settle(run.last);
    if (const auto& last = layout.layers[run.last - 1]; last->reads_all_columns()) {
      last->begin_backward(step);
      settle(run.last);
    }
    go_through(run, step, [&] {
      for (size_t i = run.last; i-- > run.first;) {
        layout.layers[i]->backward(step);
        layout.layers[i]->add_staged_gradient(step);
      }
    });
  }
  settle(0);
}

template void pass_forward(const Layout<float>&, Step<float>&);
template void pass_forward(const Layout<double>&, Step<double>&);
template void pass_backward(const Layout<float>&, Step<float>&);
template void pass_backward(const Layout<double>&, Step<double>&);

}  // namespace epochal
