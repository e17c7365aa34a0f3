package import NIOCore

/// Keeps named sequences of bytes that are too large for a database: uploaded documents, results, backups.
///
/// Every implementation promises:
/// - A reader sees a blob whole, as one writer wrote it, or not at all; of concurrent writers of a name, one wins.
/// - Memory stays bounded however large a blob is.
/// - What a call returned for stays so, also over a power cut, as far as the file system or object store promises that.
/// - Calls may come from any task, concurrently. Cancelling the task ends the call with `CancellationError`.
/// - Errors are `BlobError`, `CancellationError`, or what a caller's own sequence throws.
package protocol BlobStore: Sendable {
    /// Writes a blob, in the place of what had its name.
    ///
    /// When it throws, nothing of the new content is kept and the old content stays. One exception lies in the nature
    /// of networks: where the answer to the last step is lost, or the task is cancelled during that step, the whole new
    /// content may be there. A sequence that just ends when its task is cancelled counts as cancelled.
    /// - Parameters:
    ///   - chunks: the content, in pieces of any size.
    ///   - limit: most bytes that are taken.
    /// - Returns: the size in bytes.
    /// - Throws: `.tooLarge` beyond `limit` or what the store can hold, `.full`, `.denied`, `.unavailable`; what
    ///   `chunks` throws.
    @discardableResult
    func write<Chunks: AsyncSequence>(_ name: BlobName, _ chunks: Chunks, limit: Int) async throws -> Int
    where Chunks.Element == ByteBuffer

    /// Opens a blob for reading. What comes is one version of it, though others may replace or remove it meanwhile; a
    /// store that cannot go on with that version throws `.unavailable` from the chunks.
    /// - Parameter range: the bytes that are wanted, nil for all; cut to what the blob has, so that a range beyond its
    ///   end brings no bytes.
    /// - Throws: `.notFound`, `.denied`, `.unavailable`.
    func read(_ name: BlobName, range: Range<Int>?) async throws -> BlobContent

    /// The size in bytes.
    /// - Throws: `.notFound`, `.denied`, `.unavailable`.
    func size(_ name: BlobName) async throws -> Int

    /// Removes a blob; nothing happens where there is none.
    /// - Throws: `.denied`, `.unavailable`.
    func remove(_ name: BlobName) async throws

    /// Lists blobs in the order of their names' bytes, a page at a time. A blob that is there all the while is listed
    /// once. Files and objects whose names are no `BlobName` are left out.
    /// - Parameters:
    ///   - cursor: the `next` of the page before, with the same prefix; nil for the first page.
    ///   - limit: most blobs of the page; 1 to 1,000, and cut to that. There may be fewer, even none, and pages after.
    /// - Throws: `.invalid` for a cursor of another store, `.denied`, `.unavailable`.
    func list(_ prefix: BlobPrefix, after cursor: BlobCursor?, limit: Int) async throws -> BlobPage

    /// Gives back what the store holds, such as connections. To be called once; no call may be under way, and none may
    /// come after.
    func close() async throws
}

extension BlobStore {
    /// Opens the whole blob.
    package func read(_ name: BlobName) async throws -> BlobContent { try await read(name, range: nil) }

    /// Writes what is in memory already.
    @discardableResult
    package func write(_ name: BlobName, _ bytes: ByteBuffer) async throws -> Int {
        try await write(name, OneChunk(bytes: bytes), limit: bytes.readableBytes)
    }
}

/// A sequence of one element.
private struct OneChunk: AsyncSequence {
    let bytes: ByteBuffer

    struct AsyncIterator: AsyncIteratorProtocol {
        var bytes: ByteBuffer?

        mutating func next() async -> ByteBuffer? {
            defer { bytes = nil }
            return bytes
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(bytes: bytes) }
}
