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
#include <map>
#include <mutex>
#include <optional>
#include <tuple>

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

// Random numbers that no generator of the program's misses.
struct Example {
  ConvolutionShape shape;
  at::Tensor input, weight, bias;

  explicit Example(const ConvolutionShape& shape) : shape(shape) {
    const auto kernel = shape.kernel;
    input = random({shape.images, shape.in_channels, shape.height, shape.width});
    weight = random({shape.out_channels, shape.in_channels, kernel, kernel});
    bias = random({shape.out_channels});
  }

  static at::Tensor random(at::IntArrayRef size) {
    return at::randn(size, at::detail::createCPUGenerator(1), at::kFloat);
  }
};

ConvolutionShape first_images(ConvolutionShape shape, int64_t most) {
  shape.images = std::min(shape.images, most);
  return shape;
}

bool forward_is_the_same(const ConvolutionShape& shape) {
  // No image's sums depend on another; libtorch takes other kernels for few images, but not for more.
  constexpr int64_t kEnoughImages = 64;
  const Example example(first_images(shape, kEnoughImages));
  return same_bits(convolution_forward(example.shape, example.input, example.weight, example.bias),
                   at::conv2d(example.input, example.weight, example.bias));
}

// The parts in which libtorch sums up the gradients of the weight, and of the bias if that is asked
// for; none if that is not known.
template <bool with_bias>
int64_t parts_of_weight_grads(const ConvolutionShape& shape) {
  const bool one_window = shape.out_plane() == 1;
  if (one_window) {
    return 0;
  }
  const Example example(shape);
  const auto grad = Example::random(
      {shape.images, shape.out_channels, shape.out_height(), shape.out_width()});
  const auto [none, weight, bias] =
      grads_by_libtorch(grad, example.input, example.weight, {false, true, with_bias});
  for (const int64_t parts : {int64_t{1}, std::int64_t{at::get_num_threads()}}) {
    const auto [own_weight, own_bias] =
        convolution_weight_grads(shape, example.input, grad, parts);
    if (same_bits(own_weight, weight) && (!with_bias || same_bits(own_bias, bias))) {
      return parts;
    }
  }
  return 0;
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

int64_t parts_of(const ConvolutionShape& shape, bool with_bias) {
  static Findings<int64_t> of_both, of_weight;
  return with_bias ? of_both.of(shape, parts_of_weight_grads<true>)
                   : of_weight.of(shape, parts_of_weight_grads<false>);
}

struct Conv2d : torch::autograd::Function<Conv2d> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input,
                            const at::Tensor& weight, const std::optional<at::Tensor>& bias) {
    context->save_for_backward({input, weight});
    context->saved_data["has_bias"] = bias.has_value();
    return convolution_forward(shape_of(input, weight), input, weight, bias.value_or(at::Tensor()));
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const auto saved = context->get_saved_variables();
    const auto &input = saved[0], &weight = saved[1];
    const bool has_bias = context->saved_data["has_bias"].toBool();
    const std::array<bool, 3> mask{context->needs_input_grad(0), context->needs_input_grad(1),
                                   has_bias && context->needs_input_grad(2)};
    // A gradient that is to be differentiated itself: libtorch's can be.
    const auto shape = shape_of(input, weight);
    const bool is_own = !at::GradMode::is_enabled() && mask[1] && is_plain(grads[0]);
    const auto parts = is_own ? parts_of(shape, mask[2]) : 0;
    if (parts == 0) {
      const auto [of_input, of_weight, of_bias] = grads_by_libtorch(grads[0], input, weight, mask);
      return {of_input, of_weight, of_bias};
    }
    const auto [of_weight, of_bias] = convolution_weight_grads(shape, input, grads[0], parts);
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
  return fits(*input, *weight, at::Tensor()) && parts_of(shape_of(*input, *weight), true) > 0;
}
