/// A SentencePiece model file, read and checked by our own code.
///
/// libsentencepiece trusts the files it loads: it aborts the process on an unknown model type, reads outside its
/// buffers for a damaged normalization trie, and lets one character grow into megabytes. So the file is parsed here,
/// every number in it is checked, and the library gets to see only what `serialized()` writes: the fields that encoding
/// needs, each known to be harmless.
///
/// Format: message ModelProto of sentencepiece_model.proto.
package struct SentencePieceModel {
    /// The algorithm that cuts text; raw values as in the file.
    package enum Algorithm: UInt64 {
        case unigram = 1
        case bytePairs = 2
        case words = 3
        case characters = 4
    }

    /// What a piece stands for; raw values as in the file.
    package enum PieceKind: UInt64 {
        case normal = 1
        case unknown = 2
        case control = 3
        case userDefined = 4
        case unused = 5
        case byte = 6
    }

    /// One entry of the vocabulary.
    package struct Piece {
        package var text: String
        package var score: Float
        package var kind: PieceKind
    }

    /// How text is normalized before it is cut; defaults as in the format.
    struct Normalizer {
        var characterMap: Range<Int> = 0..<0
        var addsDummyPrefix = true
        var removesExtraWhitespace = true
        var escapesWhitespace = true
    }

    /// Bounds that real models keep by a wide margin.
    package enum Limit {
        /// The largest model file that is read.
        package static let fileBytes = 64 << 20
        static let pieces = 1_000_000
        static let pieceBytes = 1024
        /// The library collects at most this many user-defined pieces that start one another ("a", "aa", "aaa", …).
        static let nestedPieces = 64
    }

    /// The vocabulary, by id.
    package var pieces: [Piece] = []
    package var algorithm = Algorithm.unigram
    /// Whether characters without a piece are cut into byte pieces `<0xNN>`.
    package var hasByteFallback = false
    var treatsWhitespaceAsSuffix = false
    /// What the unknown piece is written as in decoded text.
    var unknownSurface = " \u{2047} "
    var normalizer = Normalizer()

    /// The bytes of the character map, or none.
    package var characterMap: [UInt8] = []

    /// Reads and checks the content of a model file.
    /// - Throws: `ModelFault`, which says what was found.
    package init(_ bytes: [UInt8]) throws(ModelFault) {
        var model = ModelParser()
        try model.parse(bytes)
        self = model.model
        characterMap = Array(bytes[normalizer.characterMap])
        try check()
    }

    /// An empty model with the format's defaults, for the parser to fill.
    fileprivate init() {}

    /// The model as a ModelProto of only the fields that encoding needs.
    package func serialized() -> [UInt8] {
        var proto = ProtobufWriter()
        for piece in pieces {
            var message = ProtobufWriter()
            message.write(1, bytes: piece.text.utf8)
            message.write(2, float: piece.score)
            message.write(3, varint: piece.kind.rawValue)
            proto.write(1, bytes: message.bytes)
        }
        var trainer = ProtobufWriter()
        trainer.write(3, varint: algorithm.rawValue)
        trainer.write(24, bool: treatsWhitespaceAsSuffix)
        trainer.write(35, bool: hasByteFallback)
        proto.write(2, bytes: trainer.bytes)
        var rules = ProtobufWriter()
        rules.write(2, bytes: characterMap)
        rules.write(3, bool: normalizer.addsDummyPrefix)
        rules.write(4, bool: normalizer.removesExtraWhitespace)
        rules.write(5, bool: normalizer.escapesWhitespace)
        proto.write(3, bytes: rules.bytes)
        return proto.bytes
    }

    private func check() throws(ModelFault) {
        guard !pieces.isEmpty else { throw ModelFault("no pieces") }
        guard pieces.count(where: { $0.kind == .unknown }) == 1 else {
            throw ModelFault("\(pieces.count { $0.kind == .unknown }) pieces of kind 'unknown' instead of one")
        }
        try checkNesting()
        try CharacterMap(characterMap).check()
    }

    private func checkNesting() throws(ModelFault) {
        let userDefined = pieces.filter { $0.kind == .userDefined }.map { Array($0.text.utf8) }
            .sorted { $0.lexicographicallyPrecedes($1) }
        var chain: [[UInt8]] = []
        for piece in userDefined {
            while let last = chain.last, !piece.starts(with: last) { chain.removeLast() }
            chain.append(piece)
            guard chain.count <= Limit.nestedPieces else {
                throw ModelFault("more than \(Limit.nestedPieces) user-defined pieces that start one another")
            }
        }
    }
}

/// What was found in a model file that cannot be, as the end of a sentence.
package struct ModelFault: Error {
    package var found: String

    init(_ found: String) {
        self.found = found
    }
}

/// Fills a model from the fields of a file.
private struct ModelParser {
    private typealias Limit = SentencePieceModel.Limit

    var model = SentencePieceModel()

    mutating func parse(_ bytes: [UInt8]) throws(ModelFault) {
        do {
            try bytes.withUnsafeBufferPointer { buffer in
                try fields(of: 0..<buffer.count, in: buffer) { (parser, field) in
                    try parser.readModelField(field, buffer)
                }
            }
        } catch let fault as ProtobufReader.Fault {
            throw ModelFault(fault.found)
        } catch let fault as ModelFault {
            throw fault
        } catch {
            throw ModelFault("\(error)")
        }
    }

    private mutating func fields(
        of range: Range<Int>,
        in buffer: UnsafeBufferPointer<UInt8>,
        read: (inout Self, ProtobufReader.Field) throws -> Void
    ) throws {
        var reader = ProtobufReader(buffer, range: range)
        while let field = try reader.next() { try read(&self, field) }
    }

    private mutating func readModelField(
        _ field: ProtobufReader.Field,
        _ buffer: UnsafeBufferPointer<UInt8>
    ) throws {
        switch (field.number, field.value) {
        case (1, .bytes(let range)):
            guard model.pieces.count < Limit.pieces else { throw ModelFault("more than \(Limit.pieces) pieces") }
            model.pieces.append(try piece(range, buffer))
        case (2, .bytes(let range)):
            try fields(of: range, in: buffer) { try $0.readTrainerField($1, buffer) }
        case (3, .bytes(let range)):
            try fields(of: range, in: buffer) { try $0.readNormalizerField($1) }
        case (5, .bytes(let range)):
            try fields(of: range, in: buffer) { try $0.refuseDenormalizer($1) }
        case (1...5, let value) where !value.isBytes:
            throw ModelFault("field \(field.number) of the model is no message")
        default: break
        }
    }

    private func piece(
        _ range: Range<Int>,
        _ buffer: UnsafeBufferPointer<UInt8>
    ) throws -> SentencePieceModel.Piece {
        var piece = SentencePieceModel.Piece(text: "", score: 0, kind: .normal)
        var reader = ProtobufReader(buffer, range: range)
        let name = "piece \(model.pieces.count)"
        while let field = try reader.next() {
            switch (field.number, field.value) {
            case (1, .bytes(let text)): piece.text = try pieceText(buffer[text], name: name)
            case (2, .fixed32(let bits)):
                piece.score = Float(bitPattern: bits)
                guard piece.score.isFinite else { throw ModelFault("score \(piece.score) in \(name)") }
            case (3, .varint(let raw)):
                guard let kind = SentencePieceModel.PieceKind(rawValue: raw) else {
                    throw ModelFault("unknown kind \(raw) of \(name)")
                }
                piece.kind = kind
            case (1...3, _): throw ModelFault("a field of the wrong type in \(name)")
            default: break
            }
        }
        guard !piece.text.isEmpty else { throw ModelFault("no text in \(name)") }
        return piece
    }

    private func pieceText(_ bytes: Slice<UnsafeBufferPointer<UInt8>>, name: String) throws(ModelFault) -> String {
        guard bytes.count <= Limit.pieceBytes else {
            throw ModelFault("\(bytes.count) bytes of text in \(name), more than \(Limit.pieceBytes)")
        }
        guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
            throw ModelFault("text that is not valid UTF-8 in \(name)")
        }
        return text
    }

    private mutating func readTrainerField(
        _ field: ProtobufReader.Field,
        _ buffer: UnsafeBufferPointer<UInt8>
    ) throws(ModelFault) {
        switch (field.number, field.value) {
        case (3, .varint(let raw)):
            guard let algorithm = SentencePieceModel.Algorithm(rawValue: raw) else {
                throw ModelFault("unknown model type \(raw)")
            }
            model.algorithm = algorithm
        case (24, .varint(let raw)): model.treatsWhitespaceAsSuffix = raw != 0
        case (35, .varint(let raw)): model.hasByteFallback = raw != 0
        case (44, .bytes(let range)): model.unknownSurface = try pieceText(buffer[range], name: "the unknown surface")
        case (3, _), (24, _), (35, _), (44, _):
            throw ModelFault("field \(field.number) of the trainer specification is of the wrong type")
        default: break
        }
    }

    private mutating func readNormalizerField(_ field: ProtobufReader.Field) throws(ModelFault) {
        switch (field.number, field.value) {
        case (2, .bytes(let range)): model.normalizer.characterMap = range
        case (3, .varint(let raw)): model.normalizer.addsDummyPrefix = raw != 0
        case (4, .varint(let raw)): model.normalizer.removesExtraWhitespace = raw != 0
        case (5, .varint(let raw)): model.normalizer.escapesWhitespace = raw != 0
        case (2...5, _):
            throw ModelFault("field \(field.number) of the normalizer specification is of the wrong type")
        default: break
        }
    }

    private func refuseDenormalizer(_ field: ProtobufReader.Field) throws(ModelFault) {
        guard case (2, .bytes(let range)) = (field.number, field.value), !range.isEmpty else { return }
        throw ModelFault("denormalization rules, which are not supported,")
    }
}

extension ProtobufReader.Value {
    fileprivate var isBytes: Bool {
        if case .bytes = self { return true }
        return false
    }
}
