// Sums and products whose factors tch leaves out.

#include "failure.h"

#include <ATen/ATen.h>

extern "C" {

char* twin_add(const at::Tensor* input, const at::Tensor* other, double alpha, at::Tensor** output) {
  return failure_of([&] { *output = new at::Tensor(at::add(*input, *other, alpha)); });
}

char* twin_sub(const at::Tensor* input, const at::Tensor* other, double alpha, at::Tensor** output) {
  return failure_of([&] { *output = new at::Tensor(at::sub(*input, *other, alpha)); });
}

char* twin_addcmul(const at::Tensor* input, const at::Tensor* one, const at::Tensor* other, double value,
                   at::Tensor** output) {
  return failure_of([&] { *output = new at::Tensor(at::addcmul(*input, *one, *other, value)); });
}

char* twin_addcdiv(const at::Tensor* input, const at::Tensor* one, const at::Tensor* other, double value,
                   at::Tensor** output) {
  return failure_of([&] { *output = new at::Tensor(at::addcdiv(*input, *one, *other, value)); });
}

char* twin_addmm(const at::Tensor* input, const at::Tensor* one, const at::Tensor* other, double beta,
                 double alpha, at::Tensor** output) {
  return failure_of([&] { *output = new at::Tensor(at::addmm(*input, *one, *other, beta, alpha)); });
}

}  // extern "C"
