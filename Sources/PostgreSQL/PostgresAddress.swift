internal import Foundation
internal import Storage

/// Where a PostgreSQL database is, and as whom to go there:
/// `postgres://user:password@host:port/database?sslmode=require`.
///
/// The form is that of libpq's connection URIs: several hosts with commas between them, IPv6 addresses in brackets,
/// every part percent-encoded. The query may hold the parameters in `knownParameters`. What is left out is what libpq
/// takes it to be: its environment variables, then the user's name, port 5432, `sslmode=prefer`.
///
/// The password is in `keywords` and nowhere else: not in descriptions, errors or logs.
package struct PostgresAddress: Sendable, CustomStringConvertible {
    /// libpq's connection parameters.
    let keywords: [String: String]

    private static let knownParameters: Set<String> = [
        "application_name", "channel_binding", "connect_timeout", "dbname", "gssencmode", "host", "keepalives",
        "keepalives_count", "keepalives_idle", "keepalives_interval", "options", "passfile", "password", "port",
        "sslcert", "sslcrl", "sslkey", "sslmode", "sslpassword", "sslrootcert", "sslsni", "ssl_max_protocol_version",
        "ssl_min_protocol_version", "target_session_attrs", "tcp_user_timeout", "user",
    ]
    private static let sslModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]

    /// Whether a text is meant to be such an address.
    package static func isAddress(_ text: String) -> Bool {
        text.hasPrefix("postgres://") || text.hasPrefix("postgresql://")
    }

    /// - Throws: `StorageError` `.invalidValue`, which says what is wrong without repeating a secret.
    package init(_ text: String) throws {
        guard Self.isAddress(text), text.utf8.count <= 4096, let end = text.firstRange(of: "://")?.upperBound else {
            throw Self.problem("expected one such as 'postgres://user:password@host:5432/database'")
        }
        var keywords: [String: String] = [:]
        let (rest, query) = Self.halves(text[end...], at: "?")
        let (authority, name) = Self.halves(rest, at: "/")
        // A password may hold '@' by mistake; hosts cannot.
        let at = authority.lastIndex(of: "@")
        if let at { try Self.read(credentials: authority[..<at], into: &keywords) }
        try Self.read(hosts: at.map { authority[authority.index(after: $0)...] } ?? authority, into: &keywords)
        if let name, !name.isEmpty { keywords["dbname"] = try Self.decoded(name, "database name") }
        try Self.read(parameters: query ?? "", into: &keywords)
        self.keywords = keywords
    }

    /// Host, port and database, for messages.
    package var description: String {
        let hosts = (keywords["host"] ?? "").split(separator: ",", omittingEmptySubsequences: false)
        let ports = (keywords["port"] ?? "").split(separator: ",", omittingEmptySubsequences: false)
        let places = hosts.enumerated().map { index, host in
            let port = index < ports.count && !ports[index].isEmpty ? ":" + ports[index] : ""
            return (host.contains(":") ? "[\(host)]" : String(host)) + port
        }
        return "postgres://" + places.joined(separator: ",") + "/" + (keywords["dbname"] ?? "")
    }

    /// As whom to go there, where the address says so.
    var user: String? { keywords["user"] }

    // MARK: Parts

    private static func read(credentials: Substring, into keywords: inout [String: String]) throws {
        let (user, password) = halves(credentials, at: ":")
        if !user.isEmpty { keywords["user"] = try decoded(user, "user") }
        if let password { keywords["password"] = try decoded(password, "password") }
    }

    private static func read(hosts: Substring, into keywords: inout [String: String]) throws {
        guard !hosts.isEmpty else { return }
        let places = try hosts.split(separator: ",", omittingEmptySubsequences: false).map(place)
        keywords["host"] = places.map(\.host).joined(separator: ",")
        if places.contains(where: { !$0.port.isEmpty }) {
            keywords["port"] = places.map(\.port).joined(separator: ",")
        }
    }

    private static func place(_ text: Substring) throws -> (host: String, port: String) {
        var (host, port): (Substring, Substring?)
        if text.first == "[", let bracket = text.firstIndex(of: "]") {
            host = text[text.index(after: text.startIndex)..<bracket]
            let rest = text[text.index(after: bracket)...]
            guard rest.isEmpty || rest.first == ":" else { throw problem("expected a port after ']'") }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else {
            (host, port) = halves(text, at: ":")
        }
        if let port, !port.isEmpty, UInt16(port).map({ $0 > 0 }) != true {
            // What stands there may be part of a password with a '/' or '@' that was not encoded.
            throw problem("its port is none from 1 to 65535; write '@', '/', ':' and '?' in a password as %40, %2F, …")
        }
        return (try decoded(host, "host"), String(port ?? ""))
    }

    private static func read(parameters: Substring, into keywords: inout [String: String]) throws {
        for pair in parameters.split(separator: "&") {
            let (name, value) = halves(pair, at: "=")
            guard knownParameters.contains(String(name)) else {
                throw problem("its parameter '\(name.prefix(40))' is not known")
            }
            keywords[String(name)] = try decoded(value ?? "", String(name))
        }
        if let mode = keywords["sslmode"], !sslModes.contains(mode) {
            throw problem("its sslmode is '\(mode.prefix(40))', expected one of \(sslModes.joined(separator: ", "))")
        }
    }

    /// What stands before and after the first such character.
    private static func halves(_ text: Substring, at character: Character) -> (Substring, Substring?) {
        guard let place = text.firstIndex(of: character) else { return (text, nil) }
        return (text[..<place], text[text.index(after: place)...])
    }

    private static func decoded(_ text: some StringProtocol, _ part: String) throws -> String {
        guard let decoded = text.removingPercentEncoding, !decoded.utf8.contains(0) else {
            throw problem("its \(part) is not percent-encoded text")
        }
        return decoded
    }

    private static func problem(_ what: String) -> StorageError {
        StorageError(.invalidValue, "The address of the PostgreSQL database is wrong: \(what).")
    }
}
