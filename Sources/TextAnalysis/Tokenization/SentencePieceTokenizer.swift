private import CSentencePiece

/// A tokenizer that a SentencePiece model file defines.
///
/// Immutable once loaded: it may be used from any number of threads at once.
public final class SentencePieceTokenizer: SubwordTokenizer {
    /// The longest text that `pieces(of:)` accepts, in bytes of UTF-8.
    public static let maximumTextLength = 1 << 20

    // Set once, and libsentencepiece encodes without changing its model.
    nonisolated(unsafe) private let model: OpaquePointer
    private let decoder: PieceDecoder
    private let path: String

    /// Loads the model file at `path`.
    ///
    /// The file is not trusted: it is checked as a whole before libsentencepiece sees any of it.
    /// - Throws: `TextAnalysisError` that names the file, what was found in it and what was expected.
    public init(file path: String) throws {
        let bytes = try BoundedFile.read(
            path,
            limit: SentencePieceModel.Limit.fileBytes,
            kind: "a SentencePiece model"
        )
        let contents = try Self.parse(bytes, path: path)
        var message = [CChar](repeating: 0, count: 512)
        let proto = contents.serialized()
        guard let model = csp_open(proto, proto.count, &message, message.count) else {
            throw Self.invalid(path, found: Self.text(message))
        }
        self.model = model
        self.path = path
        decoder = PieceDecoder(contents)
    }

    deinit {
        csp_close(model)
    }

    public func pieces(of text: String) throws -> [String] {
        var text = text
        return try text.withUTF8 { bytes in
            guard bytes.count <= Self.maximumTextLength else {
                throw TextAnalysisError(
                    code: .textTooLong,
                    message: "The text has \(bytes.count) bytes; expected at most \(Self.maximumTextLength)."
                )
            }
            return try encode(bytes)
        }
    }

    public func text(from pieces: [String]) throws -> String {
        decoder.text(from: pieces)
    }

    private func encode(_ text: UnsafeBufferPointer<UInt8>) throws -> [String] {
        guard let start = text.baseAddress, !text.isEmpty else { return [] }
        var pieces = csp_pieces()
        var message = [CChar](repeating: 0, count: 512)
        let status = start.withMemoryRebound(to: CChar.self, capacity: text.count) {
            csp_encode(model, $0, text.count, &pieces, &message, message.count)
        }
        guard status == 0 else {
            throw TextAnalysisError(
                code: .libraryFailure,
                message: "The tokenizer '\(path)' cannot cut the text: \(Self.text(message))."
            )
        }
        defer { csp_pieces_free(&pieces) }
        return Self.strings(pieces)
    }

    private static func strings(_ pieces: csp_pieces) -> [String] {
        guard let lengths = pieces.lengths, var start = pieces.bytes else { return [] }
        return (0..<pieces.count).map { index in
            let bytes = UnsafeBufferPointer(start: start, count: Int(lengths[index]))
            start += bytes.count
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    private static func parse(_ bytes: [UInt8], path: String) throws -> SentencePieceModel {
        do {
            return try SentencePieceModel(bytes)
        } catch {
            throw invalid(path, found: error.found)
        }
    }

    private static func invalid(_ path: String, found: String) -> TextAnalysisError {
        TextAnalysisError(
            code: .invalidFile,
            message:
                "The file '\(path)' is no usable SentencePiece model: found \(found); expected a complete model file."
        )
    }

    private static func text(_ message: [CChar]) -> String {
        String(decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
