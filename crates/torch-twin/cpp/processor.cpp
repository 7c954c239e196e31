// What the processor makes libtorch's libraries do.

#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

extern "C" {

// MKL's own functions. They are not there in a libtorch that was built without MKL.
__attribute__((weak)) int mkl_serv_cbwr_get(int option);
__attribute__((weak)) int mkl_serv_cbwr_get_auto_branch();

// Writes the 12 letters of the processor's vendor, such as `AuthenticAMD`.
bool twin_cpu_vendor([[maybe_unused]] char* vendor) {
#if defined(__x86_64__)
  unsigned highest = 0;
  unsigned letters[3] = {};
  if (__get_cpuid(0, &highest, &letters[0], &letters[2], &letters[1])) {
    std::memcpy(vendor, letters, sizeof letters);
    return true;
  }
#endif
  return false;
}

// The branch that reproducible results were asked for (`MKL_CBWR`), MKL_CBWR_BRANCH_OFF where they were not;
// 0 without MKL.
int twin_mkl_chosen_branch() {
  constexpr int MKL_CBWR_BRANCH = 1;
  return mkl_serv_cbwr_get ? mkl_serv_cbwr_get(MKL_CBWR_BRANCH) : 0;
}

// The branch that MKL takes by itself on this processor; 0 without MKL.
int twin_mkl_auto_branch() { return mkl_serv_cbwr_get_auto_branch ? mkl_serv_cbwr_get_auto_branch() : 0; }

}  // extern "C"
