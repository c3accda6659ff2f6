#pragma once

#include "kizuna/error.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace kizuna {

/// Fields of a JSON object that came from outside: a wrong type is an Error{corrupt} that names the field.
class JsonObject {
  public:
    using Json = nlohmann::ordered_json;

    /// `what` is what errors call it. `json` must outlive this.
    JsonObject(const Json& json, std::string what)
        : json_(json)
        , what_(std::move(what)) {
        if (!json.is_object()) {
            throw Error(ErrorCode::corrupt, what_ + " is not a JSON object");
        }
    }

    [[nodiscard]] const Json* find(const char* name) const {
        const auto found = json_.find(name);
        return found == json_.end() || found->is_null() ? nullptr : &*found;
    }

    [[nodiscard]] std::optional<std::string> optional_text(const char* name) const {
        const Json* found = find(name);
        if (found != nullptr && !found->is_string()) {
            refuse(name, "a text");
        }
        return found != nullptr ? std::optional(found->get<std::string>()) : std::nullopt;
    }

    [[nodiscard]] std::string text(const char* name) const {
        const auto found = optional_text(name);
        if (!found || found->empty()) {
            refuse(name, "a text");
        }
        return *found;
    }

    [[nodiscard]] std::optional<std::uint64_t>
    optional_number(const char* name, std::uint64_t least, std::uint64_t most) const {
        const Json* found = find(name);
        if (found == nullptr) {
            return std::nullopt;
        }
        if (!found->is_number_unsigned() || found->get<std::uint64_t>() < least ||
            found->get<std::uint64_t>() > most) {
            refuse(name, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
        }
        return found->get<std::uint64_t>();
    }

    [[nodiscard]] std::uint64_t number(const char* name, std::uint64_t least, std::uint64_t most) const {
        const auto found = optional_number(name, least, most);
        if (!found) {
            refuse(name, "a whole number");
        }
        return *found;
    }

    [[nodiscard]] bool flag(const char* name) const {
        const Json* found = find(name);
        if (found != nullptr && !found->is_boolean()) {
            refuse(name, "true or false");
        }
        return found != nullptr && found->get<bool>();
    }

    /// An empty one where there is none.
    [[nodiscard]] const Json& array(const char* name) const {
        static const Json none = Json::array();
        const Json* found = find(name);
        if (found != nullptr && !found->is_array()) {
            refuse(name, "an array");
        }
        return found != nullptr ? *found : none;
    }

    [[noreturn]] void refuse(const char* name, const std::string& expected) const {
        throw Error(ErrorCode::corrupt, what_ + ": \"" + name + "\" should be " + expected);
    }

    /// Throws Error{corrupt} where the text is not JSON, {limit_exceeded} where an object in it has far more
    /// fields than any of ours.
    [[nodiscard]] static Json parse(std::string_view text, const std::string& what) {
        std::vector<std::size_t> fields; // so far, of the objects that are open, by depth
        const auto count_fields = [&](int depth, Json::parse_event_t event, const Json& /*value*/) {
            const auto level = static_cast<std::size_t>(depth);
            if (event == Json::parse_event_t::object_start) {
                fields.resize(std::max(fields.size(), level + 2));
                fields[level + 1] = 0;
            } else if (event == Json::parse_event_t::key && ++fields[level] > max_fields) {
                throw Error(
                    ErrorCode::limit_exceeded,
                    what + ": an object has more than " + std::to_string(max_fields) + " fields");
            }
            return true;
        };
        Json json = Json::parse(text, count_fields, false);
        if (json.is_discarded()) {
            throw Error(ErrorCode::corrupt, what + " is not JSON");
        }
        return json;
    }

  private:
    /// Of one object; ours have up to some twenty. One that keeps its order looks through all of them for
    /// each new one.
    static constexpr std::size_t max_fields = 1024;

    const Json& json_;
    std::string what_;
};

} // namespace kizuna
