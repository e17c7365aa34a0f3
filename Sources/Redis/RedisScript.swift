internal import Crypto

/// A program that the server runs as one step. The server remembers programs; one that it does not know is sent along.
struct RedisScript: Sendable {
    /// What the server answers if it does not know a digest.
    static let unknown = "NOSCRIPT"

    private let source: String
    /// As the server names it: the SHA-1 of its text.
    private let digest: String

    init(_ source: String) {
        self.source = source
        let digits = Array("0123456789abcdef".utf8)
        let bytes = Insecure.SHA1.hash(data: Array(source.utf8)).flatMap {
            [digits[Int($0 >> 4)], digits[Int($0 & 15)]]
        }
        digest = String(decoding: bytes, as: UTF8.self)
    }

    /// Runs it on one key.
    func run(
        _ client: RedisClient,
        key: String,
        _ arguments: RedisCommand.Word...
    ) async throws(RedisError) -> RedisReply {
        let rest: [RedisCommand.Word] = ["1", .text(key)] + arguments
        do {
            return try await client.send(RedisCommand(["EVALSHA", .text(digest)] + rest))
        } catch {
            guard error.serverCode == Self.unknown else { throw error }
            return try await client.send(RedisCommand(["EVAL", .text(source)] + rest))
        }
    }
}
