internal import Foundation

/// Where a RabbitMQ broker is, and as whom to go there: `amqp://user:password@host:port/vhost?heartbeat=10`.
///
/// The form is that of RabbitMQ's URI specification: every part percent-encoded, IPv6 addresses in brackets; and,
/// beyond it, several hosts of a cluster with commas between them, which are tried in turn. `amqps://` is TLS with the
/// peer and its name verified. What is left out: user and password `guest`, port 5672 (5671 with TLS), virtual host
/// `/`.
///
/// The query may hold `heartbeat` (seconds, 1 to 300), `connection_timeout` (milliseconds, 100 to 60000), and with TLS
/// `cacertfile` (authorities to trust instead of the system's), `certfile` and `keyfile` (to be recognised by; both).
///
/// The password is in `password` and nowhere else: not in descriptions, errors or logs.
package struct RabbitMQAddress: Sendable, CustomStringConvertible {
    /// One machine of the cluster.
    struct Host: Hashable, Sendable {
        var name: String
        var port: UInt16
    }

    private(set) var hosts: [Host]
    let isEncrypted: Bool
    private(set) var user = "guest"
    private(set) var password = "guest"
    private(set) var virtualHost = "/"
    /// After so long without a sign of the other side a connection counts as lost, give or take its half.
    private(set) var heartbeat = Duration.seconds(10)
    /// How long connecting may take, and each step of the introductions after it.
    private(set) var connectTimeout = Duration.seconds(5)
    /// Files in PEM: authorities, and one's own certificate and key.
    private(set) var authorities: String?
    private(set) var certificate: String?
    private(set) var key: String?

    /// Whether a text is meant to be such an address.
    package static func isAddress(_ text: String) -> Bool { text.hasPrefix("amqp://") || text.hasPrefix("amqps://") }

    /// - Throws: `RabbitMQError` `.invalidAddress`, which says what is wrong without repeating a secret.
    package init(_ text: String) throws {
        guard Self.isAddress(text), text.utf8.count <= 4096, let end = text.firstRange(of: "://")?.upperBound else {
            throw Self.problem("expected one such as 'amqp://user:password@host:5672/vhost'")
        }
        let isEncrypted = text.hasPrefix("amqps")
        self.isEncrypted = isEncrypted
        let (rest, query) = Self.halves(text[end...], at: "?")
        let (authority, path) = Self.halves(rest, at: "/")
        // A password may hold '@' by mistake; hosts cannot.
        let at = authority.lastIndex(of: "@")
        hosts = try (at.map { authority[authority.index(after: $0)...] } ?? authority)
            .split(separator: ",", omittingEmptySubsequences: false)
            .map { try Self.host($0, defaultPort: isEncrypted ? 5671 : 5672) }
        if let at { try read(credentials: authority[..<at]) }
        if let path, !path.isEmpty { virtualHost = try Self.decoded(path, "virtual host", most: 255) }
        for pair in (query ?? "").split(separator: "&") { try read(parameter: pair) }
        guard (certificate == nil) == (key == nil) else {
            throw Self.problem("it has one of certfile and keyfile, expected both or neither")
        }
    }

    /// Hosts, ports and virtual host, for messages.
    package var description: String {
        let places = hosts.map { ($0.name.contains(":") ? "[\($0.name)]" : $0.name) + ":\($0.port)" }
        let path = virtualHost == "/" ? "" : virtualHost
        return (isEncrypted ? "amqps://" : "amqp://") + places.joined(separator: ",") + "/" + path
    }

    // MARK: Parts

    private mutating func read(credentials: Substring) throws {
        let (user, password) = Self.halves(credentials, at: ":")
        self.user = try Self.decoded(user, "user", most: 255)
        self.password = try password.map { try Self.decoded($0, "password", most: 1024) } ?? ""
    }

    private mutating func read(parameter: Substring) throws {
        let (name, text) = Self.halves(parameter, at: "=")
        switch name {
        case "heartbeat": heartbeat = .seconds(try Self.number(text, name, 1...300))
        case "connection_timeout": connectTimeout = .milliseconds(try Self.number(text, name, 100...60_000))
        case "cacertfile", "certfile", "keyfile":
            guard isEncrypted else { throw Self.problem("it has a \(name), which needs 'amqps://'") }
            let path = try Self.decoded(text ?? "", String(name), most: 4096)
            guard !path.isEmpty else { throw Self.problem("its \(name) is empty, expected a path") }
            switch name {
            case "cacertfile": authorities = path
            case "certfile": certificate = path
            default: key = path
            }
        default:
            throw Self.problem(
                """
                its parameter '\(name.prefix(40))' is not known, expected heartbeat, connection_timeout, cacertfile, \
                certfile or keyfile
                """
            )
        }
    }

    private static func host(_ text: Substring, defaultPort: UInt16) throws -> Host {
        var (name, port): (Substring, Substring?)
        if text.first == "[", let bracket = text.firstIndex(of: "]") {
            name = text[text.index(after: text.startIndex)..<bracket]
            let rest = text[text.index(after: bracket)...]
            guard rest.isEmpty || rest.first == ":" else { throw problem("expected a port after ']'") }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else {
            (name, port) = halves(text, at: ":")
        }
        let decoded = try decoded(name, "host", most: 255)
        guard !decoded.isEmpty else { throw problem("it names no host") }
        guard let port, !port.isEmpty else { return Host(name: decoded, port: defaultPort) }
        guard let number = UInt16(port), number > 0 else {
            // What stands there may be part of a password with a '/' or '@' that was not encoded.
            throw problem("its port is none from 1 to 65535; write '@', '/', ':' and '?' in a password as %40, %2F, …")
        }
        return Host(name: decoded, port: number)
    }

    private static func number(_ text: Substring?, _ name: Substring, _ range: ClosedRange<Int>) throws -> Int {
        guard let number = text.flatMap({ Int($0) }), range.contains(number) else {
            throw problem(
                "its \(name) is '\(text?.prefix(40) ?? "")', expected \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return number
    }

    /// What stands before and after the first such character.
    private static func halves(_ text: Substring, at character: Character) -> (Substring, Substring?) {
        guard let place = text.firstIndex(of: character) else { return (text, nil) }
        return (text[..<place], text[text.index(after: place)...])
    }

    private static func decoded(_ text: some StringProtocol, _ part: String, most: Int) throws -> String {
        guard let decoded = text.removingPercentEncoding, !decoded.utf8.contains(0) else {
            throw problem("its \(part) is not percent-encoded text")
        }
        guard decoded.utf8.count <= most else { throw problem("its \(part) is longer than \(most) bytes") }
        return decoded
    }

    private static func problem(_ what: String) -> RabbitMQError {
        RabbitMQError(.invalidAddress, "The address of the message broker is wrong: \(what).")
    }
}
