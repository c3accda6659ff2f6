#include "base/checked.hpp"

namespace kizuna {

void throw_overflow(std::string_view what) {
    throw Error(ErrorCode::limit_exceeded, std::string(what) + " is too large");
}

} // namespace kizuna
