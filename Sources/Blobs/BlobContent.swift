package import NIOCore

/// A blob that was opened for reading.
package struct BlobContent: Sendable {
    /// Size of the whole blob in bytes.
    package let size: Int
    /// The bytes that `chunks` brings: what was asked for, cut to what there is.
    package let range: Range<Int>
    /// The bytes in order. Leaving the loop, or cancelling its task, gives back the file or connection.
    package let chunks: BlobChunks

    /// All chunks in one buffer, which holds 2 GiB at most.
    /// - Throws: `.tooLarge` for more than `limit` bytes, before anything is read.
    package func collect(upTo limit: Int) async throws -> ByteBuffer {
        let limit = min(limit, Int(Int32.max))
        guard range.count <= limit else {
            throw BlobError(.tooLarge, "The blob has \(range.count) bytes, expected at most \(limit).")
        }
        // The count is the store's word; memory follows what comes.
        var all = ByteBufferAllocator().buffer(capacity: min(range.count, 1 << 20))
        for try await chunk in chunks { all.writeImmutableBuffer(chunk) }
        return all
    }
}

/// Reads a content piece by piece; for one task at a time.
protocol ChunkReader: AnyObject {
    /// The next bytes, at least one; nil at the end.
    func next() async throws -> ByteBuffer?
}

/// The bytes of a blob in pieces of at least one byte and bounded size. They can be iterated once.
package struct BlobChunks: AsyncSequence, Sendable {
    package typealias Element = ByteBuffer

    let start: @Sendable () -> any ChunkReader

    package struct AsyncIterator: AsyncIteratorProtocol {
        let reader: any ChunkReader

        package mutating func next() async throws -> ByteBuffer? { try await reader.next() }

        package mutating func next(isolation actor: isolated (any Actor)?) async throws -> ByteBuffer? {
            try await reader.next()
        }
    }

    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reader: start()) }
}

/// Brings nothing.
final class EmptyReader: ChunkReader {
    func next() async throws -> ByteBuffer? { nil }
}
