// What Python's torch reaches in libtorch and tch does not bind. `src/native` is its only caller.
//
// A function that can fail returns what went wrong, to be freed by `twin_free`, or null.

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/TensorIterator.h>
#include <ATen/TracerMode.h>
#include <ATen/Version.h>
#include <ATen/detail/AcceleratorHooksInterface.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/csrc/jit/runtime/print_handler.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>
#include <type_traits>
#include <utility>

namespace {

template <class Function>
char* failure_of(Function function) {
  try {
    function();
    return nullptr;
  } catch (const std::exception& error) {
    return strdup(error.what());
  } catch (...) {
    return strdup("an unknown exception");
  }
}

// Whether the next draws stay within the words of the state, which `set_state` does not check.
bool counters_fit(const at::mt19937_data_pod& data) {
  const auto words = at::MERSENNE_STATE_N;
  const bool is_fresh = data.left_ == 1 && data.next_ == 0;
  const bool is_used = data.next_ >= 1 && data.next_ <= static_cast<uint32_t>(words) &&
                       data.left_ == words + 1 - static_cast<int>(data.next_);
  return data.seeded_ && (is_fresh || is_used);
}

// Whether libtorch itself could have given `state` for a generator on the CPU.
bool is_cpu_state(const at::Tensor& state) {
  auto generator = at::detail::createCPUGenerator();
  generator.set_state(state);
  auto* cpu = at::check_generator<at::CPUGeneratorImpl>(generator);
  return counters_fit(cpu->engine().data()) && at::equal(generator.get_state(), state);
}

// The last two dimensions of a contiguous tensor.
template <class Value>
struct Plane {
  Value* values;
  int64_t height;
  int64_t width;

  Value& at(int64_t row, int64_t column) const { return values[row * width + column]; }
};

// Calls `work` with each plane of `from` and its plane of `to`, both contiguous and float32, on
// libtorch's threads. (`at::parallel_for` would bring OpenMP into this file, and with it a second
// set of threads where libtorch has a copy of OpenMP's library to itself.)
template <class Work>
void for_each_plane(const at::Tensor& from, const at::Tensor& to, const Work& work) {
  const auto plane_of = [](const at::Tensor& tensor, auto* values) {
    return Plane<std::remove_pointer_t<decltype(values)>>{values, tensor.size(-2), tensor.size(-1)};
  };
  const auto size_of = [](const at::Tensor& tensor) { return tensor.size(-2) * tensor.size(-1); };
  const auto first_values = [&](const at::Tensor& tensor) {
    return tensor.as_strided({tensor.numel() / size_of(tensor)}, {size_of(tensor)});
  };
  auto planes = at::TensorIteratorConfig()
                    .set_check_mem_overlap(false)
                    .resize_outputs(false)
                    .add_owned_output(first_values(to))
                    .add_owned_const_input(first_values(from))
                    .build();
  const auto work_on_many = [&](char** data, const int64_t* strides, int64_t count) {
    for (int64_t index = 0; index < count; ++index) {
      work(plane_of(from, reinterpret_cast<const float*>(data[1] + index * strides[1])),
           plane_of(to, reinterpret_cast<float*>(data[0] + index * strides[0])));
    }
  };
  const auto values = std::max(size_of(from), size_of(to));
  planes.for_each(work_on_many, std::max<int64_t>(1, at::internal::GRAIN_SIZE / values));
}

// As libtorch does: each sum begins at 0 and goes row by row, and each average is added to 0, which
// a negative zero shows.
template <class Number>
void average(Plane<const float> input, Plane<float> output, Number size, Number stride) {
  for (int64_t y = 0; y < output.height; ++y) {
    for (int64_t x = 0; x < output.width; ++x) {
      float sum = 0;
      for (int64_t row = 0; row < size; ++row) {
        for (int64_t column = 0; column < size; ++column) {
          sum += input.at(y * stride + row, x * stride + column);
        }
      }
      output.at(y, x) = 0.0f + sum / static_cast<float>(size * size);
    }
  }
}

// As libtorch does: each share is added to 0, which a negative zero shows.
template <class Number>
void average_backward(Plane<const float> grad, Plane<float> input_grad, Number size,
                      Number stride) {
  std::fill_n(input_grad.values, input_grad.height * input_grad.width, 0.0f);
  for (int64_t y = 0; y < grad.height; ++y) {
    for (int64_t x = 0; x < grad.width; ++x) {
      const float share = grad.at(y, x) / static_cast<float>(size * size);
      for (int64_t row = 0; row < size; ++row) {
        for (int64_t column = 0; column < size; ++column) {
          input_grad.at(y * stride + row, x * stride + column) += share;
        }
      }
    }
  }
}

// Calls `work` with size and stride of a window. Of the commonest, the compiler knows both, and
// makes vector instructions.
template <class Work>
void with_window(int64_t size, int64_t stride, const Work& work) {
  using Two = std::integral_constant<int64_t, 2>;
  if (size == 2 && stride == 2) {
    work(Two(), Two());
  } else {
    work(size, stride);
  }
}

// `F.avg_pool2d` with libtorch's bits in less time: libtorch pools value by value.
struct AvgPool2d : torch::autograd::Function<AvgPool2d> {
  // Whether libtorch pools as this does, and `input` is one that it takes. Windows that overlap are
  // left to it: of two NaNs in a gradient's sum, the compiler chooses which stays.
  static bool covers(const at::Tensor& input, int64_t size, int64_t stride) {
    return input.layout() == at::kStrided && input.is_cpu() && input.scalar_type() == at::kFloat &&
           (input.dim() == 3 || input.dim() == 4) && input.numel() > 0 && input.is_contiguous() &&
           input.suggest_memory_format() == at::MemoryFormat::Contiguous && !input.is_neg() &&
           0 < size && size <= stride && size <= std::min(input.size(-2), input.size(-1)) &&
           !at::tracer::impl::is_dispatch_enabled();
  }

  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& input,
                            int64_t size, int64_t stride) {
    context->saved_data["input_size"] = input.sizes();
    context->saved_data["size"] = size;
    context->saved_data["stride"] = stride;
    auto output_size = input.sizes().vec();
    for (auto length = output_size.end() - 2; length != output_size.end(); ++length) {
      *length = (*length - size) / stride + 1;
    }
    auto output = at::empty(output_size, input.options());
    with_window(size, stride, [&](auto size, auto stride) {
      for_each_plane(input, output,
                     [&](auto from, auto to) { average(from, to, size, stride); });
    });
    return output;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& grads) {
    const auto input_size = context->saved_data["input_size"].toIntVector();
    const auto size = context->saved_data["size"].toInt();
    const auto stride = context->saved_data["stride"].toInt();
    auto input_grad = at::empty(input_size, grads[0].options());
    if (at::GradMode::is_enabled()) {
      // A gradient that is to be differentiated itself: libtorch's can be.
      input_grad = at::avg_pool2d_backward(grads[0], input_grad, size, stride, 0, false, true, {});
    } else {
      with_window(size, stride, [&](auto size, auto stride) {
        for_each_plane(grads[0].contiguous(), input_grad,
                       [&](auto from, auto to) { average_backward(from, to, size, stride); });
      });
    }
    return {input_grad, {}, {}};
  }
};

}  // namespace

extern "C" {

void twin_free(char* text) { std::free(text); }

at::Generator* twin_generator_cpu(uint64_t seed) {
  at::Generator* generator = nullptr;
  twin_free(failure_of([&] { generator = new at::Generator(at::detail::createCPUGenerator(seed)); }));
  return generator;
}

char* twin_generator_cuda(int index, uint64_t seed, at::Generator** made) {
  return failure_of([&] {
    const auto& hooks = at::globalContext().getAcceleratorHooksInterface(at::kCUDA);
    auto generator = hooks.getNewGenerator(static_cast<at::DeviceIndex>(index));
    generator.set_current_seed(seed);
    *made = new at::Generator(std::move(generator));
  });
}

void twin_generator_drop(at::Generator* generator) { delete generator; }

char* twin_generator_get_state(const at::Generator* generator, at::Tensor** state) {
  return failure_of([&] {
    *state = new at::Tensor(generator->get_state());
  });
}

// Leaves `is_state` false, and the generator as it was, where `state` is none.
char* twin_generator_set_state(at::Generator* generator, const at::Tensor* state, bool* is_state) {
  return failure_of([&] {
    if (generator->device().is_cpu() && !is_cpu_state(*state)) {
      return;
    }
    generator->set_state(*state);
    *is_state = true;
  });
}

char* twin_random(at::Tensor* tensor, const at::Generator* generator) {
  return failure_of([&] { tensor->random_(*generator); });
}

char* twin_uniform(at::Tensor* tensor, double from, double to, const at::Generator* generator) {
  return failure_of([&] { tensor->uniform_(from, to, *generator); });
}

char* twin_normal(at::Tensor* tensor, double mean, double std, const at::Generator* generator) {
  return failure_of([&] { tensor->normal_(mean, std, *generator); });
}

char* twin_bernoulli(at::Tensor* tensor, double p, const at::Generator* generator) {
  return failure_of([&] { tensor->bernoulli_(p, *generator); });
}

char* twin_randperm(int64_t n, const at::Generator* generator, at::Tensor** order) {
  return failure_of([&] {
    const auto options = at::TensorOptions().dtype(at::kLong).device(generator->device());
    *order = new at::Tensor(at::randperm(n, *generator, options));
  });
}

char* twin_avg_pool2d(const at::Tensor* input, int64_t size, int64_t stride, at::Tensor** output) {
  return failure_of([&] {
    *output = new at::Tensor(AvgPool2d::covers(*input, size, stride)
                                 ? AvgPool2d::apply(*input, size, stride)
                                 : at::avg_pool2d(*input, size, stride));
  });
}

// As `x.grad = None`.
char* twin_reset_grad(const at::Tensor* tensor) {
  return failure_of([&] { tensor->mutable_grad().reset(); });
}

// Standard output is the caller's; what a TorchScript program prints goes to standard error.
char* twin_print_to_stderr() {
  return failure_of([] {
    torch::jit::setPrintHandler([](const std::string& text) { std::fputs(text.c_str(), stderr); });
  });
}

char* twin_cpu_capability(char** capability) {
  return failure_of([&] { *capability = strdup(at::get_cpu_capability().c_str()); });
}

bool twin_deterministic() { return at::globalContext().deterministicAlgorithms(); }

bool twin_deterministic_warn_only() {
  return at::globalContext().deterministicAlgorithmsWarnOnly();
}

void twin_set_deterministic(bool on, bool warn_only) {
  at::globalContext().setDeterministicAlgorithms(on, warn_only);
}

bool twin_cudnn_deterministic() { return at::globalContext().deterministicCuDNN(); }

void twin_set_cudnn_deterministic(bool on) { at::globalContext().setDeterministicCuDNN(on); }

bool twin_cudnn_benchmark() { return at::globalContext().benchmarkCuDNN(); }

void twin_set_cudnn_benchmark(bool on) { at::globalContext().setBenchmarkCuDNN(on); }

char* twin_cudnn_allow_tf32(bool* on) {
  return failure_of([&] { *on = at::globalContext().allowTF32CuDNN(); });
}

char* twin_set_cudnn_allow_tf32(bool on) {
  return failure_of([&] { at::globalContext().setAllowTF32CuDNN(on); });
}

char* twin_matmul_allow_tf32(bool* on) {
  return failure_of([&] { *on = at::globalContext().allowTF32CuBLAS(); });
}

char* twin_set_matmul_allow_tf32(bool on) {
  return failure_of([&] { at::globalContext().setAllowTF32CuBLAS(on); });
}

}  // extern "C"
