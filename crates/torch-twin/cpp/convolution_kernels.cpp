#include "convolution_kernels.h"

#include "tasks.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <vector>

namespace {

#define AVX2 __attribute__((target("avx2,fma")))

// Eight output channels, a block, are computed at once.
constexpr int64_t kLanes = 8;
using Lanes = float __attribute__((vector_size(kLanes * sizeof(float))));

int64_t blocks_of(const ConvolutionShape& shape) {
  return (shape.out_channels + kLanes - 1) / kLanes;
}

int64_t channels_in(const ConvolutionShape& shape, int64_t block) {
  return std::min(kLanes, shape.out_channels - block * kLanes);
}

AVX2 inline __attribute__((always_inline)) Lanes multiply_add(const float* value, Lanes factor, Lanes sum) {
  return _mm256_fmadd_ps(_mm256_broadcast_ss(value), factor, sum);
}

// Makes rows of columns.
AVX2 inline void transpose(Lanes* rows) {
  Lanes pairs[kLanes], fours[kLanes];
  for (int i = 0; i < 8; i += 2) {
    pairs[i] = _mm256_unpacklo_ps(rows[i], rows[i + 1]);
    pairs[i + 1] = _mm256_unpackhi_ps(rows[i], rows[i + 1]);
  }
  for (int i = 0; i < 8; i += 4) {
    fours[i] = _mm256_shuffle_ps(pairs[i], pairs[i + 2], 0x44);
    fours[i + 1] = _mm256_shuffle_ps(pairs[i], pairs[i + 2], 0xee);
    fours[i + 2] = _mm256_shuffle_ps(pairs[i + 1], pairs[i + 3], 0x44);
    fours[i + 3] = _mm256_shuffle_ps(pairs[i + 1], pairs[i + 3], 0xee);
  }
  for (int i = 0; i < 4; ++i) {
    rows[i] = _mm256_permute2f128_ps(fours[i], fours[i + 4], 0x20);
    rows[i + 4] = _mm256_permute2f128_ps(fours[i], fours[i + 4], 0x31);
  }
}

// What every window has in common.
struct Taps {
  // Where from a window's beginning its values stand, in the order of the sum.
  std::vector<int64_t> offsets;
  // Blocks × values of a window × 8, filled up with zeros.
  at::Tensor weights;

  Taps(const ConvolutionShape& shape, const at::Tensor& weight) {
    for (int64_t row = 0; row < shape.kernel; ++row) {
      for (int64_t column = 0; column < shape.kernel; ++column) {
        for (int64_t channel = 0; channel < shape.in_channels; ++channel) {
          offsets.push_back((channel * shape.height + row) * shape.width + column);
        }
      }
    }
    const auto padded = blocks_of(shape) * kLanes;
    const auto by_tap = weight.permute({2, 3, 1, 0}).reshape({-1, shape.out_channels});
    weights = at::constant_pad_nd(by_tap, {0, padded - shape.out_channels})
                  .view({-1, blocks_of(shape), kLanes})
                  .transpose(0, 1)
                  .contiguous();
  }

  const float* of_block(int64_t block) const {
    return weights.const_data_ptr<float>() + block * int64_t(offsets.size()) * kLanes;
  }
};

// Windows that begin one step after another, and where their sums go.
struct Windows {
  const float* begin;
  int64_t step;
  float* output;
  int64_t output_step;
};

template <int Count>
AVX2 inline __attribute__((always_inline)) void sum_up(const float* begin, int64_t step,
                                                       const Taps& taps, const float* weights,
                                                       Lanes* out) {
  Lanes sums[Count];
#pragma GCC unroll 16
  for (int i = 0; i < Count; ++i) {
    sums[i] = _mm256_setzero_ps();
  }
  for (const auto offset : taps.offsets) {
    const auto weight = _mm256_loadu_ps(weights);
    const auto* values = begin + offset;
    weights += kLanes;
#pragma GCC unroll 16
    for (int i = 0; i < Count; ++i) {
      sums[i] = multiply_add(values + i * step, weight, sums[i]);
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < Count; ++i) {
    out[i] = sums[i];
  }
}

// Computes `Count` windows for a block of output channels, which lie `plane` apart.
template <int Count>
AVX2 void forward_windows(const Windows& windows, const Taps& taps, const float* weights,
                          const float* bias, int64_t channels, int64_t plane) {
  Lanes sums[std::max<int64_t>(Count, kLanes)];
  // A step that the compiler knows needs no multiplication.
  if (windows.step == 1) {
    sum_up<Count>(windows.begin, 1, taps, weights, sums);
  } else {
    sum_up<Count>(windows.begin, windows.step, taps, weights, sums);
  }
  int64_t done = 0;
  if (Count >= kLanes && windows.output_step == 1) {
    transpose(sums);
    for (int64_t channel = 0; channel < channels; ++channel) {
      const auto sum = bias ? sums[channel] + bias[channel] : sums[channel];
      _mm256_storeu_ps(windows.output + channel * plane, sum);
    }
    done = kLanes;
  }
  for (int64_t channel = 0; channel < channels; ++channel) {
    for (int64_t i = done; i < Count; ++i) {
      windows.output[channel * plane + i * windows.output_step] =
          bias ? sums[i][channel] + bias[channel] : sums[i][channel];
    }
  }
}

template <int... Counts>
constexpr auto forward_by_count(std::integer_sequence<int, Counts...>) {
  return std::array{&forward_windows<Counts + 1>...};
}

// As many as the registers hold.
constexpr int64_t kMostWindows = 10;
constexpr auto kForward = forward_by_count(std::make_integer_sequence<int, kMostWindows>());

// Brings `channels` planes of `size` values to size × 8, filled up with zeros.
AVX2 void pack(const float* planes, int64_t channels, int64_t size, float* packed) {
  int64_t place = 0;
  for (; place + kLanes <= size; place += kLanes) {
    Lanes values[kLanes];
    for (int64_t channel = 0; channel < kLanes; ++channel) {
      values[channel] = channel < channels ? _mm256_loadu_ps(planes + channel * size + place)
                                           : _mm256_setzero_ps();
    }
    transpose(values);
    for (int64_t i = 0; i < kLanes; ++i) {
      _mm256_storeu_ps(packed + (place + i) * kLanes, values[i]);
    }
  }
  for (; place < size; ++place) {
    for (int64_t channel = 0; channel < kLanes; ++channel) {
      packed[place * kLanes + channel] = channel < channels ? planes[channel * size + place] : 0;
    }
  }
}

// Adds what an image gives to the sums of `Rows` rows of the windows in a channel, and of the bias.
template <int Kernel, int Rows>
AVX2 void add_rows(const ConvolutionShape& shape, const float* values, const float* grad,
                   float* row_sums, float* bias_sums) {
  constexpr int kSums = Rows * Kernel;
  const auto [width, out_width, out_height] =
      std::tuple(shape.width, shape.out_width(), shape.out_height());
  Lanes bias = _mm256_loadu_ps(bias_sums);
  Lanes sums[kSums];
#pragma GCC unroll 16
  for (int i = 0; i < kSums; ++i) {
    sums[i] = _mm256_loadu_ps(row_sums + i * kLanes);
  }
  for (int64_t y = 0; y < out_height; ++y, values += width) {
    for (int64_t x = 0; x < out_width; ++x, grad += kLanes) {
      const Lanes factor = _mm256_loadu_ps(grad);
#pragma GCC unroll 16
      for (int i = 0; i < kSums; ++i) {
        const auto* value = values + (i < Kernel ? 0 : width) + x + i % Kernel;
        sums[i] = multiply_add(value, factor, sums[i]);
      }
      if (Rows == 1) {
        bias += factor;
      }
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < kSums; ++i) {
    _mm256_storeu_ps(row_sums + i * kLanes, sums[i]);
  }
  if (Rows == 1) {
    _mm256_storeu_ps(bias_sums, bias);
  }
}

// Adds what an image gives to the sums of all its channels' windows, and of the bias.
template <int Kernel>
void add_image(const ConvolutionShape& shape, const float* values, const float* grad,
               float* sums, float* bias_sums) {
  float other_sums[kLanes];
  for (int64_t channel = 0; channel < shape.in_channels; ++channel) {
    for (int row = 0; row < Kernel - 1; row += 2) {
      add_rows<Kernel, 2>(shape, values + row * shape.width, grad, sums, bias_sums);
      sums += 2 * Kernel * kLanes;
    }
    add_rows<Kernel, 1>(shape, values + (Kernel - 1) * shape.width, grad, sums,
                        channel == 0 ? bias_sums : other_sums);
    sums += Kernel * kLanes;
    values += shape.height * shape.width;
  }
}

// The images of a part, as oneDNN shares them out.
std::pair<int64_t, int64_t> share(int64_t images, int64_t parts, int64_t part) {
  const auto least = images / parts;
  const auto rest = images % parts;
  const auto first = part * least + std::min(part, rest);
  return {first, first + least + (part < rest ? 1 : 0)};
}

// Adds the values of all pixels of an image to the sums of the bias.
AVX2 void add_pixels(const float* grad, int64_t plane, float* bias_sums) {
  Lanes bias = _mm256_loadu_ps(bias_sums);
  for (int64_t pixel = 0; pixel < plane; ++pixel) {
    bias += _mm256_loadu_ps(grad + pixel * kLanes);
  }
  _mm256_storeu_ps(bias_sums, bias);
}

// Calls `add` with the images of each part, in their order, for each block of output channels: the
// number of part and block, the image, and its gradients for the block, packed.
template <class Add>
void for_each_packed(const ConvolutionShape& shape, const at::Tensor& grad, int64_t parts,
                     const Add& add) {
  const auto [blocks, plane] = std::pair(blocks_of(shape), shape.out_plane());
  const auto* grads = grad.const_data_ptr<float>();
  for_each_task(parts * blocks, at::internal::GRAIN_SIZE, [&](int64_t task) {
    const auto block = task % blocks;
    const auto [first, last] = share(shape.images, parts, task / blocks);
    const at::Tensor packed = at::empty({plane, kLanes}, grad.options());
    auto* factors = packed.mutable_data_ptr<float>();
    for (auto image = first; image < last; ++image) {
      pack(grads + image * grad.stride(0) + block * kLanes * plane, channels_in(shape, block),
           plane, factors);
      add(task, image, factors);
    }
  });
}

// The sum over the parts, in their order, of parts × blocks × … × 8; without the lanes that fill up.
at::Tensor total(const ConvolutionShape& shape, const at::Tensor& sums) {
  auto sum = sums[0];
  for (int64_t part = 1; part < sums.size(0); ++part) {
    sum = sum.add(sums[part]);
  }
  return sum.movedim(-1, 1).flatten(0, 1).narrow(0, 0, shape.out_channels).contiguous();
}

}  // namespace

bool has_convolution_kernels() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

at::Tensor convolution_forward(const ConvolutionShape& shape, const at::Tensor& input,
                               const at::Tensor& weight, const at::Tensor& bias) {
  const auto plane = shape.out_plane();
  auto output = at::empty({shape.images, shape.out_channels, shape.out_height(), shape.out_width()},
                          input.options());
  const Taps taps(shape, weight);
  const auto* from = input.const_data_ptr<float>();
  auto* to = output.mutable_data_ptr<float>();
  const auto* biases = bias.defined() ? bias.const_data_ptr<float>() : nullptr;
  // The windows of a row lie side by side, and so do those of all images where each has but one.
  const bool is_row = plane > 1;
  const auto row_length = is_row ? shape.out_width() : kMostWindows;
  const auto rows = is_row ? shape.images * shape.out_height()
                           : (shape.images + kMostWindows - 1) / kMostWindows;
  const auto forward_row = [&](int64_t row) {
    const auto image = is_row ? row / shape.out_height() : row * kMostWindows;
    const auto y = is_row ? row % shape.out_height() : 0;
    const auto length = is_row ? row_length : std::min(kMostWindows, shape.images - image);
    for (int64_t x = 0; x < length; x += kMostWindows) {
      const auto count = std::min(kMostWindows, length - x);
      for (int64_t block = 0; block < blocks_of(shape); ++block) {
        const auto channel = block * kLanes;
        const Windows windows{
            from + image * input.stride(0) + y * shape.width + x,
            is_row ? 1 : input.stride(0),
            to + image * output.stride(0) + channel * plane + y * shape.out_width() + x,
            is_row ? 1 : output.stride(0)};
        kForward[count - 1](windows, taps, taps.of_block(block),
                            biases ? biases + channel : nullptr, channels_in(shape, block), plane);
      }
    }
  };
  const auto cost = row_length * blocks_of(shape) * int64_t(taps.offsets.size()) / 2;
  for_each_task(rows, cost, forward_row);
  return output;
}

std::pair<at::Tensor, at::Tensor> convolution_weight_grads(const ConvolutionShape& shape,
                                                           const at::Tensor& input,
                                                           const at::Tensor& grad, int64_t parts) {
  const auto [channels, kernel] = std::pair(shape.in_channels, shape.kernel);
  const auto blocks = blocks_of(shape);
  auto sums = at::zeros({parts, blocks, channels, kernel, kernel, kLanes}, grad.options());
  auto bias_sums = at::zeros({parts, blocks, kLanes}, grad.options());
  const auto* values = input.const_data_ptr<float>();
  auto* weights = sums.mutable_data_ptr<float>();
  auto* biases = bias_sums.mutable_data_ptr<float>();
  const auto add = kernel == 3 ? &add_image<3> : &add_image<5>;
  for_each_packed(shape, grad, parts, [&](int64_t task, int64_t image, const float* factors) {
    add(shape, values + image * input.stride(0), factors,
        weights + task * channels * kernel * kernel * kLanes, biases + task * kLanes);
  });
  return {total(shape, sums), total(shape, bias_sums)};
}

at::Tensor convolution_bias_grad(const ConvolutionShape& shape, const at::Tensor& grad,
                                 int64_t parts) {
  auto sums = at::zeros({parts, blocks_of(shape), kLanes}, grad.options());
  auto* biases = sums.mutable_data_ptr<float>();
  for_each_packed(shape, grad, parts, [&](int64_t task, int64_t, const float* factors) {
    add_pixels(factors, shape.out_plane(), biases + task * kLanes);
  });
  return total(shape, sums);
}

#else

bool has_convolution_kernels() { return false; }

at::Tensor convolution_forward(const ConvolutionShape&, const at::Tensor&, const at::Tensor&,
                               const at::Tensor&) {
  return {};
}

std::pair<at::Tensor, at::Tensor> convolution_weight_grads(const ConvolutionShape&,
                                                           const at::Tensor&, const at::Tensor&,
                                                           int64_t) {
  return {};
}

at::Tensor convolution_bias_grad(const ConvolutionShape&, const at::Tensor&, int64_t) { return {}; }

#endif
