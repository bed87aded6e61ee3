// The caller's arrays.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

namespace epochal {

enum class DataType : int { float32, float64, uint8, int32 };

inline long size_of(DataType type) {
  return type == DataType::uint8 ? 1 : type == DataType::float64 ? 8 : 4;
}

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
  // The targets of one row, where there are so many of each.
  const T* targets_of(long row, long count) const { return targets + row * count; }
  // One row of an input, as T.
  void copy_row(std::size_t input, long row, T* to) const;
  // Has the second cache fetch a row of each input. Inline, as a call of what only prefetches has
  // no effect that a compiler would keep.
  [[gnu::always_inline]] void fetch_row(long row) const;

  std::vector<Rows> x;  // of each input
  long rows = 0;
  const std::int32_t* labels = nullptr;
  const T* targets = nullptr;           // (rows, outputs), or for distributions one for each
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
inline void Data<T>::fetch_row(long row) const {
  constexpr long line = 64;
  for (const Rows& rows : x) {
    const long size = rows.columns * size_of(rows.type);
    const auto* from = static_cast<const char*>(rows.values) + row * size;
    for (long at = 0; at < size; at += line) __builtin_prefetch(from + at, 0, 2);
  }
}

// Rows that are wanted soon: fetched one by one amid arithmetic, they need not be waited for.
template <class T>
class RowsAhead {
 public:
  RowsAhead() = default;
  RowsAhead(const Data<T>& data, const std::int32_t* from, const std::int32_t* to)
      : data_(&data), next_(from), end_(to) {}
  [[gnu::always_inline]] void fetch_one() {
    if (next_ != end_) data_->fetch_row(*next_++);
  }

 private:
  const Data<T>* data_ = nullptr;
  const std::int32_t *next_ = nullptr, *end_ = nullptr;
};

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
