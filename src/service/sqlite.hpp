#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace kizuna {

/// An SQLite database. Its functions throw Error{corrupt} where the file is damaged or no database at all,
/// else Error{io}. One thread at a time.
class Database {
  public:
    /// Made where it is missing. Waits for other processes up to a few seconds; what is committed survives
    /// the process, and the database stays whole if the machine fails.
    explicit Database(const std::filesystem::path& path);

    void execute(const char* sql);

    /// A statement that has given rows holds on to what it saw until it is gone: to write, let it go first,
    /// or the write fails where another process wrote meanwhile.
    class Statement {
      public:
        Statement(Database& database, const char* sql);

        /// Parameters are counted from 1. The text must live until the last step.
        Statement& bind(int parameter, std::string_view text);
        Statement& bind(int parameter, std::int64_t number);

        /// True while there is a row.
        [[nodiscard]] bool step();

        /// For statements without rows.
        void run() { (void)step(); }

        /// Columns are counted from 0.
        [[nodiscard]] std::string text(int column) const;
        [[nodiscard]] std::int64_t number(int column) const;

      private:
        Database& database_;
        std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement_;
    };

  private:
    [[noreturn]] void fail(int code) const;

    std::string path_;
    std::unique_ptr<sqlite3, int (*)(sqlite3*)> handle_;
};

} // namespace kizuna
