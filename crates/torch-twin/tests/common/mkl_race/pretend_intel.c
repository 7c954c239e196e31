/* LD_PRELOAD: MKL takes this processor for one of Intel's, and runs the kernels that it has for those. */

int mkl_serv_intel_cpu_true(void) { return 1; }
int mkl_serv_intel_cpu(void) { return 1; }
