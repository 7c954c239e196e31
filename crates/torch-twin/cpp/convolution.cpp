// `F.conv2d` of few channels, for which libtorch's kernels fill up blocks of 16 with zeros.
//
// The last bits of a sum depend on its order. The order in `convolution_kernels.cpp` is that of
// libtorch's kernels, and is not taken on trust: each shape is tried on random numbers at its first
// use, and left to libtorch where a bit differs.

#include "convolution_kernels.h"
#include "failure.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/TracerMode.h>
#include <ATen/autocast_mode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <mutex>
#include <numeric>
#include <optional>
#include <tuple>
#include <vector>

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

bool is_plain(const at::Tensor& tensor) {
  return tensor.layout() == at::kStrided && tensor.is_cpu() && tensor.scalar_type() == at::kFloat &&
         tensor.is_contiguous() && tensor.suggest_memory_format() == at::MemoryFormat::Contiguous &&
         !tensor.is_neg() && tensor.numel() > 0;
}

// Whether the kernels can compute it, and do so in less time than libtorch's.
bool may_fit(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias) {
  if (!has_convolution_kernels() || at::in_parallel_region() ||
      at::tracer::impl::is_dispatch_enabled() || at::autocast::is_autocast_enabled(at::kCPU) ||
      !is_plain(input) || !is_plain(weight) || input.dim() != 4 || weight.dim() != 4) {
    return false;
  }
  const auto kernel = weight.size(2);
  const bool one_window = input.size(2) == kernel && input.size(3) == kernel;
  return (kernel == 3 || kernel == 5) && weight.size(3) == kernel &&
         weight.size(1) == input.size(1) && input.size(2) >= kernel && input.size(3) >= kernel &&
         (weight.size(1) < 16 || one_window) &&
         (!bias.defined() || (is_plain(bias) && bias.sizes() == weight.sizes().slice(0, 1)));
}

ConvolutionShape shape_of(const at::Tensor& input, const at::Tensor& weight) {
  return {input.size(0), input.size(1), weight.size(0),
          input.size(2), input.size(3), weight.size(2)};
}

using Grads = std::tuple<at::Tensor, at::Tensor, at::Tensor>;

// The gradients of input, weight and bias that `mask` asks for, by libtorch.
Grads grads_by_libtorch(const at::Tensor& grad, const at::Tensor& input, const at::Tensor& weight,
                        std::array<bool, 3> mask) {
  const std::array<int64_t, 1> bias_sizes{weight.size(0)};
  const std::array<int64_t, 2> ones{1, 1}, zeros{0, 0};
  return at::convolution_backward(grad, input, weight, at::OptionalIntArrayRef(bias_sizes), ones,
                                  zeros, ones, false, zeros, 1, mask);
}

bool same_bits(const at::Tensor& one, const at::Tensor& other) {
  return at::equal(one.view(at::kInt), other.view(at::kInt));
}

// Random numbers, from a generator that the program does not use.
struct Example {
  at::Tensor input, weight, bias, grad;

  Example(const ConvolutionShape& shape, at::Generator& generator) {
    const auto random = [&](at::IntArrayRef size) { return at::randn(size, generator, at::kFloat); };
    const auto kernel = shape.kernel;
    input = random({shape.images, shape.in_channels, shape.height, shape.width});
    weight = random({shape.out_channels, shape.in_channels, kernel, kernel});
    bias = random({shape.out_channels});
    grad = random({shape.images, shape.out_channels, shape.out_height(), shape.out_width()});
    // Numbers that cancel out leave the sum of the rounding errors, which no other order shares.
    grad.sub_(grad.mean({0, 2, 3}, true));
  }
};

// How unlikely it is that sums of `count` numbers in a wrong order have the right bits, in bits: one
// such sum has them with a probability of about 1.5 / √count if the numbers cancel out (measured).
double evidence(int64_t sums, int64_t count) {
  return static_cast<double>(sums) * std::max(0.4, std::log2(static_cast<double>(count) / 2.25) / 2);
}

// Examples are drawn until the evidence is enough.
constexpr double kEnough = 40;

bool forward_is_the_same(const ConvolutionShape& shape) {
  // No image's sums depend on another; libtorch takes other kernels for few images, but not for more.
  constexpr int64_t kEnoughImages = 64;
  auto few = shape;
  few.images = std::min(shape.images, kEnoughImages);
  auto generator = at::detail::createCPUGenerator(1);
  for (double found = 0; found < kEnough;) {
    const Example example(few, generator);
    const auto output = convolution_forward(few, example.input, example.weight, example.bias);
    if (!same_bits(output, at::conv2d(example.input, example.weight, example.bias))) {
      return false;
    }
    found += evidence(output.numel(), shape.in_channels * shape.kernel * shape.kernel);
  }
  return true;
}

// The parts in which libtorch sums up the gradients of the weight and of the bias; 0 if that is not
// known. oneDNN shares out the images for the weight and for the bias independently.
struct Parts {
  int64_t of_weight = 0, of_bias = 0;
};

template <bool with_bias>
Parts parts_of_grads(const ConvolutionShape& shape) {
  const bool one_window = shape.out_plane() == 1;
  if (one_window) {
    return {};
  }
  std::vector<int64_t> of_weight(std::min<int64_t>(at::get_num_threads(), shape.images));
  std::iota(of_weight.begin(), of_weight.end(), 1);
  auto of_bias = of_weight;
  auto generator = at::detail::createCPUGenerator(1);
  for (double found = 0; found < kEnough;) {
    const Example example(shape, generator);
    const auto [none, weight, bias] =
        grads_by_libtorch(example.grad, example.input, example.weight, {false, true, with_bias});
    std::erase_if(of_weight, [&, &weight = weight](int64_t parts) {
      return !same_bits(convolution_weight_grads(shape, example.input, example.grad, parts).first,
                        weight);
    });
    std::erase_if(of_bias, [&, &bias = bias](int64_t parts) {
      return with_bias && !same_bits(convolution_bias_grad(shape, example.grad, parts), bias);
    });
    if (of_weight.empty() || of_bias.empty()) {
      return {};
    }
    const auto sums = with_bias ? bias.numel() : weight.numel();
    found += evidence(sums, shape.images * shape.out_plane());
  }
  return {of_weight.front(), of_bias.front()};
}

// What was found by trying, for each shape and for what else decides how libtorch computes.
template <class Finding>
class Findings {
 public:
  Finding of(const ConvolutionShape& shape, Finding (*find)(const ConvolutionShape&)) {
    const auto key = std::tuple(shape, at::get_num_threads(), at::globalContext().userEnabledMkldnn());
    const std::lock_guard lock(mutex_);
    const auto found = findings_.find(key);
    if (found != findings_.end()) {
      return found->second;
    }
    const at::NoGradGuard no_grad;
    return findings_[key] = find(shape);
  }

 private:
  std::mutex mutex_;
  std::map<std::tuple<ConvolutionShape, int, bool>, Finding> findings_;
};

bool fits(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias) {
  static Findings<bool> findings;
  return may_fit(input, weight, bias) && findings.of(shape_of(input, weight), forward_is_the_same);
}

Parts parts_of(const ConvolutionShape& shape, bool with_bias) {
  static Findings<Parts> of_both, of_weight;
  return with_bias ? of_both.of(shape, parts_of_grads<true>)
                   : of_weight.of(shape, parts_of_grads<false>);
}

struct Conv2d : torch::autograd::Function<Conv2d> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input,
                            const at::Tensor& weight, const std::optional<at::Tensor>& bias) {
    context->save_for_backward({input, weight});
    context->set_materialize_grads(false);
    context->saved_data["has_bias"] = bias.has_value();
    return convolution_forward(shape_of(input, weight), input, weight, bias.value_or(at::Tensor()));
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    if (!grads[0].defined()) {
      return variable_list(3);
    }
    const auto saved = context->get_saved_variables();
    const auto &input = saved[0], &weight = saved[1];
    const bool has_bias = context->saved_data["has_bias"].toBool();
    const std::array<bool, 3> mask{context->needs_input_grad(0), context->needs_input_grad(1),
                                   has_bias && context->needs_input_grad(2)};
    // A gradient that is to be differentiated itself: libtorch's can be.
    const auto shape = shape_of(input, weight);
    const bool is_own = !at::GradMode::is_enabled() && mask[1] && is_plain(grads[0]);
    const auto parts = is_own ? parts_of(shape, mask[2]) : Parts();
    if (parts.of_weight == 0) {
      const auto [of_input, of_weight, of_bias] = grads_by_libtorch(grads[0], input, weight, mask);
      return {of_input, of_weight, of_bias};
    }
    auto [of_weight, of_bias] =
        convolution_weight_grads(shape, input, grads[0], parts.of_weight);
    if (mask[2] && parts.of_bias != parts.of_weight) {
      of_bias = convolution_bias_grad(shape, grads[0], parts.of_bias);
    }
    at::Tensor of_input;
    if (mask[0]) {
      of_input = std::get<0>(grads_by_libtorch(grads[0], input, weight, {true, false, false}));
    }
    return {of_input, of_weight, mask[2] ? of_bias : at::Tensor()};
  }
};

}  // namespace

extern "C" char* twin_conv2d(const at::Tensor* input, const at::Tensor* weight,
                             const at::Tensor* bias, at::Tensor** output) {
  return failure_of([&] {
    const auto optional_bias = bias != nullptr ? std::optional(*bias) : std::nullopt;
    const bool is_own = fits(*input, *weight, optional_bias.value_or(at::Tensor()));
    *output = new at::Tensor(is_own ? Conv2d::apply(*input, *weight, optional_bias)
                                    : at::conv2d(*input, *weight, optional_bias));
  });
}

// Whether the kernels of this library compute it, forward and backward. Asked by tests alone, since
// the bits do not tell.
extern "C" bool twin_conv2d_is_own(const at::Tensor* input, const at::Tensor* weight) {
  return fits(*input, *weight, at::Tensor()) && parts_of(shape_of(*input, *weight), true).of_weight > 0;
}
