// Intel's MKL, by which libtorch computes tanh, exp, log, sqrt and others.

#include "failure.h"

#include <ATen/ATen.h>

#include <cstdlib>

extern "C" {

// Lets MKL detect the processor while no second thread can see it half done: docs/mkl-race.md.
void twin_detect_processor() {
  // If this fails, when memory runs out, so does the program's own first call.
  std::free(failure_of([] { at::tanh(at::zeros({1})); }));
}

}  // extern "C"
