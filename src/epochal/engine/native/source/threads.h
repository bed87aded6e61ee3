// Threads that run the same function side by side, and the barrier at which they wait.
//
// They are started for each stretch of steps and end with it: starting one takes some ten
// microseconds, a stretch up to a quarter of a second, and a process that forks between two
// stretches forks no half-finished pool.
#pragma once

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

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
      if (i < SPINS) pause();
      else std::this_thread::yield();
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

// Runs work(thread, threads, barrier) on up to `wanted` threads, the caller's among them. While
// other networks are running, only the cores that they leave are used, and at least one.
template <class Work>
void side_by_side(int wanted, int cores, const Work& work) {
  int threads = cores - threads_at_work.load();
  threads = threads > wanted ? wanted : threads;
  threads = threads < 1 ? 1 : threads;
  threads_at_work += threads;
  Barrier barrier(threads);
  std::vector<std::thread> others;
  for (int t = 1; t < threads; t++)
    others.emplace_back([&, t] { work(t, threads, barrier); });
  work(0, threads, barrier);
  for (auto& other : others) other.join();
  threads_at_work -= threads;
}

// How many threads to use, from how fast the last steps went with one and with several.
//
// Threads that meet at barriers crawl when another process wants their cores: each meeting then
// waits until the scheduler has run everybody. As results do not depend on the number of threads,
// it may change at any step: steps run in pieces of some milliseconds, mostly with the number that
// was faster, and the other one is tried now and then, the less often the less it is worth.
class Crew {
 public:
  // Calls run(threads, from, to) for pieces of the steps from `start` to `stop`.
  template <class Run>
  void work(int most, long start, long stop, const Run& run) {
    while (start < stop) {
      const bool due = most > 1 && countdown_-- <= 0;
      const int mode = most < 2 ? 0 : due ? 1 - faster() : faster();
      const double budget = due ? TRIAL_SECONDS : PIECE_SECONDS;
      const double known = seconds_[mode] > 0 ? seconds_[mode] : seconds_[1 - mode];
      long steps = known > 0 ? long(budget / known) : FIRST_STEPS;
      steps = steps < 1 ? 1 : steps > stop - start ? stop - start : steps;
      const auto began = std::chrono::steady_clock::now();
      run(mode ? most : 1, start, start + steps);
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
      const double pace = took.count() / double(steps);
      const int before = faster();
      seconds_[mode] = seconds_[mode] > 0 && !due ? (seconds_[mode] + pace) / 2 : pace;
      if (due) {
        patience_ = faster() != before ? 4 : patience_ < 256 ? 2 * patience_ : 256;
        countdown_ = patience_;
      }
      start += steps;
    }
  }

 private:
  static constexpr double PIECE_SECONDS = 5e-3, TRIAL_SECONDS = 2e-3;
  static constexpr long FIRST_STEPS = 8;

  int faster() const { return seconds_[1] > 0 && seconds_[1] < seconds_[0]; }

  double seconds_[2] = {0, 0};  // a step takes: with one thread, with several
  long countdown_ = 1, patience_ = 4;
};

}  // namespace epochal
