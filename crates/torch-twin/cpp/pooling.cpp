// `F.avg_pool2d` and `F.max_pool2d` in less time than libtorch's, with its bits.

#include "failure.h"
#include "tasks.h"

#include <ATen/ATen.h>
#include <ATen/TracerMode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// The planes of a contiguous tensor: its last two dimensions, one after another.
template <class Value>
struct Planes {
  Value* values;
  int64_t height;
  int64_t width;

  Value& at(int64_t plane, int64_t row, int64_t column) const {
    return values[(plane * height + row) * width + column];
  }
  void fill(int64_t plane, Value value) const {
    std::fill_n(&at(plane, 0, 0), height * width, value);
  }
};

template <class Value>
Planes<const Value> planes_of(const at::Tensor& tensor) {
  return {tensor.const_data_ptr<Value>(), tensor.size(-2), tensor.size(-1)};
}

template <class Value>
Planes<Value> mutable_planes_of(const at::Tensor& tensor) {
  return {tensor.mutable_data_ptr<Value>(), tensor.size(-2), tensor.size(-1)};
}

// A square window, moved over planes without padding.
struct Window {
  int64_t size;
  int64_t stride;

  // Whether the pooling below takes `input` and gives libtorch's bits for it. Windows that overlap
  // are left to libtorch: of two NaNs in a gradient's sum, the compiler chooses which stays.
  bool fits(const at::Tensor& input) const {
    return input.layout() == at::kStrided && input.is_cpu() && input.scalar_type() == at::kFloat &&
           (input.dim() == 3 || input.dim() == 4) && input.numel() > 0 && input.is_contiguous() &&
           input.suggest_memory_format() == at::MemoryFormat::Contiguous && !input.is_neg() &&
           0 < size && size <= stride && size <= std::min(input.size(-2), input.size(-1)) &&
           input.size(-2) * input.size(-1) <= std::numeric_limits<int32_t>::max() &&
           !at::tracer::impl::is_dispatch_enabled();
  }

  at::Tensor new_output(const at::Tensor& input) const {
    auto shape = input.sizes().vec();
    for (auto length = shape.end() - 2; length != shape.end(); ++length) {
      *length = (*length - size) / stride + 1;
    }
    return at::empty(shape, input.options());
  }

  // The gradient of a gradient depends on whether the input requires one, as PyTorch's does.
  void save(AutogradContext* context, variable_list tensors) const {
    context->save_for_backward(std::move(tensors));
    context->set_materialize_grads(false);
    context->saved_data["window"] = std::vector<int64_t>{size, stride};
  }

  static Window saved(AutogradContext* context) {
    const auto window = context->saved_data["window"].toIntVector();
    return {window[0], window[1]};
  }

  // Calls `work` with the number of each plane of `output` and with size and stride. The compiler
  // knows both numbers of the commonest window, and makes vector instructions of them.
  template <class Work>
  void for_each_plane(const at::Tensor& output, int64_t cost, const Work& work) const {
    const auto planes = output.numel() / (output.size(-2) * output.size(-1));
    if (size == 2 && stride == 2) {
      using Two = std::integral_constant<int64_t, 2>;
      for_each_task(planes, cost, [&](int64_t plane) { work(plane, Two(), Two()); });
    } else {
      for_each_task(planes, cost, [&](int64_t plane) { work(plane, size, stride); });
    }
  }
};

int64_t plane_size(const at::Tensor& tensor) { return tensor.size(-2) * tensor.size(-1); }

// As libtorch does: each sum begins at 0 and goes row by row, and each average is added to 0, which
// a negative zero shows.
template <class Number>
void average(Planes<const float> input, Planes<float> output, int64_t plane, Number size,
             Number stride) {
  for (int64_t y = 0; y < output.height; ++y) {
    for (int64_t x = 0; x < output.width; ++x) {
      float sum = 0;
      for (int64_t row = 0; row < size; ++row) {
        for (int64_t column = 0; column < size; ++column) {
          sum += input.at(plane, y * stride + row, x * stride + column);
        }
      }
      output.at(plane, y, x) = 0.0f + sum / static_cast<float>(size * size);
    }
  }
}

// As libtorch does: each share is added to 0, which a negative zero shows.
template <class Number>
void average_backward(Planes<const float> grad, Planes<float> input_grad, int64_t plane,
                      Number size, Number stride) {
  input_grad.fill(plane, 0);
  for (int64_t y = 0; y < grad.height; ++y) {
    for (int64_t x = 0; x < grad.width; ++x) {
      const float share = grad.at(plane, y, x) / static_cast<float>(size * size);
      for (int64_t row = 0; row < size; ++row) {
        for (int64_t column = 0; column < size; ++column) {
          input_grad.at(plane, y * stride + row, x * stride + column) += share;
        }
      }
    }
  }
}

// `F.avg_pool2d` in less time than libtorch's, which goes value by value.
struct AvgPool2d : torch::autograd::Function<AvgPool2d> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input, Window window) {
    window.save(context, {input});
    auto output = window.new_output(input);
    const auto from = planes_of<float>(input);
    const auto to = mutable_planes_of<float>(output);
    window.for_each_plane(output, plane_size(input),
                          [&](auto... place) { average(from, to, place...); });
    return output;
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    if (!grads[0].defined()) {
      return variable_list(2);
    }
    const auto window = Window::saved(context);
    const auto input = context->get_saved_variables()[0];
    if (at::GradMode::is_enabled()) {
      // A gradient that is to be differentiated itself: libtorch's can be.
      return {at::avg_pool2d_backward(grads[0], input, window.size, window.stride, 0, false, true,
                                      {}),
              {}};
    }
    auto input_grad = at::empty(input.sizes(), grads[0].options());
    const auto grad = grads[0].contiguous().resolve_neg();
    const auto from = planes_of<float>(grad);
    const auto to = mutable_planes_of<float>(input_grad);
    window.for_each_plane(input_grad, plane_size(input_grad),
                          [&](auto... place) { average_backward(from, to, place...); });
    return {input_grad, {}};
  }
};

// Beside each maximum, where in its plane it stands: the first of equal values, or the last NaN.
template <class Number>
void maximum(Planes<const float> input, Planes<float> output, Planes<int32_t> indices,
             int64_t plane, Number size, Number stride) {
  const auto index_of = [&](int64_t row, int64_t column) {
    return static_cast<int32_t>(row * input.width + column);
  };
  for (int64_t y = 0; y < output.height; ++y) {
    for (int64_t x = 0; x < output.width; ++x) {
      float largest = -std::numeric_limits<float>::infinity();
      int32_t index = index_of(y * stride, x * stride);
      for (int64_t row = 0; row < size; ++row) {
        for (int64_t column = 0; column < size; ++column) {
          const float value = input.at(plane, y * stride + row, x * stride + column);
          // Without branches, so that vector instructions can be made of it.
          const bool is_taken = (value > largest) | (value != value);
          largest = is_taken ? value : largest;
          index = is_taken ? index_of(y * stride + row, x * stride + column) : index;
        }
      }
      output.at(plane, y, x) = largest;
      indices.at(plane, y, x) = index;
    }
  }
}

// As libtorch does: each gradient is added to 0, which a negative zero shows.
void maximum_backward(Planes<const float> grad, Planes<const int32_t> indices,
                      Planes<float> input_grad, int64_t plane) {
  input_grad.fill(plane, 0);
  for (int64_t y = 0; y < grad.height; ++y) {
    for (int64_t x = 0; x < grad.width; ++x) {
      input_grad.at(plane, 0, indices.at(plane, y, x)) += grad.at(plane, y, x);
    }
  }
}

// `F.max_pool2d` in less time than libtorch's, which branches at every value.
struct MaxPool2d : torch::autograd::Function<MaxPool2d> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input, Window window) {
    auto output = window.new_output(input);
    const auto indices = at::empty(output.sizes(), output.options().dtype(at::kInt));
    window.save(context, {input, indices});
    const auto from = planes_of<float>(input);
    const auto to = mutable_planes_of<float>(output);
    const auto places = mutable_planes_of<int32_t>(indices);
    window.for_each_plane(output, plane_size(input),
                          [&](auto... place) { maximum(from, to, places, place...); });
    return output;
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    if (!grads[0].defined()) {
      return variable_list(2);
    }
    const auto window = Window::saved(context);
    const auto saved = context->get_saved_variables();
    const auto &input = saved[0], &indices = saved[1];
    if (at::GradMode::is_enabled()) {
      return {at::max_pool2d_with_indices_backward(grads[0], input, window.size, window.stride, 0, 1,
                                                   false, indices.to(at::kLong)),
              {}};
    }
    auto input_grad = at::empty(input.sizes(), grads[0].options());
    const auto grad = grads[0].contiguous().resolve_neg();
    const auto from = planes_of<float>(grad);
    const auto places = planes_of<int32_t>(indices);
    const auto to = mutable_planes_of<float>(input_grad);
    window.for_each_plane(input_grad, plane_size(input_grad), [&](int64_t plane, auto, auto) {
      maximum_backward(from, places, to, plane);
    });
    return {input_grad, {}};
  }
};

}  // namespace

extern "C" {

char* twin_avg_pool2d(const at::Tensor* input, int64_t size, int64_t stride, at::Tensor** output) {
  return failure_of([&] {
    const Window window{size, stride};
    *output = new at::Tensor(window.fits(*input) ? AvgPool2d::apply(*input, window)
                                                 : at::avg_pool2d(*input, size, stride));
  });
}

char* twin_max_pool2d(const at::Tensor* input, int64_t size, int64_t stride, at::Tensor** output) {
  return failure_of([&] {
    const Window window{size, stride};
    *output = new at::Tensor(window.fits(*input) ? MaxPool2d::apply(*input, window)
                                                 : at::max_pool2d(*input, size, stride));
  });
}

}  // extern "C"
