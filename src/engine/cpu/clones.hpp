#pragma once

// For loops that the compiler turns into vector instructions: compiled for several generations of processors,
// the best one is taken when the library is loaded. Sanitizers' runtimes are not ready by then, and clang 14
// lacks it: there one version has to do.
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__) &&                 \
    !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
#define KIZUNA_CLONES                                                                                        \
    __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default"), optimize("O3")))
#elif defined(__GNUC__) && !defined(__clang__)
#define KIZUNA_CLONES __attribute__((optimize("O3")))
#else
#define KIZUNA_CLONES
#endif
