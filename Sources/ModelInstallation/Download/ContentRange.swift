/// The header `Content-Range` of RFC 9110: `bytes 0-99/1000`, `bytes 0-99/*`, or `bytes */1000` where a range cannot be
/// had.
package struct ContentRange: Equatable {
    /// First and last byte; nil where a range cannot be had.
    package var bytes: ClosedRange<Int>?
    /// Size of the whole; nil where it is not known.
    package var total: Int?

    /// Nil for what breaks the format.
    package init?(_ header: String?) {
        guard let header, header.hasPrefix("bytes ") else { return nil }
        let parts = header.dropFirst(6).split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        if parts[1] != "*" {
            guard let number = Self.number(parts[1]) else { return nil }
            total = number
        }
        if parts[0] == "*" {
            guard total != nil else { return nil }
            return
        }
        let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let first = Self.number(ends[0]), let last = Self.number(ends[1]), first <= last,
            last < total ?? .max
        else { return nil }
        bytes = first...last
    }

    /// Digits alone: no sign, no space.
    private static func number(_ text: Substring) -> Int? {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil
    }
}
