#pragma once

#include <ATen/ATen.h>

#include <compare>
#include <cstdint>
#include <utility>

// A convolution with a square kernel, stride 1 and no padding.
struct ConvolutionShape {
  int64_t images, in_channels, out_channels, height, width, kernel;

  auto operator<=>(const ConvolutionShape&) const = default;

  int64_t out_height() const { return height - kernel + 1; }
  int64_t out_width() const { return width - kernel + 1; }
  int64_t out_plane() const { return out_height() * out_width(); }
};

// Whether this processor can run the functions below.
bool has_convolution_kernels();

// N × out_channels × H' × W', each value summed up row by row, column by column and channel by
// channel of its window, with the bias, which may be undefined, at last.
at::Tensor convolution_forward(const ConvolutionShape& shape, const at::Tensor& input,
                               const at::Tensor& weight, const at::Tensor& bias);

// The gradients of weight and bias, each value summed up image by image and pixel by pixel in each
// of `parts` parts of the images, and then part by part. The kernel is 3 or 5 wide.
std::pair<at::Tensor, at::Tensor> convolution_weight_grads(const ConvolutionShape& shape,
                                                           const at::Tensor& input,
                                                           const at::Tensor& grad, int64_t parts);

// The gradient of the bias alone, summed up likewise.
at::Tensor convolution_bias_grad(const ConvolutionShape& shape, const at::Tensor& grad,
                                 int64_t parts);
