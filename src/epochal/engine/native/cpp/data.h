// The caller's arrays.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

namespace epochal {

enum class DataType : int { float32, float64, uint8, int32 };

// Rows of each input, of the targets (labels or values), and of the weights.
template <class T>
struct Data {
  struct Rows {
    const void* values;  // (rows, columns)
    DataType type;
    long columns;
  };

  // Throws std::invalid_argument unless there are rows for the steps `start` to `stop`.
  void check(long start, long stop) const;
  // The targets of one row, where there are values of so many outputs.
  const T* targets_of(long row, long outputs) const { return targets + row * outputs; }
  // One row of an input, as T.
  void copy_row(std::size_t input, long row, T* to) const;

  std::vector<Rows> x;  // of each input
  long rows = 0;
  const std::int32_t* labels = nullptr;
  const T* targets = nullptr;           // (rows, outputs)
  const T* weights = nullptr;           // (rows,)
  const std::int32_t* order = nullptr;  // (steps, batch): which rows each batch takes
  long batch = 0;
};

template <class T>
void Data<T>::check(long start, long stop) const {
  if (start < 0 || stop < start) throw std::invalid_argument("the steps must be a range");
  if (batch < 1 || x.empty() || !order) throw std::invalid_argument("there must be rows");
  for (long i = start * batch; i < stop * batch; i++)
    if (order[i] < 0 || order[i] >= rows)
      throw std::invalid_argument("the order names a row that is not there");
}

template <class T>
void Data<T>::copy_row(std::size_t input, long row, T* to) const {
  const long columns = x[input].columns;
  const void* values = x[input].values;
  const auto copy = [&](const auto* from) {
    for (long c = 0; c < columns; c++) to[c] = T(from[row * columns + c]);
  };
  switch (x[input].type) {
    case DataType::float32: return copy(static_cast<const float*>(values));
    case DataType::float64: return copy(static_cast<const double*>(values));
    case DataType::uint8: return copy(static_cast<const std::uint8_t*>(values));
    case DataType::int32: return copy(static_cast<const std::int32_t*>(values));
  }
}

}  // namespace epochal
