// Batch normalisation of images. Numbers beside those of each batch normalisation: `part`, which is
// the number of channels.
#include <utility>

#include "layers/batch_norm.h"
#include "layers/registry.h"

namespace epochal {
namespace {

// Of each channel, over all pixels of all images. Threads share images: what is summed of each
// image is put together behind a barrier, by every thread, in the order of the images.
template <class T>
class ImageBatchNormLayer final : public StatisticsLayer<T> {
 public:
  using StatisticsLayer<T>::StatisticsLayer;

  long check(const std::vector<long>& widths) const override {
    const long width = this->only(widths);
    this->check_channels(width / this->parts_of(width));
    return width;
  }
  Partition partition(const std::vector<Partition>&) const override { return Partition::rows; }
  bool needs_all_rows() const override { return !this->operation().moving; }
  bool can_overwrite_input() const override { return true; }

  void reserve(long batch) override {
    Layer<T>::reserve(batch);
    normal_ = Buffer<T>(batch * this->out().ld + LANE);
    for (auto& sums : sums_) sums = Buffer<T>(batch * channels());
    inverse_ = Buffer<T>(channels());
  }

  void begin_forward(const Step<T>& step) override {
    if (!this->of_batch(step)) return;
    const Tensor<T>& in = this->in();
    step.own_images([&](long b) {
      this->kernels().moments(in.values.get() + b * in.ld, channels(), pixels(), channels(),
                              sums_[0].get() + b * channels(), sums_[1].get() + b * channels());
    });
  }

  void forward(const Step<T>& step) override {
    const bool first_of_all = step.group < 0 ? step.thread == 0 : step.group == 0;
    T* normal = this->keeps_normal(step) ? normal_.get() : nullptr;
    each_panel([&](long first, long width) {
      alignas(64) T mean[PANEL_WIDTH], variance[PANEL_WIDTH], inverse[PANEL_WIDTH];
      if (this->of_batch(step)) {
        put_together(step.rows, first, width, mean, variance);
        if (first_of_all) this->move_statistics(first, width, mean, variance);
      } else {
        std::copy_n(this->moving_mean() + first, width, mean);
        std::copy_n(this->moving_variance() + first, width, variance);
      }
      step.own_images([&](long b) {
        const long from = b * this->in().ld + first, to = b * this->out().ld + first;
        this->normalise(rows(this->in().values.get() + from, first, width,
                             normal ? normal + to : nullptr, this->out().values.get() + to),
                        mean, variance, inverse);
      });
      if (first_of_all) derive_inverse(first, width, variance);
    });
  }

  void begin_backward(const Step<T>& step) override {
    const Tensor<T>& out = this->out();
    step.own_images([&](long b) {
      this->kernels().normalise_sums(
          out.gradient.get() + b * out.ld, channels(), normal_.get() + b * out.ld, channels(),
          pixels(), channels(), sums_[0].get() + b * channels(), sums_[1].get() + b * channels());
    });
  }

  void backward(const Step<T>& step) override {
    if (this->operation().moving)
      begin_backward(step);  // the sums of each image, for gamma and beta
    if (!this->needs_input_gradient()) return;
    const Tensor<T>&in = this->in(), &out = this->out();
    each_panel([&](long first, long width) {
      alignas(64) T factor[PANEL_WIDTH], a[PANEL_WIDTH] = {}, b[PANEL_WIDTH] = {};
      for (long c = 0; c < width; c++)
        factor[c] = (this->gamma() ? this->gamma()[first + c] : T(1)) * inverse_[first + c];
      if (!this->operation().moving) {
        mean_of_images(step.rows, sums_[0].get() + first, width, T(pixels()), a);
        mean_of_images(step.rows, sums_[1].get() + first, width, T(pixels()), b);
      }
      step.own_images([&](long image) {
        const long at = image * out.ld + first;
        this->kernels().normalise_backward(out.gradient.get() + at, channels(), normal_.get() + at,
                                           channels(), pixels(), width, factor, a, b,
                                           this->input_gradient() + image * in.ld + first);
      });
    });
  }

  void update(const Step<T>& step) override {
    step.own_spans(spans_of(channels()), [&](const Span& span, size_t i) {
      for (const auto& [parameter, sums] :
           {std::pair{this->gamma_index(), &sums_[1]}, std::pair{this->beta_index(), &sums_[0]}}) {
        alignas(64) T sum[PANEL_WIDTH] = {};
        for (long b = 0; b < step.rows; b++)
          this->kernels().add(sum, sums->get() + b * channels() + span.first, sum, span.used);
        this->optimizer().update_vector(step.update, parameter, i, sum, span.width);
      }
    });
  }

  void infer(const T* x, T* y, long images, T* /*scratch*/) const override {
    for (long b = 0; b < images; b++)
      each_panel([&](long first, long width) {
        alignas(64) T inverse[PANEL_WIDTH];
        this->normalise(rows(x + b * this->in().ld + first, first, width, nullptr,
                             y + b * this->out().ld + first),
                        this->moving_mean() + first, this->moving_variance() + first, inverse);
      });
  }

 private:
  long channels() const { return this->out().width / pixels(); }
  long pixels() const { return this->parts_of(this->out().width); }

  // f(first channel, count) for all channels.
  template <class F>
  void each_panel(const F& f) const {
    for (long c = 0; c < channels(); c += PANEL_WIDTH) f(c, std::min(PANEL_WIDTH, channels() - c));
  }

  // The pixels of one image.
  StatisticsLayer<T>::Rows rows(const T* x, long first, long width, T* normal, T* y) const {
    return {.x = x,
            .ld = channels(),
            .rows = pixels(),
            .first = first,
            .width = width,
            .normal = normal,
            .y = y,
            .ldy = channels()};
  }

  void mean_of_images(long images, const T* sums, long width, T pixels, T* mean) const {
    std::fill_n(mean, width, T(0));
    for (long b = 0; b < images; b++) this->kernels().add(mean, sums + b * channels(), mean, width);
    for (long c = 0; c < width; c++) mean[c] /= pixels * T(images);
  }

  // Mean and variance of a batch from those of its images, which are of one size.
  void put_together(long images, long first, long width, T* mean, T* variance) const {
    mean_of_images(images, sums_[0].get() + first, width, T(1), mean);
    mean_of_images(images, sums_[1].get() + first, width, T(1), variance);
    alignas(64) T between[PANEL_WIDTH] = {};
    for (long b = 0; b < images; b++)
      for (long c = 0; c < width; c++) {
        const T off = sums_[0][b * channels() + first + c] - mean[c];
        between[c] += off * off;
      }
    for (long c = 0; c < width; c++) variance[c] += between[c] / T(images);
  }

  void derive_inverse(long first, long width, const T* variance) const {
    for (long c = 0; c < width; c++)
      inverse_[first + c] = T(1) / std::sqrt(variance[c] + T(this->operation().number));
  }

  Buffer<T> normal_;   // the normalised values of the batch
  Buffer<T> sums_[2];  // of each image and channel: mean and variance; sums of gradients
  Buffer<T> inverse_;  // of each channel: 1 / deviation
};

const RegisterLayer<ImageBatchNormLayer> image_batch_norm("image_batch_norm");

}  // namespace
}  // namespace epochal
