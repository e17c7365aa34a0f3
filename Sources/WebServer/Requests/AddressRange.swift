/// An IP address, or all that share its first bits.
package struct AddressRange: Hashable, Sendable {
    private let bytes: [UInt8]
    private let bits: Int

    /// Reads `10.1.2.3`, `10.0.0.0/8`, `::1` or `fd00::/8`; `nil` for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let bytes = Self.bytes(of: first) else { return nil }
        let most = bytes.count * 8
        guard let bits = parts.count == 1 ? most : Int(parts[1]), (0...most).contains(bits) else { return nil }
        self.bytes = bytes
        self.bits = bits
    }

    /// Whether the address lies in the range; `false` for what is no address.
    package func contains(_ address: String) -> Bool {
        guard let other = Self.bytes(of: address[...]), other.count == bytes.count else { return false }
        for index in 0..<(bits / 8) where bytes[index] != other[index] { return false }
        let rest = bits % 8
        return rest == 0 || (bytes[bits / 8] ^ other[bits / 8]) >> (8 - rest) == 0
    }

    /// 4 or 16 bytes. An IPv4 address written as IPv6 (`::ffff:10.1.2.3`) is the IPv4 address.
    private static func bytes(of text: Substring) -> [UInt8]? {
        guard text.contains(":") else { return ipv4(text) }
        guard text.utf8.count <= 45, let bytes = ipv6(text) else { return nil }
        let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xff && bytes[11] == 0xff
        return isMapped ? Array(bytes.suffix(4)) : bytes
    }

    private static func ipv4(_ text: Substring) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let bytes = parts.compactMap { $0.utf8.count <= 3 && $0.utf8.allSatisfy(isDigit) ? UInt8($0) : nil }
        return parts.count == 4 && bytes.count == 4 ? bytes : nil
    }

    private static func ipv6(_ text: Substring) -> [UInt8]? {
        let halves = text.split(separator: "::", maxSplits: 2, omittingEmptySubsequences: false)
        guard (1...2).contains(halves.count) else { return nil }
        let groups = halves.map(groupBytes)
        guard let head = groups[0] else { return nil }
        if halves.count == 1 { return head.count == 16 ? head : nil }
        guard let tail = groups[1], head.count + tail.count <= 14 else { return nil }
        return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
    }

    private static func groupBytes(_ half: Substring) -> [UInt8]? {
        guard !half.isEmpty else { return [] }
        var bytes: [UInt8] = []
        let groups = half.split(separator: ":", omittingEmptySubsequences: false)
        for (index, group) in groups.enumerated() {
            if index == groups.count - 1, group.contains(".") {
                guard let address = ipv4(group) else { return nil }
                bytes += address
            } else {
                guard (1...4).contains(group.utf8.count), group.allSatisfy(\.isHexDigit),
                    let value = UInt16(group, radix: 16)
                else { return nil }
                bytes += [UInt8(value >> 8), UInt8(value & 255)]
            }
        }
        return bytes
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
