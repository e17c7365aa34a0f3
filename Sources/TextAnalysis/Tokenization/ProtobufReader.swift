/// Reads the fields of one protobuf message, in order, and never beyond its end.
///
/// Format: https://protobuf.dev/programming-guides/encoding/. Groups, which proto2 deprecates and no model uses, are
/// refused.
struct ProtobufReader {
    /// The value of a field, by its wire type.
    enum Value {
        case varint(UInt64)
        case fixed32(UInt32)
        case fixed64
        /// Where the bytes of a string, a byte string or a message lie.
        case bytes(Range<Int>)
    }

    /// One field of a message.
    struct Field {
        var number: Int
        var value: Value
    }

    /// Why a message cannot be read: what was found, as the end of a sentence.
    struct Fault: Error {
        var found: String
    }

    private let bytes: UnsafeBufferPointer<UInt8>
    private let end: Int
    private(set) var offset: Int

    /// A reader of the message that lies at `range` of `bytes`, which must stay valid while the reader is used.
    init(_ bytes: UnsafeBufferPointer<UInt8>, range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "range \(range) outside the bytes")
        self.bytes = bytes
        self.offset = range.lowerBound
        self.end = range.upperBound
    }

    /// The next field, or nil at the end of the message.
    mutating func next() throws(Fault) -> Field? {
        guard offset < end else { return nil }
        let start = offset
        let tag = try varint()
        guard let number = Int(exactly: tag >> 3), (1...536_870_911).contains(number) else {
            throw Fault(found: "field number \(tag >> 3) at byte \(start)")
        }
        switch tag & 7 {
        case 0: return Field(number: number, value: .varint(try varint()))
        case 1:
            try skip(8)
            return Field(number: number, value: .fixed64)
        case 2: return Field(number: number, value: .bytes(try lengthDelimited()))
        case 5: return Field(number: number, value: .fixed32(try fixed32()))
        default: throw Fault(found: "wire type \(tag & 7) at byte \(start)")
        }
    }

    private mutating func varint() throws(Fault) -> UInt64 {
        let start = offset
        var result: UInt64 = 0
        var shift: UInt64 = 0
        while offset < end, shift < 64 {
            let byte = bytes[offset]
            offset += 1
            result |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return result }
            shift += 7
        }
        throw Fault(found: "an unfinished number at byte \(start)")
    }

    private mutating func fixed32() throws(Fault) -> UInt32 {
        let start = offset
        try skip(4)
        var result: UInt32 = 0
        for index in 0..<4 { result |= UInt32(bytes[start + index]) << UInt32(8 * index) }
        return result
    }

    private mutating func lengthDelimited() throws(Fault) -> Range<Int> {
        let length = try varint()
        guard length <= UInt64(end - offset) else {
            throw Fault(found: "a field of \(length) bytes at byte \(offset), where \(end - offset) bytes are left")
        }
        let start = offset
        offset += Int(length)
        return start..<offset
    }

    private mutating func skip(_ count: Int) throws(Fault) {
        guard end - offset >= count else {
            throw Fault(found: "an unfinished number at byte \(offset)")
        }
        offset += count
    }
}
