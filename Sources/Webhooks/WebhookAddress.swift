internal import Foundation

/// Where a webhook goes: checked for what it may reach.
///
/// A server that calls addresses its users name could be made to call what only it can reach. Names are therefore resolved
/// here, every address they have is looked at, and the connection goes to an address that was looked at: a name that means
/// something else a moment later changes nothing.
package struct WebhookAddress: Hashable, Sendable {
    package let url: String
    package let host: String
    /// The address to connect to.
    package let address: String

    /// What is wrong with an address at which nobody can ever be told anything; nil: nothing that can be seen.
    package static func problem(_ url: String, allowsPrivate: Bool) -> String? {
        do {
            try check(url, allowsPrivate: allowsPrivate)
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// What can be said of an address without asking anybody.
    /// - Returns: its host.
    /// - Throws: `WebhookProblem` for an address at which nobody can ever be told anything.
    @discardableResult
    package static func check(_ url: String, allowsPrivate: Bool) throws -> String {
        guard url.utf8.count <= 2048, let parts = URLComponents(string: url), let scheme = parts.scheme?.lowercased(),
            ["http", "https"].contains(scheme), let host = parts.encodedHost, !host.isEmpty
        else { throw impossible("The address is no web address; expected 'https://' or 'http://' and a host.") }
        guard parts.user == nil, parts.password == nil else {
            throw impossible("The address names a user; expected one without, as the signature tells who calls.")
        }
        guard (1...65_535).contains(parts.port ?? 443) else {
            throw impossible("The address has the port '\(parts.port ?? 0)', expected one from 1 to 65535.")
        }
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        let name = isBracketed ? String(host.dropFirst().dropLast()) : host
        let literal = literalAddresses(name)
        guard isBracketed ? !literal.isEmpty : isName(name) else {
            throw impossible("The host '\(host.prefix(100))' is none; expected a name or an address.")
        }
        guard allowsPrivate || !(literal.isEmpty ? isPrivateName(name) : literal.contains(where: isPrivate)) else {
            throw impossible(privateHost)
        }
        return name
    }

    /// Resolves an address.
    /// - Parameter allowsPrivate: whether addresses within this machine and its networks may be called.
    /// - Throws: `WebhookProblem` worded for whoever submitted the job.
    package static func resolve(_ url: String, allowsPrivate: Bool) async throws -> WebhookAddress {
        let name = try check(url, allowsPrivate: allowsPrivate)
        let addresses = try await NameLookUps.shared.addresses(of: name)
        guard let first = addresses.first else { throw WebhookProblem("The host has no address.") }
        guard allowsPrivate || !addresses.contains(where: isPrivate) else { throw WebhookProblem(privateHost) }
        return WebhookAddress(url: url, host: name, address: text(of: first))
    }

    private static let privateHost = "The host is private or this machine; expected one on the public Internet."

    private static func impossible(_ what: String) -> WebhookProblem { WebhookProblem(what, isRetryable: false) }

    /// Letters, digits and hyphens with dots between them, as in RFC 1123, and the underscores that occur nevertheless.
    private static func isName(_ name: String) -> Bool {
        let labels = (name.hasSuffix(".") ? name.dropLast() : name[...]).split(
            separator: ".",
            omittingEmptySubsequences: false
        )
        return name.utf8.count <= 254
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count)
                    && label.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
            }
    }

    /// Names that mean nothing, or something private, wherever they are looked up (RFC 6761, RFC 6762).
    private static func isPrivateName(_ name: String) -> Bool {
        let labels = name.lowercased().split(separator: ".")
        return labels.count < 2 || ["localhost", "local", "internal"].contains(labels.last)
    }

    // MARK: Addresses

    /// The addresses that a text stands for by itself, in every form that the system takes for one.
    private static func literalAddresses(_ text: String) -> [[UInt8]] {
        (try? addresses(of: text, flags: AI_NUMERICHOST)) ?? []
    }

    /// Asks the system. Blocks, unless the flags say that nobody is to be asked.
    static func addresses(of name: String, flags: Int32 = 0) throws -> [[UInt8]] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = flags
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(name, nil, &hints, &list) == 0 else { throw WebhookProblem("The host cannot be found.") }
        defer { freeaddrinfo(list) }
        var addresses: [[UInt8]] = []
        var entry = list
        while let present = entry?.pointee, addresses.count < 32 {
            if let bytes = bytes(of: present) { addresses.append(bytes) }
            entry = present.ai_next
        }
        return addresses
    }

    private static func bytes(of info: addrinfo) -> [UInt8]? {
        guard let address = info.ai_addr else { return nil }
        switch info.ai_family {
        case AF_INET:
            return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { pointer in
                withUnsafeBytes(of: pointer.pointee.sin_addr) { Array($0) }
            }
        case AF_INET6:
            return address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { pointer in
                withUnsafeBytes(of: pointer.pointee.sin6_addr) { Array($0) }
            }
        default: return nil
        }
    }

    private static func text(of bytes: [UInt8]) -> String {
        guard bytes.count == 16 else { return bytes.map(String.init).joined(separator: ".") }
        let groups = stride(from: 0, to: 16, by: 2).map { String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16) }
        return groups.joined(separator: ":")
    }

    /// Networks that are not the public Internet (IANA's registries of special-purpose addresses), IPv4: first bytes and
    /// how many bits of them count.
    private static let special: [(bytes: [UInt8], bits: Int)] = [
        ([0, 0, 0, 0], 8), ([10, 0, 0, 0], 8), ([100, 64, 0, 0], 10), ([127, 0, 0, 0], 8), ([169, 254, 0, 0], 16),
        ([172, 16, 0, 0], 12), ([192, 0, 0, 0], 24), ([192, 0, 2, 0], 24), ([192, 88, 99, 0], 24),
        ([192, 168, 0, 0], 16), ([198, 18, 0, 0], 15), ([198, 51, 100, 0], 24), ([203, 0, 113, 0], 24),
        ([224, 0, 0, 0], 3),
    ]

    /// Whether an address, of 4 or 16 bytes, is not one of the public Internet.
    package static func isPrivate(_ bytes: [UInt8]) -> Bool {
        if bytes.count == 4 {
            return special.contains { network in
                (0..<4).allSatisfy { index in
                    let bits = min(8, max(0, network.bits - index * 8))
                    let mask = UInt8(truncatingIfNeeded: 0xff00 >> bits)
                    return bytes[index] & mask == network.bytes[index] & mask
                }
            }
        }
        guard bytes.count == 16 else { return true }
        // IPv4 in IPv6: mapped, compatible, NAT64, 6to4.
        let isEmpty = bytes.prefix(10).allSatisfy { $0 == 0 }
        if isEmpty, bytes[10] == bytes[11], bytes[10] == 0xff || bytes[10] == 0 {
            return isPrivate(Array(bytes[12...]))
        }
        if bytes.starts(with: [0x00, 0x64, 0xff, 0x9b]) { return isPrivate(Array(bytes[12...])) }
        if bytes.starts(with: [0x20, 0x02]) { return isPrivate(Array(bytes[2..<6])) }
        // Global unicast is 2000::/3; of that, Teredo, documentation and ORCHID are special.
        guard bytes[0] & 0xe0 == 0x20 else { return true }
        return bytes.starts(with: [0x20, 0x01, 0x0d, 0xb8]) || (bytes.starts(with: [0x20, 0x01]) && bytes[2] < 0x02)
    }
}

/// Why something could not be delivered, worded for whoever submitted the job.
package struct WebhookProblem: Error, Sendable, CustomStringConvertible {
    package var description: String
    /// Whether another attempt may end better.
    package var isRetryable: Bool

    package init(_ description: String, isRetryable: Bool = true) {
        self.description = description
        self.isRetryable = isRetryable
    }
}
