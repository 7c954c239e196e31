#pragma once

#include <ATen/ATen.h>
#include <ATen/TensorIterator.h>

#include <algorithm>
#include <cstdint>

// Calls `work` with the numbers from 0 to `count`, on libtorch's threads. `cost` says how much a call
// does, in values of a tensor. (With `at::parallel_for`, these files would need OpenMP, and start
// threads of their own where libtorch has OpenMP's library to itself.)
template <class Work>
void for_each_task(int64_t count, int64_t cost, const Work& work) {
  const auto tasks = at::empty({count}, at::kByte);
  const auto* first = static_cast<const char*>(tasks.const_data_ptr());
  const auto work_on_many = [&](char** data, const int64_t*, int64_t many) {
    const int64_t start = data[0] - first;
    for (int64_t task = start; task < start + many; ++task) {
      work(task);
    }
  };
  auto iterator = at::TensorIterator::borrowing_nullary_op(tasks);
  iterator.for_each(work_on_many, std::max<int64_t>(1, at::internal::GRAIN_SIZE / cost));
}
