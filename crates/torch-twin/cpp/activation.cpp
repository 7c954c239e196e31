// Activations whose arguments tch leaves out, as `torch.nn.functional` has them.

#include "failure.h"

#include <ATen/ATen.h>

extern "C" {

char* twin_leaky_relu(const at::Tensor* input, double negative_slope, at::Tensor** output) {
  return failure_of([&] { *output = new at::Tensor(at::leaky_relu(*input, negative_slope)); });
}

char* twin_elu(const at::Tensor* input, double alpha, at::Tensor** output) {
  return failure_of([&] { *output = new at::Tensor(at::elu(*input, alpha)); });
}

char* twin_celu(const at::Tensor* input, double alpha, at::Tensor** output) {
  return failure_of([&] { *output = new at::Tensor(at::celu(*input, alpha)); });
}

char* twin_hardshrink(const at::Tensor* input, double lambd, at::Tensor** output) {
  return failure_of([&] { *output = new at::Tensor(at::hardshrink(*input, lambd)); });
}

char* twin_softshrink(const at::Tensor* input, double lambd, at::Tensor** output) {
  return failure_of([&] { *output = new at::Tensor(at::softshrink(*input, lambd)); });
}

char* twin_hardtanh(const at::Tensor* input, double min_val, double max_val, at::Tensor** output) {
  return failure_of([&] { *output = new at::Tensor(at::hardtanh(*input, min_val, max_val)); });
}

char* twin_softplus(const at::Tensor* input, double beta, double threshold, at::Tensor** output) {
  return failure_of([&] { *output = new at::Tensor(at::softplus(*input, beta, threshold)); });
}

char* twin_leaky_relu_(at::Tensor* input, double negative_slope) {
  return failure_of([&] { at::leaky_relu_(*input, negative_slope); });
}

char* twin_elu_(at::Tensor* input, double alpha) {
  return failure_of([&] { at::elu_(*input, alpha); });
}

char* twin_celu_(at::Tensor* input, double alpha) {
  return failure_of([&] { at::celu_(*input, alpha); });
}

char* twin_hardtanh_(at::Tensor* input, double min_val, double max_val) {
  return failure_of([&] { at::hardtanh_(*input, min_val, max_val); });
}

}  // extern "C"
