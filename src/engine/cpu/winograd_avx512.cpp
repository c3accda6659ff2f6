#define KIZUNA_WINOGRAD_VECTOR 16
#define KIZUNA_WINOGRAD_BLOCK 4
#define KIZUNA_WINOGRAD_TILES 6
#include "engine/cpu/winograd_loops.hpp"

namespace kizuna::cpu {

const WinogradKernel winograd_avx512{"Winograd AVX-512", vector_floats, KIZUNA_WINOGRAD_BLOCK, run};

} // namespace kizuna::cpu
