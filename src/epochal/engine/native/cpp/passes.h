// The passes of a step through the layers, on each thread at once.
#pragma once

#include "layout.h"
#include "step.h"

namespace epochal {

// From the inputs to the output, which all threads may read then.
template <class T>
void pass_forward(const Layout<T>& layout, Step<T>& step);

// From the gradient of the output back to the first layer, with the updates of all layers.
template <class T>
void pass_backward(const Layout<T>& layout, Step<T>& step);

}  // namespace epochal
