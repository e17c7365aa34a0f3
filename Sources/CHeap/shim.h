// glibc's settings of its heap, which its Swift module leaves out.
#if defined(__GLIBC__) || defined(__linux__)
#include <malloc.h>
#endif
