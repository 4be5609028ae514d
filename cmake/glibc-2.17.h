// Put before every source of a portable build (BIOX_PORTABLE): functions that glibc gave a new version keep the first one, which
// every glibc for the processor has. Only their handling of errno differs. tools/package/prebuild.mjs fails where one is missing here.
#if defined(__x86_64__)
#define BIOX_FIRST_GLIBC "GLIBC_2.2.5"
#elif defined(__aarch64__)
#define BIOX_FIRST_GLIBC "GLIBC_2.17"
#endif

__asm__(".symver exp, exp@" BIOX_FIRST_GLIBC);
