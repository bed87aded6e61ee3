// Zeroed memory on a cache line's boundary.
#pragma once

#include <algorithm>
#include <memory>
#include <new>

namespace epochal {

template <class T>
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(long count)
      : data_(static_cast<T*>(::operator new(bytes(count), std::align_val_t(64)))) {
    std::fill_n(data_.get(), count, T(0));
  }
  T* get() const { return data_.get(); }
  T& operator[](long i) const { return data_.get()[i]; }

 private:
  static size_t bytes(long count) { return size_t(count > 0 ? count : 1) * sizeof(T); }
  struct Free {
    void operator()(T* p) const { ::operator delete(p, std::align_val_t(64)); }
  };
  std::unique_ptr<T, Free> data_;
};

}  // namespace epochal
