import Foundation
import Testing
import TextAnalysis

/// The models that the repository ships, as the tests use them.
enum ShippedModels {
    static let tokenizer = path("starter/sentencepiece.model")
    static let languages = path("lid176/lid.176.ftz")

    static func tokenizerBytes() throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: tokenizer)))
    }

    static func parsedTokenizer() throws -> SentencePieceModel {
        try SentencePieceModel(tokenizerBytes())
    }

    /// The shipped tokenizer with its first pieces and a few normalization rules only, as a file.
    static func smallTokenizer() throws -> [UInt8] {
        var model = try parsedTokenizer()
        model.pieces.removeLast(model.pieces.count - 400)
        model.characterMap = SmallCharacterMap.bytes()
        return model.serialized()
    }

    private static func path(_ name: String) -> String {
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Models/\(name)").standardized.path
    }
}

/// Runs `body` with the path of a file that holds `bytes`, and removes the file afterwards.
@discardableResult
func withTemporaryFile<Result>(_ bytes: [UInt8], _ body: (String) throws -> Result) throws -> Result {
    let file = FileManager.default.temporaryDirectory.appending(path: "text-analysis-\(UUID().uuidString)")
    try Data(bytes).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    return try body(file.path)
}

/// A small generator whose sequence depends on nothing but its seed.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
