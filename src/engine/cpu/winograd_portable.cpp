#define KIZUNA_WINOGRAD_VECTOR 4
#define KIZUNA_WINOGRAD_BLOCK 2
#define KIZUNA_WINOGRAD_TILES 6
#include "engine/cpu/winograd_loops.hpp"

namespace kizuna::cpu {

const WinogradKernel winograd_portable{"Winograd portable", vector_floats, KIZUNA_WINOGRAD_BLOCK, run};

} // namespace kizuna::cpu
