#include "layout.h"

#include <algorithm>
#include <map>

#include "layers/registry.h"

namespace epochal {
namespace {

[[noreturn]] void fail(const char* what) { throw InvalidGraph(std::string("graph: ") + what); }

void check_sources(const GraphSpec& graph) {
  std::vector<int> users(graph.operations.size());
  for (size_t i = 0; i < graph.operations.size(); i++)
    for (const int source : inputs_of(graph, i)) {
      if (source >= int(i) || source < -long(graph.inputs.size()))
        fail("an operation takes what is not there");
      if (source >= 0) users[size_t(source)]++;
    }
  if (users.back()) fail("the last operation's output is used");
  users.pop_back();
  for (const int count : users)
    if (!count) fail("an operation's output is not used");
}

void check_parameters_in_use(const GraphSpec& graph) {
  std::vector<bool> used(graph.parameters.size());
  for (const Operation& operation : graph.operations)
    for (const int p : operation.parameters) {
      if (p < 0) continue;
      if (size_t(p) >= used.size()) fail("an operation takes a parameter that is not there");
      if (used[size_t(p)]) fail("a parameter is used twice");
      used[size_t(p)] = true;
    }
}

// What another layer has taken over.
template <class T>
class NothingLeft final : public Layer<T> {
 public:
  using Layer<T>::Layer;

  long check(const std::vector<long>& widths) const override { return this->only(widths); }
  bool needs_output() const override { return true; }
  bool can_overwrite_input() const override { return true; }
  void forward(const Step<T>& /*step*/) override {}
  void backward(const Step<T>& /*step*/) override {}
  void infer(const T* /*x*/, T* /*y*/, long /*rows*/, T* /*scratch*/) const override {}
};

// Lays one operation after the other.
template <class T>
class Builder {
 public:
  explicit Builder(const Environment<T>& environment)
      : environment_(environment), graph_(environment.graph), users_(graph_.operations.size()) {
    for (size_t i = 0; i < graph_.operations.size(); i++)
      for (const int source : inputs_of(graph_, i))
        if (source >= 0) users_[size_t(source)]++;
  }

  Layout<T> build() {
    const bool images = std::ranges::any_of(
        graph_.operations, [](const Operation& each) { return each.window.has_value(); });
    for (const long width : graph_.inputs)
      add_tensor(width, images ? Partition::rows : Partition::columns);
    for (size_t i = 0; i < graph_.operations.size(); i++) add_layer(i);
    find_who_accumulates();
    for (size_t i = 0; i < built_.layers.size(); i++)
      built_.layers[i]->connect(std::move(inputs_[i]), built_.tensors[outputs_[i]]);
    find_waits();
    find_runs();
    return std::move(built_);
  }

 private:
  void add_tensor(long width, Partition partition) {
    built_.tensors.emplace_back(width, partition);
    trained_.push_back(false);
  }

  size_t tensor_of(int source) const {
    return source < 0 ? size_t(-1 - source) : outputs_[size_t(source)];
  }

  void add_layer(size_t i) {
    const Operation& operation = graph_.operations[i];
    const std::vector<int> sources = inputs_of(graph_, i);
    auto layer = make_layer<T>(operation, environment_);
    std::vector<Input<T>> inputs;
    std::vector<long> widths;
    std::vector<Partition> partitions;
    bool learns = false;
    for (const int p : operation.parameters)
      learns |= p >= 0 && graph_.parameters[size_t(p)].trainable;
    for (const int source : sources) {
      const size_t tensor = tensor_of(source);
      inputs.push_back({.tensor = &built_.tensors[tensor],
                        .needs_gradient = trained_[tensor],
                        .accumulates = false});
      widths.push_back(built_.tensors[tensor].width);
      partitions.push_back(built_.tensors[tensor].partition);
      learns |= trained_[tensor];
    }
    const long width = layer->check(widths);
    const Partition partition = layer->partition(partitions);
    const auto relu = taken_over_.find(size_t(sources[0]));
    if (relu != taken_over_.end() && users_[relu->first] == 1 && layer->derives_relu())
      built_.layers[relu->second]->leave_derivative();
    if (partition == partitions[0] && overwrites(*layer, sources[0])) {
      outputs_.push_back(tensor_of(sources[0]));
      if (built_.layers[size_t(sources[0])]->takes_over(operation)) {
        layer = std::make_unique<NothingLeft<T>>(operation, environment_);
        taken_over_[i] = size_t(sources[0]);
      }
    } else {
      add_tensor(width, partition);
      outputs_.push_back(built_.tensors.size() - 1);
    }
    trained_[outputs_.back()] = learns;
    learns_.push_back(learns);
    inputs_.push_back(std::move(inputs));
    built_.layers.push_back(std::move(layer));
  }

  // Whether the output takes the place of an input that nobody else needs.
  bool overwrites(const Layer<T>& layer, int source) const {
    return layer.can_overwrite_input() && source >= 0 && users_[size_t(source)] == 1 &&
           !built_.layers[size_t(source)]->needs_output();
  }

  // Going backward, the first to have a tensor's gradient writes it, and the others add to it.
  void find_who_accumulates() {
    std::vector<bool> is_written(built_.tensors.size());
    for (size_t i = inputs_.size(); i-- > 0;) {
      const std::vector<int> sources = inputs_of(graph_, i);
      for (size_t j = 0; j < sources.size(); j++) {
        const size_t tensor = tensor_of(sources[j]);
        if (!inputs_[i][j].needs_gradient || tensor == outputs_[i]) continue;
        inputs_[i][j].accumulates = is_written[tensor];
        is_written[tensor] = true;
      }
    }
  }

  // What has been written since the last barrier may be read by who writes in the same way. A layer
  // that reads all columns has a barrier of its own going backward.
  void find_waits() {
    std::map<const Tensor<T>*, Partition> written;
    const auto is_foreign = [&](const Tensor<T>& tensor, const Partition* partition) {
      const auto found = written.find(&tensor);
      return found != written.end() && (!partition || found->second != *partition);
    };
    for (const auto& layer : built_.layers) {
      const Partition* own = layer->reads_all_columns() ? nullptr : &layer->out().partition;
      bool waits = false;
      for (const Input<T>& input : layer->inputs()) waits |= is_foreign(*input.tensor, own);
      if (waits || layer->needs_all_rows()) written.clear();
      waits_forward_.push_back(waits);
      written[&layer->out()] = layer->out().partition;
    }
    written.clear();
    waits_backward_.resize(built_.layers.size());
    for (size_t i = built_.layers.size(); i-- > 0;) {
      if (!learns_[i]) continue;
      const Layer<T>& layer = *built_.layers[i];
      const Partition own = layer.gradient_partition();
      bool waits = is_foreign(layer.out(), &own);
      for (const Input<T>& input : layer.inputs())
        waits |= input.accumulates && is_foreign(*input.tensor, &own);
      if (waits || layer.needs_all_rows() || layer.reads_all_columns()) written.clear();
      waits_backward_[i] = waits;
      for (const Input<T>& input : layer.inputs())
        if (input.needs_gradient) written[input.tensor] = own;
    }
  }

  void find_runs() {
    const size_t count = built_.layers.size();
    for (size_t i = 0; i < count; i++)
      add_stages(built_.forward, i, waits_forward_[i], built_.layers[i]->needs_all_rows());
    for (size_t i = count; i-- > 0;) {
      if (!learns_[i]) continue;
      const Layer<T>& layer = *built_.layers[i];
      const bool two = layer.needs_all_rows() || layer.reads_all_columns();
      add_stages(built_.backward, i, waits_backward_[i], two);
    }
  }

  void add_stages(std::vector<Run>& runs, size_t layer, bool waits, bool two) const {
    if (two) add_stage(runs, {.layer = layer, .begins = true}, waits);
    add_stage(runs, {.layer = layer, .begins = false}, waits || two);
  }

  void add_stage(std::vector<Run>& runs, Stage stage, bool waits) const {
    const auto by_groups = [&](const Stage& of) {
      return built_.layers[of.layer]->goes_by_groups();
    };
    const bool joins =
        !waits && !runs.empty() && by_groups(runs.back().stages.back()) && by_groups(stage);
    if (!joins) runs.push_back({.stages = {}, .waits = waits});
    runs.back().stages.push_back(stage);
  }

  const Environment<T>& environment_;
  const GraphSpec& graph_;
  std::vector<bool> waits_forward_, waits_backward_;  // of each layer
  std::vector<int> users_;                            // of each operation: how many take its output
  std::map<size_t, size_t> taken_over_;  // operations that others do, and which those are
  std::vector<bool> trained_;            // of each tensor: whether anything before it is
  std::vector<bool> learns_;             // of each operation: whether it, or one before it, is
  std::vector<size_t> outputs_;          // of each operation: its tensor
  std::vector<std::vector<Input<T>>> inputs_;  // of each operation
  Layout<T> built_;
};

}  // namespace

template <class T>
double Layout<T>::operations() const {
  double sum = 0;
  for (const auto& layer : layers) sum += layer->operations();
  return sum;
}

template <class T>
long Layout<T>::parts(long rows) const {
  long most = 1;
  for (const auto& layer : layers)
    most =
        std::max(most, layer->out().partition == Partition::rows ? std::min(rows, row_groups(rows))
                                                                 : long(layer->out().spans.size()));
  return most;
}

template <class T>
Layout<T> lay_out(const Environment<T>& environment) {
  check_sources(environment.graph);
  check_parameters_in_use(environment.graph);
  return Builder<T>(environment).build();
}

template struct Layout<float>;
template struct Layout<double>;
template Layout<float> lay_out(const Environment<float>&);
template Layout<double> lay_out(const Environment<double>&);

}  // namespace epochal
