// Threads that run the same function side by side, and the barrier at which they wait.
//
// They are started for each stretch of steps and end with it: starting one takes some ten
// microseconds, a stretch up to a quarter of a second, and a process that forks between two
// stretches forks no half-finished pool.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>
#include <optional>
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
      const std::lock_guard<std::mutex> one_at_a_time(lock_);
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
// other networks are running, only the cores that they leave are used, and at least one.
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
  std::vector<std::thread> others;
  try {
    others.reserve(size_t(threads - 1));
    for (int t = 1; t < threads; t++)
      others.emplace_back([&, t] {
        started.wait(0, std::memory_order_acquire);
        failure.watch([&] { work(t, started.load(std::memory_order_acquire), *barrier); });
      });
  } catch (const std::exception&) {  // with those that there are
  }
  barrier.emplace(int(others.size()) + 1);
  started.store(int(others.size()) + 1, std::memory_order_release);
  started.notify_all();
  failure.watch([&] { work(0, int(others.size()) + 1, *barrier); });
  for (auto& other : others) other.join();
  failure.rethrow();
}

// Steps that run in one go. They end early where they take far longer than they should, as when
// another process takes a core: each meeting then waits for the scheduler.
class Piece {
 public:
  using Clock = std::chrono::steady_clock;

  Piece(long from, long to, Clock::time_point until = Clock::time_point::max())
      : from(from), to(to), until_(until) {}

  // To be called before the last barrier of a step: after it all threads see the same.
  void look(int thread, long step) {
    if (thread != 0) return;
    done_ = step + 1 - from;
    late_.store(Clock::now() > until_, std::memory_order_relaxed);
  }
  bool late() const { return late_.load(std::memory_order_relaxed); }
  long done() const { return done_; }

  const long from, to;

 private:
  const Clock::time_point until_;
  std::atomic<bool> late_{false};
  long done_ = 0;
};

// How many threads to use, from how fast the last steps went with one and with several.
//
// Threads that meet at barriers crawl when another process wants their cores: each meeting then
// waits until the scheduler has run everybody. As results do not depend on the number of threads,
// it may change at any step: steps run in pieces with the number that was faster, and the other one
// is tried now and then. Several are tried again soon, as what took a core away may have ended; one
// the less often the less it is worth. Pieces grow while nothing changes.
class Crew {
 public:
  // Calls run(threads, piece) for pieces of the steps from `start` to `stop`; one step takes about
  // `guess` seconds.
  template <class Run>
  void work(int most, double guess, long start, long stop, const Run& run) {
    if (most < 2) {
      Piece whole(start, stop);
      return run(1, whole);
    }
    while (start < stop) {
      const Clock::time_point began = Clock::now();
      const bool due = began >= next_trial_;
      const bool known = seconds_[0] > 0 && seconds_[1] > 0;
      const int mode = due && known ? 1 - faster() : known ? faster() : seconds_[0] > 0;
      const double step = seconds_[mode] > 0 ? seconds_[mode] : guess;
      const double until_trial = std::chrono::duration<double>(next_trial_ - began).count();
      const double budget = due ? TRIAL : until_trial < piece_ ? until_trial : piece_;
      long steps = long(budget / step);
      steps = steps < 1 ? 1 : steps > stop - start ? stop - start : steps;
      Piece piece(start, start + steps, began + duration(LATE * std::max(budget, step)));
      run(mode ? most : 1, piece);
      start += piece.done();
      const double took = std::chrono::duration<double>(Clock::now() - began).count();
      const int before = faster();
      const double pace = took / double(piece.done());
      seconds_[mode] = seconds_[mode] > 0 && !due ? (seconds_[mode] + pace) / 2 : pace;
      const bool changed = faster() != before;
      piece_ = changed ? SHORTEST_PIECE : 2 * piece_ < LONGEST_PIECE ? 2 * piece_ : LONGEST_PIECE;
      if (!due || !known) continue;
      patience_ = changed ? SHORTEST_WAIT : 2 * patience_;
      const double longest = faster() ? LONGEST_WAIT : SHORTEST_WAIT;
      if (patience_ > longest) patience_ = longest;
      if (patience_ < TRIAL_SHARE * took) patience_ = TRIAL_SHARE * took;
      next_trial_ = Clock::now() + duration(patience_);
    }
  }

 private:
  using Clock = Piece::Clock;
  static constexpr double TRIAL = 2e-3, SHORTEST_PIECE = 5e-3, LONGEST_PIECE = 80e-3;  // seconds
  static constexpr double SHORTEST_WAIT = 0.1, LONGEST_WAIT = 2;  // between two trials
  static constexpr double TRIAL_SHARE = 50;  // a trial takes at most a fiftieth of the time

  static constexpr double LATE = 3;  // times as long as planned: the piece ends

  static Clock::duration duration(double seconds) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  }
  int faster() const { return seconds_[1] > 0 && seconds_[1] < seconds_[0]; }

  double seconds_[2] = {0, 0};  // a step takes: with one thread, with several
  double piece_ = SHORTEST_PIECE, patience_ = SHORTEST_WAIT;
  Clock::time_point next_trial_{};
};

}  // namespace epochal
