/// Puts pieces together to text, by the conventions of SentencePiece.
///
/// Unlike libsentencepiece it writes unknown pieces as text, with the space symbol read as a space, so that what a
/// model produced is never lost.
struct PieceDecoder: Sendable {
    /// U+2581, which stands for a space inside pieces, in UTF-8.
    private static let spaceSymbol: [UInt8] = [0xE2, 0x96, 0x81]

    private let controls: Set<String>
    private let unknown: String
    private let unknownSurface: String
    private let hasByteFallback: Bool
    private let trimsStart: Bool
    private let trimsEnd: Bool
    private let trimsAll: Bool

    init(_ model: SentencePieceModel) {
        controls = Set(model.pieces.lazy.filter { $0.kind == .control }.map(\.text))
        unknown = model.pieces.first { $0.kind == .unknown }?.text ?? "<unk>"
        unknownSurface = model.unknownSurface
        hasByteFallback = model.hasByteFallback
        let trims = model.normalizer.addsDummyPrefix || model.normalizer.removesExtraWhitespace
        trimsStart = trims && !model.treatsWhitespaceAsSuffix
        trimsEnd = trims && model.treatsWhitespaceAsSuffix
        trimsAll = model.normalizer.removesExtraWhitespace
    }

    /// The text that `pieces` spell.
    func text(from pieces: [String]) -> String {
        var bytes: [UInt8] = []
        for piece in pieces {
            if controls.contains(piece) { continue }
            if piece == unknown {
                bytes.append(contentsOf: unknownSurface.utf8)
            } else if hasByteFallback, let byte = Self.byte(piece) {
                bytes.append(byte)
            } else {
                append(piece, to: &bytes)
            }
        }
        return String(decoding: trimmed(bytes), as: UTF8.self)
    }

    private func append(_ piece: String, to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.append(contentsOf: piece.utf8)
        guard bytes.count - start >= 3 else { return }
        var read = start
        var write = start
        while read < bytes.count {
            if bytes[read...].starts(with: Self.spaceSymbol) {
                bytes[write] = UInt8(ascii: " ")
                read += Self.spaceSymbol.count
            } else {
                bytes[write] = bytes[read]
                read += 1
            }
            write += 1
        }
        bytes.removeLast(bytes.count - write)
    }

    private func trimmed(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        let space = UInt8(ascii: " ")
        let limit = trimsAll ? bytes.count : 1
        if trimsStart { return bytes.dropFirst(bytes.prefix(limit).prefix { $0 == space }.count) }
        if trimsEnd { return bytes.dropLast(bytes.suffix(limit).reversed().prefix { $0 == space }.count) }
        return bytes[...]
    }

    /// The byte that a piece of the form `<0xNN>` stands for.
    private static func byte(_ piece: String) -> UInt8? {
        let bytes = piece.utf8
        guard bytes.count == 6, piece.hasPrefix("<0x"), piece.hasSuffix(">") else { return nil }
        return UInt8(piece.dropFirst(3).dropLast(), radix: 16)
    }
}
