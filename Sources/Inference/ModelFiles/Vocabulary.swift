private import Foundation

/// The tokens of one side of a model, in both directions.
public struct Vocabulary: Sendable {
    /// Token strings by id.
    public let tokens: [String]
    private let ids: [String: Int32]
    /// Bytes of the longest token.
    private let longest: Int
    /// What unknown tokens become.
    public let unknown: Int32

    /// Largest vocabulary file that is read; NLLB's 256,000 tokens take 5 MB.
    static let largestFile = 64 << 20

    /// Makes a vocabulary; the unknown token is added where the list lacks it, as CTranslate2 does.
    init(tokens: [String], unknownToken: String) {
        var tokens = tokens
        var ids: [String: Int32] = [:]
        ids.reserveCapacity(tokens.count + 1)
        for (index, token) in tokens.enumerated() where ids[token] == nil { ids[token] = Int32(index) }
        if ids[unknownToken] == nil {
            ids[unknownToken] = Int32(tokens.count)
            tokens.append(unknownToken)
        }
        self.tokens = tokens
        self.unknown = ids[unknownToken] ?? 0
        self.ids = ids
        longest = tokens.reduce(0) { max($0, $1.utf8.count) }
    }

    public var count: Int { tokens.count }

    /// The id of a token, or nil where the vocabulary lacks it.
    ///
    /// What is longer than every token is not even looked up: tokenizers give a stretch of characters that they do not
    /// know as one piece, and to look up a piece with thousands of combining marks takes time that grows with their
    /// square.
    public func id(of token: String) -> Int32? { token.utf8.count <= longest ? ids[token] : nil }

    /// The ids of tokens; unknown ones become `unknown`.
    public func ids(of tokens: some Sequence<String>) -> [Int32] { tokens.map { id(of: $0) ?? unknown } }

    /// The tokens of ids; an id outside the vocabulary becomes the unknown token.
    public func tokens(of ids: some Sequence<Int32>) -> [String] {
        ids.map { tokens.indices.contains(Int($0)) ? tokens[Int($0)] : tokens[Int(unknown)] }
    }

    /// Reads `name.json` (an array of strings) or `name.txt` (one token a line) from a model directory; nil where
    /// neither is there.
    static func read(named name: String, in directory: String, unknownToken: String) throws -> Vocabulary? {
        for (ending, parse) in [("json", json), ("txt", text)] as [(String, (Data, String) throws -> [String])] {
            let path = directory + "/" + name + "." + ending
            guard FileManager.default.fileExists(atPath: path) else { continue }
            let tokens = try parse(FileAccess.read(path, limit: largestFile), path)
            guard !tokens.isEmpty, tokens.count < Int(Int32.max) else {
                throw InferenceError(.corrupt, "'\(path)' lists \(tokens.count) tokens; at least one was expected.")
            }
            return Vocabulary(tokens: tokens, unknownToken: unknownToken)
        }
        return nil
    }

    private static func json(_ data: Data, path: String) throws -> [String] {
        do {
            return try JSONDecoder().decode([String].self, from: data)
        } catch {
            throw InferenceError(.corrupt, "'\(path)' is not a JSON array of strings.", cause: error)
        }
    }

    private static func text(_ data: Data, path: String) throws -> [String] {
        var lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        // A token may end in a carriage return; only where every line does, it belongs to the line's end.
        if lines.allSatisfy({ $0.last == UInt8(ascii: "\r") }) { lines = lines.map { $0.dropLast() } }
        return try lines.enumerated().map { index, line in
            guard let token = String(validating: line, as: UTF8.self) else {
                throw InferenceError(.corrupt, "'\(path)', line \(index + 1), is not UTF-8.")
            }
            return token
        }
    }
}
