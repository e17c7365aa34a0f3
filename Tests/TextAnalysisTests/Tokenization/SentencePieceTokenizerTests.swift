import Foundation
import Testing
import TextAnalysis

struct SentencePieceTokenizerTests {
    private static let texts = [
        "Hello, world!", "¿Dónde está la biblioteca?", "यह एक वाक्य है।", "Straße, Öl & Käse", "深い海 😀 end", "a  b\tc\u{0}d",
        "ﷺ ① ﬁ e\u{301}", "\u{FFFD}\u{10FFFF}", "<s> </s> <unk> <2en> <0x41>", "",
    ]

    private let tokenizer: SentencePieceTokenizer

    init() throws {
        tokenizer = try SentencePieceTokenizer(file: ShippedModels.tokenizer)
    }

    @Test(arguments: [
        ("Hello, world!", "Hello, world!"),
        ("¿Dónde está la biblioteca?", "¿Dónde está la biblioteca?"),
        ("यह एक वाक्य है।", "यह एक वाक्य है।"),
        ("  two   spaces  ", "two spaces"),
        ("深い海 😀", "深い海 😀"),
        ("ｆｕｌｌ", "full"),
        ("", ""),
    ])
    func piecesSpellTheNormalizedText(text: String, normalized: String) throws {
        let pieces = try tokenizer.pieces(of: text)
        #expect(try tokenizer.text(from: pieces) == normalized)
    }

    @Test func piecesAreThoseOfTheVocabulary() throws {
        let pieces = try tokenizer.pieces(of: "Hello, world!")
        #expect(pieces.joined() == "▁Hello,▁world!")
        let vocabulary = Set(try ShippedModels.parsedTokenizer().pieces.map(\.text))
        #expect(pieces.allSatisfy(vocabulary.contains))
    }

    @Test(arguments: [
        (["▁Hello", "▁unseen-piece", "!"], "Hello unseen-piece!"),
        (["<0xE0>", "<0xA4>", "<0x95>"], "क"),
        (["▁a", "<0xE0>", "<0xA4>", "▁b"], "a\u{FFFD} b"),
        (["<0xFF>", "<0xZZ>"], "\u{FFFD}<0xZZ>"),
        (["<s>", "▁a", "</s>", "<pad>"], "a"),
        (["▁a", "<unk>", "▁b"], "a \u{2047}  b"),
        (["▁", "▁", "a"], "a"),
        (["", "x"], "x"),
        ([], ""),
    ])
    func anyPiecesSpellText(pieces: [String], text: String) throws {
        #expect(try tokenizer.text(from: pieces) == text)
    }

    @Test func textBeyondTheLimitIsRefused() {
        let text = String(repeating: "a", count: SentencePieceTokenizer.maximumTextLength + 1)
        #expect {
            _ = try tokenizer.pieces(of: text)
        } throws: {
            ($0 as? TextAnalysisError)?.code == .textTooLong
        }
    }

    @Test func manyThreadsGetTheSamePieces() async throws {
        let expected = try Self.texts.map { try tokenizer.pieces(of: $0) }
        try await withThrowingTaskGroup(of: [[String]].self) { group in
            for _ in 0..<16 {
                group.addTask { try Self.texts.map { try self.tokenizer.pieces(of: $0) } }
            }
            for try await pieces in group { #expect(pieces == expected) }
        }
    }

    @Test(arguments: ["/nonexistent/tokenizer.model", "/", "/dev/null", "/dev/zero"])
    func pathThatIsNoRegularFileIsNamed(path: String) {
        expectRefusal(of: path, code: .unreadableFile)
    }

    @Test func emptyFileIsRefused() throws {
        try withTemporaryFile([]) { expectRefusal(of: $0, code: .invalidFile) }
    }

    @Test func fileBeyondTheLimitIsRefusedUnread() throws {
        try withTemporaryFile([]) { path in
            let file = try #require(FileHandle(forWritingAtPath: path))
            try file.truncate(atOffset: UInt64(SentencePieceModel.Limit.fileBytes) + 1)
            expectRefusal(of: path, code: .invalidFile)
        }
    }

    @Test func fileCutOffAnywhereIsRefused() throws {
        let bytes = try ShippedModels.tokenizerBytes()
        for index in 0..<64 {
            let cut = bytes.count * index / 64
            try withTemporaryFile(Array(bytes[..<cut])) { expectRefusal(of: $0, code: .invalidFile) }
        }
    }

    /// Damages a small model with all parts that a large one has, so that 2,000 loads are quick.
    @Test func flippedBytesAreRefusedOrHarmless() throws {
        let bytes = try ShippedModels.smallTokenizer()
        var random = SplitMix64(seed: 20_240_607)
        var loaded = 0
        for _ in 0..<2_000 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                damaged[Int.random(in: 0..<bytes.count, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
            }
            loaded += try use(damaged) ? 1 : 0
        }
        // Most flips hit scores, texts and unused units, which nothing can tell from intended ones.
        #expect((100..<1_990).contains(loaded))
    }

    @Test func flippedBytesOfTheWholeModelAreRefusedOrHarmless() throws {
        let bytes = try ShippedModels.tokenizerBytes()
        var random = SplitMix64(seed: 7)
        for _ in 0..<12 {
            var damaged = bytes
            damaged[Int.random(in: 0..<bytes.count, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
            _ = try use(damaged)
        }
    }

    /// Loads a model and uses it; true if it was accepted.
    private func use(_ bytes: [UInt8]) throws -> Bool {
        try withTemporaryFile(bytes) { path in
            do {
                let tokenizer = try SentencePieceTokenizer(file: path)
                for text in Self.texts {
                    guard let pieces = try? tokenizer.pieces(of: text) else { continue }
                    _ = try tokenizer.text(from: pieces)
                }
                return true
            } catch let error as TextAnalysisError {
                #expect(error.message.contains(path))
                return false
            }
        }
    }

    private func expectRefusal(of path: String, code: TextAnalysisError.Code) {
        #expect {
            _ = try SentencePieceTokenizer(file: path)
        } throws: { error in
            guard let error = error as? TextAnalysisError else { return false }
            return error.code == code && error.message.contains("'\(path)'") && error.message.contains("expected")
        }
    }
}
