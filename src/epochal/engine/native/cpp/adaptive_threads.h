// How many threads run the steps: measured while they run.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>

namespace epochal {

// Steps that run in one go. They end early where they take far longer than they should, as when
// another process takes a core: each meeting then waits for the scheduler.
class Chunk {
 public:
  using Clock = std::chrono::steady_clock;

  Chunk(long from, long to, Clock::time_point until = Clock::time_point::max())
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
// it may change at any step: steps run in chunks with the number that was faster, and the other one
// is tried now and then. Several are tried again soon, as what took a core away may have ended; one
// the less often the less it is worth. Chunks grow while nothing changes. Long steps begin with
// several, as there may be few of them: what barriers cost is little beside those.
class AdaptiveThreads {
 public:
  // Calls run(threads, chunk) for chunks of the steps from `start` to `stop`; one step takes about
  // `guess` seconds.
  template <class Run>
  void work(int most, double guess, long start, long stop, const Run& run) {
    if (most < 2) {
      Chunk whole(start, stop);
      return run(1, whole);
    }
    while (start < stop) {
      const Clock::time_point began = Clock::now();
      const bool due = began >= next_trial_;
      const bool known = measured(0) && measured(1);
      const int mode = next(guess, due);
      const double step = measured(mode) ? seconds_[mode] : guess;
      const double until_trial = std::chrono::duration<double>(next_trial_ - began).count();
      const double budget = due ? TRIAL : until_trial < chunk_ ? until_trial : chunk_;
      long steps = long(budget / step);
      steps = steps < 1 ? 1 : steps > stop - start ? stop - start : steps;
      Chunk chunk(start, start + steps, began + duration(LATE * std::max(budget, step)));
      run(mode ? most : 1, chunk);
      start += chunk.done();
      const double took = std::chrono::duration<double>(Clock::now() - began).count();
      const int before = faster();
      const double pace = took / double(chunk.done());
      seconds_[mode] = measured(mode) && !due ? (seconds_[mode] + pace) / 2 : pace;
      const bool changed = faster() != before;
      chunk_ = changed ? SHORTEST_CHUNK : 2 * chunk_ < LONGEST_CHUNK ? 2 * chunk_ : LONGEST_CHUNK;
      if (!due) continue;
      if (known) {
        const double longest = faster() ? LONGEST_WAIT : SHORTEST_WAIT;
        patience_ = changed ? SHORTEST_WAIT : std::min(2 * patience_, longest);
        patience_ = std::max(patience_, TRIAL_SHARE * took);
        next_trial_ = Clock::now() + duration(patience_);
      } else if (measured(1)) {
        // One thread is tried at once where several seem to crawl.
        const bool fast = measured(0) || pace < CRAWL * guess;
        next_trial_ = Clock::now() + duration(fast ? FIRST_SHARE * took : 0);
      }
    }
  }

 private:
  using Clock = Chunk::Clock;
  static constexpr double TRIAL = 2e-3, SHORTEST_CHUNK = 5e-3, LONGEST_CHUNK = 80e-3;  // seconds
  static constexpr double SHORTEST_WAIT = 0.1, LONGEST_WAIT = 2;  // between two trials
  static constexpr double TRIAL_SHARE = 50;  // a trial takes at most a fiftieth of the time,
  static constexpr double FIRST_SHARE = 10;  // the first a tenth
  static constexpr double CRAWL = 2;         // times as long as guessed for one thread
  static constexpr double LATE = 3;          // times as long as planned: the chunk ends

  static Clock::duration duration(double seconds) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  }
  bool measured(int mode) const { return seconds_[mode] > 0; }
  int next(double guess, bool due) const {
    if (measured(0) && measured(1)) return due ? 1 - faster() : faster();
    if (measured(1)) return !due;
    return measured(0) || guess > TRIAL;
  }
  int faster() const { return seconds_[1] > 0 && seconds_[1] < seconds_[0]; }

  double seconds_[2] = {0, 0};  // a step takes: with one thread, with several
  double chunk_ = SHORTEST_CHUNK, patience_ = SHORTEST_WAIT;
  Clock::time_point next_trial_;
};

}  // namespace epochal
