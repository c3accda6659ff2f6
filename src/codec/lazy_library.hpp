#pragma once

#include <string_view>
#include <type_traits>

// Libraries that few programs need and that take long to load: opened at first use, so that starting a
// program costs nothing and a machine without them only lacks their formats.
namespace kizuna::codec {

/// A shared library, open until the process ends.
class LazyLibrary {
  public:
    /// Throws Error{unsupported} where `file` is not there, saying that reading and writing `format` needs it
    /// and which `package` has it.
    LazyLibrary(const char* file, std::string_view format, std::string_view package);

    /// Sets `function` to the library's function of that name. Throws Error{unsupported} where it lacks it.
    template <typename Function>
    void bind(Function*& function, const char* name) const {
        static_assert(std::is_function_v<Function>);
        function = reinterpret_cast<Function*>(symbol(name));
    }

  private:
    [[nodiscard]] void* symbol(const char* name) const;

    const char* file_;
    void* handle_;
};

} // namespace kizuna::codec
