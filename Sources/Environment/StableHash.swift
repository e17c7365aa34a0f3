/// FNV-1a, 64 bits: the same value in every process and version, for telling texts apart. It protects against accidents,
/// not against someone who looks for collisions.
package struct StableHash: Sendable {
    private var value: UInt64 = 0xcbf2_9ce4_8422_2325

    package init() {}

    /// Adds a field. Fields are kept apart by their lengths: ("ab", "c") and ("a", "bc") differ.
    package mutating func add(_ text: String) {
        for byte in text.utf8 { add(byte) }
        withUnsafeBytes(of: UInt64(text.utf8.count).littleEndian) { for byte in $0 { add(byte) } }
    }

    private mutating func add(_ byte: UInt8) {
        value = (value ^ UInt64(byte)) &* 0x100_0000_01b3
    }

    /// Sixteen hexadecimal digits.
    package var hexadecimal: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
