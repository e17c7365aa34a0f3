/// Writes protobuf messages field by field.
package struct ProtobufWriter {
    /// The message so far.
    package private(set) var bytes: [UInt8] = []

    /// Begins an empty message.
    package init() {}

    /// Appends a field of wire type 0.
    package mutating func write(_ number: Int, varint value: UInt64) {
        append(varint: UInt64(number) << 3)
        append(varint: value)
    }

    /// Appends a boolean field.
    package mutating func write(_ number: Int, bool value: Bool) {
        write(number, varint: value ? 1 : 0)
    }

    /// Appends a field of wire type 5.
    package mutating func write(_ number: Int, float value: Float) {
        append(varint: UInt64(number) << 3 | 5)
        withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// Appends a string, a byte string or a message.
    package mutating func write(_ number: Int, bytes content: some Collection<UInt8>) {
        append(varint: UInt64(number) << 3 | 2)
        append(varint: UInt64(content.count))
        bytes.append(contentsOf: content)
    }

    private mutating func append(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
