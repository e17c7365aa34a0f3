internal import Foundation

/// Where a Redis server is, and as whom to go there: `redis://user:password@host:port/database`.
///
/// User, password, port (6379) and database (0) may be left out; IPv6 addresses stand in brackets; every part is
/// percent-encoded. The password is in `password` and nowhere else: not in descriptions, errors or logs.
package struct RedisAddress: Sendable, CustomStringConvertible {
    let host: String
    let port: Int32
    let database: Int
    /// Nil: the server's default user.
    let user: String?
    let password: String?

    /// - Throws: `RedisError` `.invalidAddress`, which says what is wrong without repeating a secret.
    package init(_ text: String) throws(RedisError) {
        guard !text.hasPrefix("rediss://") else {
            throw Self.problem(
                """
                it begins with 'rediss://', and TLS is not spoken here; run a TLS proxy such as stunnel beside this \
                program and name its address, or use 'redis://' within a private network
                """
            )
        }
        guard text.hasPrefix("redis://"), text.utf8.count <= 4096 else {
            throw Self.problem("expected one such as 'redis://:password@host:6379/0'")
        }
        let (authority, path) = Self.halves(text.dropFirst(8), at: "/")
        // A password may hold '@' by mistake; hosts cannot.
        let at = authority.lastIndex(of: "@")
        (user, password) = try Self.credentials(at.map { authority[..<$0] })
        (host, port) = try Self.place(at.map { authority[authority.index(after: $0)...] } ?? authority)
        database = try Self.database(path ?? "")
    }

    /// Host, port and database, for messages.
    package var description: String {
        "redis://" + (host.contains(":") ? "[\(host)]" : host) + ":\(port)/\(database)"
    }

    // MARK: Parts

    private static func credentials(_ text: Substring?) throws(RedisError) -> (String?, String?) {
        guard let text else { return (nil, nil) }
        let (user, password) = halves(text, at: ":")
        let name = user.isEmpty ? nil : try decoded(user, "user")
        guard let password else { return (name, nil) }
        return (name, try decoded(password, "password"))
    }

    private static func place(_ text: Substring) throws(RedisError) -> (String, Int32) {
        var (host, port): (Substring, Substring?) = halves(text, at: ":")
        if text.first == "[", let bracket = text.firstIndex(of: "]") {
            host = text[text.index(after: text.startIndex)..<bracket]
            let rest = text[text.index(after: bracket)...]
            guard rest.isEmpty || rest.first == ":" else { throw problem("expected a port after ']'") }
            port = rest.isEmpty ? nil : rest.dropFirst()
        }
        let number = port.map { UInt16($0) ?? 0 } ?? 6379
        guard number > 0 else {
            // What stands there may be part of a password with a '/' or '@' that was not encoded.
            throw problem("its port is none from 1 to 65535; write '@', '/', ':' and '?' in a password as %40, %2F, …")
        }
        guard !host.isEmpty else { throw problem("it names no host; expected one such as 'redis://127.0.0.1:6379/0'") }
        return (try decoded(host, "host"), Int32(number))
    }

    private static func database(_ text: Substring) throws(RedisError) -> Int {
        guard !text.isEmpty else { return 0 }
        guard let number = UInt16(text) else {
            throw problem("after the host, expected '/' and the number of a database, from 0 to 65535, and no more")
        }
        return Int(number)
    }

    /// What stands before and after the first such character.
    private static func halves(_ text: Substring, at character: Character) -> (Substring, Substring?) {
        guard let place = text.firstIndex(of: character) else { return (text, nil) }
        return (text[..<place], text[text.index(after: place)...])
    }

    private static func decoded(_ text: Substring, _ part: String) throws(RedisError) -> String {
        guard let decoded = text.removingPercentEncoding, !decoded.utf8.contains(0) else {
            throw problem("its \(part) is not percent-encoded text")
        }
        return decoded
    }

    private static func problem(_ what: String) -> RedisError {
        RedisError(.invalidAddress, "The address of the Redis server is wrong: \(what).")
    }
}
