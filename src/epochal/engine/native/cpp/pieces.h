// Batches that are tested, or predicted, go through the layers in pieces: what one layer writes is
// still in a cache where the next reads it, however large the batches are.
#pragma once

#include <algorithm>

#include "graph_spec.h"
#include "layers/random.h"
#include "layout.h"

namespace epochal {

constexpr long FEWEST_ROWS_AT_ONCE = 8, MOST_ROWS_AT_ONCE = 256;
constexpr long ELEMENTS_AT_ONCE = 1L << 18;  // of the widest image, or of weights of attention

enum class Purpose { testing, predicting };

// The rows of a piece, of `rows` in all that stand in batches of so many.
template <class T>
long rows_at_once(const GraphSpec& graph, const Layout<T>& layout, Purpose purpose, long batch,
                  long rows) {
  for (const auto& layer : layout.layers) {
    // Draws go by a row's place in its batch, and an activity's penalty is its mean over the batch.
    const auto* random = dynamic_cast<const RandomLayer<T>*>(layer.get());
    if (random && random->draws(false)) return batch;
    if (purpose == Purpose::testing && !layer->penalties().empty()) return batch;
  }
  long widest = 1;
  for (size_t i = 0; i < graph.operations.size(); i++) {
    if (const auto& window = graph.operations[i].window)
      widest = std::max(widest, window->out_height() * window->out_width() * window->filters);
    if (graph.operations[i].heads) widest = std::max(widest, layout.layers[i]->out().width);
  }
  const long fitting = ELEMENTS_AT_ONCE / widest;
  return std::min(rows, std::clamp(fitting, FEWEST_ROWS_AT_ONCE, MOST_ROWS_AT_ONCE));
}

}  // namespace epochal
