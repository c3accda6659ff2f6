// What cards.cpp calls of CUDA's driver and of NVML, in one library: a machine with two cards, which the two
// count in opposite orders.
#include <cstring>

#define DRIVER extern "C" __attribute__((visibility("default")))

namespace {

constexpr const char* addresses[] = {"0000:41:00.0", "0000:01:00.0"};

int fill(char* text, const char* with) {
    std::strcpy(text, with); // NOLINT: a test's
    return 0;
}

} // namespace

DRIVER int cuInit(unsigned /*flags*/) {
    return 0;
}

DRIVER int cuDeviceGet(int* device, int ordinal) {
    *device = ordinal;
    return ordinal < 2 ? 0 : 101;
}

DRIVER int cuDeviceGetPCIBusId(char* address, int /*size*/, int device) {
    return fill(address, addresses[device]);
}

DRIVER int nvmlInit_v2() {
    return 0;
}

DRIVER int nvmlDeviceGetHandleByPciBusId_v2(const char* address, void** device) {
    static int cards[2];
    *device = &cards[std::strcmp(address, addresses[0]) == 0 ? 1 : 0];
    return 0;
}

DRIVER int nvmlDeviceGetName(void* device, char* name, unsigned /*size*/) {
    int which = 0;
    void* first = nullptr;
    nvmlDeviceGetHandleByPciBusId_v2(addresses[1], &first);
    which = device == first ? 0 : 1;
    return fill(name, which == 0 ? "Fake GT 1" : "Fake RTX 9");
}

DRIVER int nvmlSystemGetDriverVersion(char* version, unsigned /*size*/) {
    return fill(version, "580.1");
}

DRIVER int nvmlDeviceGetMemoryInfo(void* /*device*/, unsigned long long* memory) {
    memory[0] = 8ULL << 30U;
    memory[1] = 5ULL << 30U;
    memory[2] = 3ULL << 30U;
    return 0;
}
