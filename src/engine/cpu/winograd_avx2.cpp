#define KIZUNA_WINOGRAD_VECTOR 8
#define KIZUNA_WINOGRAD_BLOCK 2
#define KIZUNA_WINOGRAD_TILES 6
#include "engine/cpu/winograd_loops.hpp"

namespace kizuna::cpu {

const WinogradKernel winograd_avx2{"Winograd AVX2", vector_floats, KIZUNA_WINOGRAD_BLOCK, run};

} // namespace kizuna::cpu
