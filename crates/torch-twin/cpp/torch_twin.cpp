// What Python's torch reaches in libtorch and tch does not bind. `src/native` is its only caller.
//
// A function that can fail returns what went wrong, to be freed by `twin_free`, or null.

#include "failure.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/Version.h>
#include <ATen/autocast_mode.h>
#include <ATen/detail/AcceleratorHooksInterface.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/jit/runtime/print_handler.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <utility>

namespace {

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

// Gives the default generator the state of this one, and this one the default's.
char* twin_exchange_with_default(at::Generator* generator) {
  return failure_of([&] {
    TORCH_CHECK(generator->device().is_cpu(),
                "a generator on a GPU cannot stand for the default one of the CPU");
    auto by_default = at::detail::getDefaultCPUGenerator();
    std::scoped_lock lock(by_default.mutex());
    const auto state = by_default.get_state();
    by_default.set_state(generator->get_state());
    generator->set_state(state);
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

char* twin_multinomial(const at::Tensor* weights, int64_t samples, bool replacement,
                       const at::Generator* generator, at::Tensor** drawn) {
  return failure_of([&] {
    *drawn = new at::Tensor(at::multinomial(*weights, samples, replacement, *generator));
  });
}

// As `x.grad = None`.
char* twin_reset_grad(const at::Tensor* tensor) {
  return failure_of([&] { tensor->mutable_grad().reset(); });
}

// As `torch.autograd.graph.increment_version(x)`.
char* twin_bump_version(const at::Tensor* tensor) {
  return failure_of([&] { tensor->unsafeGetTensorImpl()->bump_version(); });
}

bool twin_is_grad_enabled() { return c10::GradMode::is_enabled(); }

// As entering `torch.autocast`; what was set before goes to `was_enabled` and `previous`.
char* twin_autocast_enter(bool is_cuda, bool enabled, int8_t dtype, bool* was_enabled,
                          int8_t* previous) {
  return failure_of([&] {
    const auto device = is_cuda ? at::kCUDA : at::kCPU;
    *was_enabled = at::autocast::is_autocast_enabled(device);
    *previous = static_cast<int8_t>(at::autocast::get_autocast_dtype(device));
    at::autocast::set_autocast_enabled(device, enabled);
    if (enabled) at::autocast::set_autocast_dtype(device, static_cast<at::ScalarType>(dtype));
    at::autocast::increment_nesting();
  });
}

char* twin_autocast_exit(bool is_cuda, bool was_enabled, int8_t previous) {
  return failure_of([&] {
    const auto device = is_cuda ? at::kCUDA : at::kCPU;
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(device, was_enabled);
    at::autocast::set_autocast_dtype(device, static_cast<at::ScalarType>(previous));
  });
}

bool twin_is_same(const at::Tensor* one, const at::Tensor* other) { return one->is_same(*other); }

bool twin_is_sole_view(const at::Tensor* tensor) {
  return tensor->layout() == at::kStrided && tensor->is_cpu() && tensor->is_leaf() &&
         tensor->is_contiguous() && tensor->storage_offset() == 0 && !tensor->is_neg() &&
         tensor->storage().use_count() == 1;
}

// Whether nobody would see it if the values were overwritten but who holds this tensor.
bool twin_may_overwrite(const at::Tensor* tensor) {
  return tensor->use_count() == 1 && tensor->layout() == at::kStrided && !tensor->requires_grad() &&
         tensor->is_non_overlapping_and_dense() && tensor->storage().use_count() == 1;
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
