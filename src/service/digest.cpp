#include "service/digest.hpp"

#include "base/byte_stream.hpp"

#include "kizuna/error.hpp"

#include <memory>
#include <openssl/evp.h>
#include <string_view>
#include <vector>

namespace kizuna {

namespace {

/// Files are hashed as fast in pieces of this size as in any larger.
constexpr std::size_t hashed_piece_bytes = std::size_t{256} << 10U;

/// One hash in the making. OpenSSL's functions fail only where memory runs out or its configuration forbids
/// the algorithm.
class Digest {
  public:
    explicit Digest(const EVP_MD* algorithm)
        : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
        check(context_ != nullptr && EVP_DigestInit_ex(context_.get(), algorithm, nullptr) == 1);
    }

    void add(std::span<const std::byte> bytes) {
        check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
    }

    [[nodiscard]] std::vector<unsigned char> finish() {
        std::vector<unsigned char> hash(EVP_MAX_MD_SIZE);
        unsigned int length = 0;
        check(EVP_DigestFinal_ex(context_.get(), hash.data(), &length) == 1);
        hash.resize(length);
        return hash;
    }

  private:
    static void check(bool succeeded) {
        if (!succeeded) {
            throw Error(ErrorCode::internal, "OpenSSL cannot compute a hash");
        }
    }

    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

std::string in_hexadecimal(std::span<const unsigned char> hash) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const unsigned char byte : hash) {
        text += digits[byte >> 4U];
        text += digits[byte & 15U];
    }
    return text;
}

std::string in_base64(std::span<const unsigned char> hash) {
    std::string text((hash.size() + 2) / 3 * 4 + 1, '\0'); // and the zero that OpenSSL ends it with
    const int length = EVP_EncodeBlock(
        static_cast<unsigned char*>(static_cast<void*>(text.data())), hash.data(),
        static_cast<int>(hash.size()));
    text.resize(static_cast<std::size_t>(length));
    return text;
}

std::vector<unsigned char> hash_of_file(const std::filesystem::path& path, const EVP_MD* algorithm) {
    const auto file = open_file(path);
    Digest digest(algorithm);
    std::vector<std::byte> piece(hashed_piece_bytes);
    while (const std::size_t count = file->read(piece)) {
        digest.add(std::span(piece).first(count));
    }
    return digest.finish();
}

} // namespace

std::string sha256_of(std::span<const std::byte> bytes) {
    Digest digest(EVP_sha256());
    digest.add(bytes);
    return in_hexadecimal(digest.finish());
}

std::string sha256_of_file(const std::filesystem::path& path) {
    return in_hexadecimal(hash_of_file(path, EVP_sha256()));
}

std::string sha512_of_file(const std::filesystem::path& path) {
    return in_base64(hash_of_file(path, EVP_sha512()));
}

} // namespace kizuna
