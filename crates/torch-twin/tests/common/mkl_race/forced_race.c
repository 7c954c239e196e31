/* LD_PRELOAD: has a second thread come through the window of MKL's race, and says how many threads computed then.

mkl_vml_serv_cpu_detect, which every function of MKL's vector mathematics calls, does without a lock:

    if (vml_cpu_type == -1) {
      vml_cpu_type = mkl_serv_vml_cpu_detect();
      vml_cpu_type = table[vml_cpu_type];
    }
    return vml_cpu_type;

Both functions are wrapped here, to delay threads and for nothing else. The thread that detects makes the first of the
stores and waits until another has called mkl_vml_serv_cpu_detect; the others do not call it before that store. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define UNKNOWN (-1)
#define LONGEST_WAIT_MILLISECONDS 10000

typedef int (*Function)(void);

enum Stage { BEFORE, DETECTING, IN_WINDOW, SEEN };

static _Atomic enum Stage stage = BEFORE;
static volatile int *vml_cpu_type;
static Function omp_num_threads;

/* A function of the library that holds `code`, or of those that it needs. */
static Function function_beside(const void *code, const char *name) {
  Dl_info library;
  dladdr(code, &library);
  return (Function)dlsym(dlopen(library.dli_fname, RTLD_LAZY | RTLD_NOLOAD), name);
}

/* The variable of `mov displacement(%rip), %eax; cmp $-1, %eax`, if a function begins so. */
static volatile int *compared_first(Function function) {
  const unsigned char *code = (const unsigned char *)function;
  int32_t displacement;
  if (memcmp(code, "\x8b\x05", 2) != 0 || memcmp(code + 6, "\x83\xf8\xff", 3) != 0) {
    return NULL;
  }
  memcpy(&displacement, code + 2, sizeof displacement);
  return (volatile int *)(code + 6 + displacement);
}

static void wait_while(enum Stage at) {
  for (int wait = 0; stage == at && wait < LONGEST_WAIT_MILLISECONDS; wait++) {
    usleep(1000);
  }
}

/* Makes this thread the one that detects, if there is none and the type is unknown. */
static int begins_to_detect(void) {
  enum Stage before = BEFORE;
  if (*vml_cpu_type != UNKNOWN || !atomic_compare_exchange_strong(&stage, &before, DETECTING)) {
    return 0;
  }
  if (*vml_cpu_type != UNKNOWN) {
    stage = BEFORE;
    return 0;
  }
  return 1;
}

int mkl_vml_serv_cpu_detect(void) {
  const void *caller = __builtin_return_address(0);
  Function original = function_beside(caller, __func__);
  omp_num_threads = function_beside(caller, "omp_get_num_threads");
  vml_cpu_type = compared_first(original);
  if (vml_cpu_type == NULL || omp_num_threads == NULL) {
    return original();
  }
  if (begins_to_detect()) {
    fprintf(stderr, "MKL detects the processor in a team of %d\n", omp_num_threads());
    int type = original();
    stage = BEFORE;
    return type;
  }
  wait_while(DETECTING);
  int type = original();
  enum Stage in_window = IN_WINDOW;
  atomic_compare_exchange_strong(&stage, &in_window, SEEN);
  return type;
}

int mkl_serv_vml_cpu_detect(void) {
  int type = function_beside(__builtin_return_address(0), __func__)();
  if (stage == DETECTING && omp_num_threads() > 1) {
    *vml_cpu_type = type;
    stage = IN_WINDOW;
    wait_while(IN_WINDOW);
  }
  return type;
}
