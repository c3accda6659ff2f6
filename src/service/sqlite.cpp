#include "service/sqlite.hpp"

#include "kizuna/error.hpp"

#include <chrono>
#include <sqlite3.h>
#include <thread>

#include <fmt/format.h>

namespace kizuna {

namespace {

/// How long another process may hold the database.
constexpr std::chrono::milliseconds patience{5000};

} // namespace

Database::Database(const std::filesystem::path& path)
    : path_(path.string())
    , handle_(nullptr, &sqlite3_close) {
    sqlite3* handle = nullptr;
    constexpr int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    const int code = sqlite3_open_v2(path_.c_str(), &handle, flags, nullptr);
    handle_.reset(handle);
    if (code != SQLITE_OK) {
        fail(code);
    }
    sqlite3_busy_timeout(handle, static_cast<int>(patience.count()));
    // Readers do not wait for a writer, and a commit does not wait for the disk.
    execute("PRAGMA journal_mode = WAL");
    execute("PRAGMA synchronous = NORMAL");
}

void Database::execute(const char* sql) {
    // Changing the journal's mode does not wait as other statements do.
    const auto until = std::chrono::steady_clock::now() + patience;
    while (true) {
        const int code = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
        if (code == SQLITE_OK) {
            return;
        }
        if (code != SQLITE_BUSY || std::chrono::steady_clock::now() > until) {
            fail(code);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

void Database::fail(int code) const {
    const int kind = code & 0xFF; // without SQLite's extended part
    const bool damaged = kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB;
    throw Error(
        damaged ? ErrorCode::corrupt : ErrorCode::io,
        fmt::format("{}: {}", path_, handle_ ? sqlite3_errmsg(handle_.get()) : sqlite3_errstr(code)));
}

Database::Statement::Statement(Database& database, const char* sql)
    : database_(database)
    , statement_(nullptr, &sqlite3_finalize) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v2(database.handle_.get(), sql, -1, &statement, nullptr);
    statement_.reset(statement);
    if (code != SQLITE_OK) {
        database.fail(code);
    }
}

Database::Statement& Database::Statement::bind(int parameter, std::string_view text) {
    const int code = sqlite3_bind_text(
        statement_.get(), parameter, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
    if (code != SQLITE_OK) {
        database_.fail(code);
    }
    return *this;
}

Database::Statement& Database::Statement::bind(int parameter, std::int64_t number) {
    if (const int code = sqlite3_bind_int64(statement_.get(), parameter, number); code != SQLITE_OK) {
        database_.fail(code);
    }
    return *this;
}

bool Database::Statement::step() {
    const int code = sqlite3_step(statement_.get());
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        database_.fail(code);
    }
    return code == SQLITE_ROW;
}

std::string Database::Statement::text(int column) const {
    const auto* text = sqlite3_column_text(statement_.get(), column);
    return text == nullptr ? std::string() : reinterpret_cast<const char*>(text);
}

std::int64_t Database::Statement::number(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
}

} // namespace kizuna
