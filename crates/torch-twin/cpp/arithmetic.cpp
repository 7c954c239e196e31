// Arguments that tch leaves out of sums and products, and `torch.nn.utils.get_total_norm`.

#include "failure.h"

#include <ATen/ATen.h>
#include <ATen/native/ForeachUtils.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace {

// A number as Python hands it to `tensor * number`. C++'s `mul(Scalar)` puts the number first, and libtorch then
// rounds it to a type of 16 bits before it multiplies.
at::Tensor wrapped_number(double number) {
  auto wrapped = at::scalar_tensor(number, at::kDouble);
  wrapped.unsafeGetTensorImpl()->set_wrapped_number(true);
  return wrapped;
}

}  // namespace

extern "C" {

char* twin_add(const at::Tensor* tensor, const at::Tensor* other, double alpha, at::Tensor** sum) {
  return failure_of([&] { *sum = new at::Tensor(tensor->add(*other, alpha)); });
}

char* twin_add_(at::Tensor* tensor, const at::Tensor* other, double alpha) {
  return failure_of([&] { tensor->add_(*other, alpha); });
}

char* twin_sub(const at::Tensor* tensor, const at::Tensor* other, double alpha, at::Tensor** difference) {
  return failure_of([&] { *difference = new at::Tensor(tensor->sub(*other, alpha)); });
}

char* twin_mul(const at::Tensor* tensor, double factor, at::Tensor** product) {
  return failure_of([&] { *product = new at::Tensor(tensor->mul(wrapped_number(factor))); });
}

char* twin_mul_(at::Tensor* tensor, double factor) {
  return failure_of([&] { tensor->mul_(wrapped_number(factor)); });
}

char* twin_fill_(at::Tensor* tensor, double value) {
  return failure_of([&] { tensor->fill_(value); });
}

char* twin_clamp_(at::Tensor* tensor, double min, double max) {
  return failure_of([&] { tensor->clamp_min_(min).clamp_max_(max); });
}

char* twin_sub_(at::Tensor* tensor, const at::Tensor* other, double alpha) {
  return failure_of([&] { tensor->sub_(*other, alpha); });
}

char* twin_addcmul(const at::Tensor* tensor, const at::Tensor* a, const at::Tensor* b, double value,
                   at::Tensor** sum) {
  return failure_of([&] { *sum = new at::Tensor(tensor->addcmul(*a, *b, value)); });
}

char* twin_addcmul_(at::Tensor* tensor, const at::Tensor* a, const at::Tensor* b, double value) {
  return failure_of([&] { tensor->addcmul_(*a, *b, value); });
}

char* twin_addcdiv(const at::Tensor* tensor, const at::Tensor* a, const at::Tensor* b, double value,
                   at::Tensor** sum) {
  return failure_of([&] { *sum = new at::Tensor(tensor->addcdiv(*a, *b, value)); });
}

char* twin_addcdiv_(at::Tensor* tensor, const at::Tensor* a, const at::Tensor* b, double value) {
  return failure_of([&] { tensor->addcdiv_(*a, *b, value); });
}

char* twin_addmm(const at::Tensor* tensor, const at::Tensor* a, const at::Tensor* b, double beta, double alpha,
                 at::Tensor** sum) {
  return failure_of([&] { *sum = new at::Tensor(tensor->addmm(*a, *b, beta, alpha)); });
}

// Of all values where `dimensions` is null.
char* twin_vector_norm(const at::Tensor* tensor, double order, const int64_t* dimensions, size_t count, bool keepdim,
                       at::Tensor** norm) {
  return failure_of([&] {
    const auto among =
        dimensions == nullptr ? at::OptionalIntArrayRef() : at::OptionalIntArrayRef(at::IntArrayRef(dimensions, count));
    *norm = new at::Tensor(at::linalg_vector_norm(*tensor, order, among, keepdim));
  });
}

char* twin_clone(const at::Tensor* tensor, at::Tensor** copy) {
  return failure_of([&] { *copy = new at::Tensor(tensor->clone()); });
}

char* twin_lerp_(at::Tensor* tensor, const at::Tensor* end, double weight) {
  return failure_of([&] { tensor->lerp_(*end, weight); });
}

// `tensors` are not empty. Python takes them by device and type, in the order of the same map.
char* twin_total_norm(const at::Tensor* const* tensors, size_t count, double norm_type,
                      at::Tensor** norm) {
  return failure_of([&] {
    std::vector<std::optional<at::Tensor>> list;
    for (size_t index = 0; index < count; ++index) {
      list.emplace_back(*tensors[index]);
    }
    const auto first_device = tensors[0]->device();
    std::vector<at::Tensor> norms;
    for (const auto& [key, group] :
         at::native::_group_tensors_by_first_tensors_device_and_dtype({list}, false)) {
      std::vector<at::Tensor> of_one_type;
      for (const auto& tensor : group.first[0]) {
        of_one_type.push_back(*tensor);
      }
      for (const auto& of_tensor : at::_foreach_norm(of_one_type, norm_type)) {
        norms.push_back(of_tensor.to(first_device));
      }
    }
    *norm = new at::Tensor(at::linalg_vector_norm(at::stack(norms), norm_type));
  });
}

}  // extern "C"
