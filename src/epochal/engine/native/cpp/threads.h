// Threads that run the same function side by side, and the barrier at which they wait.
//
// They are started for each chunk of steps and end with it: starting one takes some ten
// microseconds, a chunk up to a quarter of a second, and a process that forks between two
// chunks forks no half-finished pool.
#pragma once

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "flush_subnormals.h"

namespace epochal {

class Barrier {
 public:
  explicit Barrier(int parties) : parties_(parties) {}

  void wait() {
    if (parties_ == 1) return;
    const unsigned round = round_.load(std::memory_order_acquire);
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == parties_) {
      arrived_.store(0, std::memory_order_relaxed);
      round_.store(round + 1, std::memory_order_release);
      round_.notify_all();
      return;
    }
    // Mostly the others are a few microseconds behind. On a shared machine one of them may wait for
    // this very core: leave it to whoever wants it, and sleep at last.
    for (int i = 0; i < SPINS + YIELDS; i++) {
      if (round_.load(std::memory_order_acquire) != round) return;
      if (i < SPINS)
        pause();
      else
        std::this_thread::yield();
    }
    while (round_.load(std::memory_order_acquire) == round)
      round_.wait(round, std::memory_order_acquire);
  }

 private:
  static constexpr int SPINS = 200, YIELDS = 100;

  static void pause() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
  }

  const int parties_;
  alignas(64) std::atomic<int> arrived_{0};
  alignas(64) std::atomic<unsigned> round_{0};
};

// How many threads are at work in this process, in all networks together.
inline std::atomic<int> threads_at_work{0};

// How many threads of `wanted` there may be beside those at work: at least one.
inline int threads_left(int wanted, int cores) {
  const int left = cores - threads_at_work.load();
  return std::max(1, std::min(left, wanted));
}

// Counts threads as at work while it lives.
class AtWork {
 public:
  explicit AtWork(int threads) : threads_(threads) { threads_at_work += threads_; }
  ~AtWork() { threads_at_work -= threads_; }
  AtWork(const AtWork&) = delete;
  AtWork& operator=(const AtWork&) = delete;

 private:
  const int threads_;
};

// What the first of several threads threw: beyond a thread's end it would end the process.
class Failure {
 public:
  template <class Work>
  void watch(const Work& work) noexcept {
    try {
      work();
    } catch (...) {
      const std::scoped_lock one_at_a_time(lock_);
      if (!first_) first_ = std::current_exception();
    }
  }
  void rethrow() const {
    if (first_) std::rethrow_exception(first_);
  }

 private:
  std::mutex lock_;
  std::exception_ptr first_;
};

// Runs work(thread, threads, barrier) on up to `wanted` threads, the caller's among them. While
// other networks are running, only the cores that they leave are used, and at least one. Subnormal
// numbers are zero meanwhile.
//
// What a thread throws is thrown again when all have ended. Work that meets at the barrier must not
// throw before its last meeting: the others would wait for ever. So it allocates nothing.
template <class Work>
void side_by_side(int wanted, int cores, const Work& work) {
  const int threads = threads_left(wanted, cores);
  const AtWork counted(threads);
  // The system may refuse a thread: they wait until it is known how many there are.
  std::atomic<int> started{0};
  std::optional<Barrier> barrier;
  Failure failure;
  const auto share = [&](int thread) {
    const FlushSubnormals flushing;
    work(thread, started.load(std::memory_order_acquire), *barrier);
  };
  std::vector<std::thread> others;
  try {
    others.reserve(size_t(threads - 1));
    for (int t = 1; t < threads; t++)
      others.emplace_back([&, t] {
        started.wait(0, std::memory_order_acquire);
        failure.watch([&] { share(t); });
      });
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): with those that there are
  }
  barrier.emplace(int(others.size()) + 1);
  started.store(int(others.size()) + 1, std::memory_order_release);
  started.notify_all();
  failure.watch([&] { share(0); });
  for (auto& other : others) other.join();
  failure.rethrow();
}

}  // namespace epochal
