#include "engine/onnxruntime/staging.hpp"

#include "base/log.hpp"

#include <fmt/format.h>

namespace kizuna::ort {

StagingSource::StagingSource(const Ort::Session& session, const std::optional<Ort::MemoryInfo>& pinned)
    : ordinary_(Ort::MemoryInfo::CreateCpu(OrtDeviceAllocator, OrtMemTypeDefault)) {
    if (!pinned) {
        return;
    }
    try {
        pinned_.emplace(session, *pinned);
    } catch (const Ort::Exception& error) {
        log(LogLevel::debug, fmt::format("tiles go through ordinary memory: {}", error.what()));
    }
}

// Pinned memory is scarce: where there is none left, ordinary memory does.
std::optional<Ort::MemoryAllocation> StagingSource::allocate(std::size_t bytes) {
    if (!pinned_) {
        return std::nullopt;
    }
    try {
        return pinned_->GetAllocation(bytes);
    } catch (const Ort::Exception& error) {
        log(LogLevel::debug, fmt::format("a tile goes through ordinary memory: {}", error.what()));
        return std::nullopt;
    }
}

const OrtMemoryInfo* StagingSource::where(bool is_pinned) const {
    return is_pinned ? static_cast<const OrtMemoryInfo*>(pinned_->GetInfo()) : ordinary_;
}

std::uint8_t* Staging::room(std::size_t bytes, StagingSource& source) {
    if (bytes > bytes_) {
        bytes_ = 0;
        pinned_.reset();
        pinned_ = source.allocate(bytes);
        ordinary_.resize(pinned_ ? 0 : bytes);
        bytes_ = bytes;
    }
    return pinned_ ? static_cast<std::uint8_t*>(pinned_->get()) : ordinary_.data();
}

Ort::Value Staging::tensor(const std::vector<std::int64_t>& sides, std::size_t bytes, StagingSource& source) {
    std::uint8_t* const data = room(bytes, source);
    return Ort::Value::CreateTensor<std::uint8_t>(
        source.where(pinned_.has_value()), data, bytes, sides.data(), sides.size());
}

} // namespace kizuna::ort
