package import MachineTranslation
package import TranslationService

/// A translated segment as bytes.
///
/// Layout: one byte, the version, 1; the owner's mark, 8 bytes; the remark, one byte (0 none, 1 copied, 2 doubtful); the
/// confidence, 8 bytes, an IEEE 754 double; then the text, and the alternatives to the end. Each is its length in bytes of
/// UTF-8, as a base-128 varint, and those bytes. All numbers are little-endian.
package enum SegmentCodec {
    private static let version: UInt8 = 1
    private static let headBytes = 18

    /// What all entries of an owner begin with.
    package static func mark(of owner: String) -> [UInt8] {
        [version] + withUnsafeBytes(of: OwnerMark(owner).number.littleEndian, Array.init)
    }

    package static func encode(_ translation: SegmentTranslation, owner: String) -> [UInt8] {
        var bytes = mark(of: owner)
        switch translation.remark {
        case nil: bytes.append(0)
        case .copied: bytes.append(1)
        case .doubtful: bytes.append(2)
        }
        bytes += withUnsafeBytes(of: translation.confidence.bitPattern.littleEndian, Array.init)
        for text in [translation.text] + translation.alternatives {
            append(text.utf8.count, to: &bytes)
            bytes += text.utf8
        }
        return bytes
    }

    /// The translation and its owner; nil for anything that is none, whoever wrote it.
    package static func decode(_ bytes: [UInt8]) -> RememberedSegment? {
        guard bytes.count > headBytes, bytes[0] == version else { return nil }
        let remark: SegmentTranslation.Remark?
        switch bytes[9] {
        case 0: remark = nil
        case 1: remark = .copied
        case 2: remark = .doubtful
        default: return nil
        }
        let confidence = Double(bitPattern: number(bytes[10..<18]))
        guard (0...1).contains(confidence) else { return nil }
        var rest = bytes[headBytes...]
        var texts: [String] = []
        while !rest.isEmpty {
            guard let text = takeText(&rest) else { return nil }
            texts.append(text)
        }
        let translation = SegmentTranslation(
            text: texts[0],
            confidence: confidence,
            alternatives: Array(texts.dropFirst()),
            remark: remark
        )
        return RememberedSegment(translation, owner: OwnerMark(number: number(bytes[1..<9])))
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func append(_ length: Int, to bytes: inout [UInt8]) {
        var left = length
        while left >= 128 {
            bytes.append(UInt8(left & 127) | 128)
            left >>= 7
        }
        bytes.append(UInt8(left))
    }

    private static func takeText(_ rest: inout ArraySlice<UInt8>) -> String? {
        var (length, shift) = (0, 0)
        while let byte = rest.popFirst() {
            length |= Int(byte & 127) << shift
            shift += 7
            guard byte >= 128 else { break }
            guard shift <= 21 else { return nil }
        }
        guard shift > 0, length <= rest.count else { return nil }
        defer { rest = rest.dropFirst(length) }
        return String(validating: rest.prefix(length), as: UTF8.self)
    }
}
