/// A stream of given chunks, which may end in an error.
struct Chunks: AsyncSequence {
    var chunks: [String]
    var failure: (any Error)?

    init(_ chunks: [String], failure: (any Error)? = nil) {
        self.chunks = chunks
        self.failure = failure
    }

    func makeAsyncIterator() -> Iterator { Iterator(rest: chunks[...], failure: failure) }

    struct Iterator: AsyncIteratorProtocol {
        var rest: ArraySlice<String>
        var failure: (any Error)?

        mutating func next() async throws -> String? {
            if let chunk = rest.popFirst() { return chunk }
            if let failure { throw failure }
            return nil
        }
    }

    /// A text cut at random, not inside of characters of UTF-8, with empty chunks in between.
    static func random(_ text: String, using generator: inout some RandomNumberGenerator) -> Chunks {
        var chunks: [String] = []
        var chunk = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            chunk.append(scalar)
            guard Int.random(in: 0..<6, using: &generator) == 0 else { continue }
            chunks.append(String(chunk))
            chunk = .init()
            if Bool.random(using: &generator) { chunks.append("") }
        }
        return Chunks(chunks + [String(chunk)])
    }
}
