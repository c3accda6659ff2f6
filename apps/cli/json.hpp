#pragma once

#include "kizuna/device.hpp"
#include "kizuna/error.hpp"
#include "kizuna/image_file.hpp"
#include "kizuna/model.hpp"

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

// What the program says to other programs. Bytes that are not UTF-8 become U+FFFD.
namespace kizuna::cli {

/// A value of one field.
class JsonValue {
  public:
    JsonValue(const char* value)
        : value_(std::string(value)) {}

    JsonValue(std::string value)
        : value_(std::move(value)) {}

    JsonValue(bool value)
        : value_(value) {}

    JsonValue(double value)
        : value_(value) {}

    template <std::integral Integer>
    JsonValue(Integer value)
        : value_(static_cast<std::int64_t>(value)) {}

    [[nodiscard]] const std::variant<bool, std::int64_t, double, std::string>& get() const { return value_; }

  private:
    std::variant<bool, std::int64_t, double, std::string> value_;
};

using JsonFields = std::vector<std::pair<std::string, JsonValue>>;

/// On one line, fields in this order.
[[nodiscard]] std::string json_object(const JsonFields& fields);

[[nodiscard]] std::string devices_as_json(std::span<const Device> devices, bool probed);
[[nodiscard]] std::string models_as_json(std::span<const ModelEntry> models);
[[nodiscard]] std::string checks_as_json(std::span<const ModelCheck> checks);

[[nodiscard]] std::string picture_as_json(const std::string& path, const ImageFileInfo& info);
[[nodiscard]] std::string network_as_json(const ModelInfo& info);
[[nodiscard]] std::string error_as_json(const std::string& path, const Error& error);
/// The elements are JSON themselves.
[[nodiscard]] std::string json_array(std::span<const std::string> elements);

} // namespace kizuna::cli
