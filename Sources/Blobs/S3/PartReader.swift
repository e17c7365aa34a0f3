internal import NIOCore

/// Gathers a content into parts of one size, the last of which may be smaller.
struct PartReader<Chunks: AsyncIteratorProtocol> where Chunks.Element == ByteBuffer {
    private let name: BlobName
    private let partSize: Int
    private let limit: Int
    private var chunks: Chunks
    private var rest = ByteBuffer()
    private var isAtEnd = false
    /// Parts that were read to see whether there are several.
    private var waiting: [S3Payload] = []
    /// Bytes that have come so far.
    private(set) var size = 0

    init(_ name: BlobName, _ chunks: Chunks, partSize: Int, limit: Int) {
        (self.name, self.chunks, self.partSize, self.limit) = (name, chunks, partSize, limit)
    }

    /// The only part, which may be empty; nil where there are several, and then `next` brings all of them.
    /// - Throws: as `next`.
    mutating func onlyPart() async throws -> S3Payload? {
        let first = try await readPart() ?? .empty
        guard first.bytes.readableBytes == partSize, let second = try await readPart() else { return first }
        waiting = [second, first]
        return nil
    }

    /// The next part; nil after the last.
    /// - Throws: `.tooLarge`, `CancellationError`, what the content throws.
    mutating func next() async throws -> S3Payload? {
        if let part = waiting.popLast() { return part }
        return try await readPart()
    }

    private mutating func readPart() async throws -> S3Payload? {
        var part = ByteBuffer()
        while part.readableBytes < partSize {
            if rest.readableBytes == 0, try await !readChunk() { break }
            if part.capacity == 0, rest.readableBytes < partSize { part.reserveCapacity(min(partSize, limit)) }
            let taken = rest.readSlice(length: min(rest.readableBytes, partSize - part.readableBytes)) ?? ByteBuffer()
            part.writeImmutableBuffer(taken)
        }
        return part.readableBytes == 0 ? nil : S3Payload(part)
    }

    /// False at the end.
    private mutating func readChunk() async throws -> Bool {
        while !isAtEnd {
            guard let chunk = try await chunks.next(isolation: #isolation) else {
                isAtEnd = true
                // Many sequences just end when the task is cancelled: what has come is not the whole.
                try Task.checkCancellation()
                break
            }
            guard chunk.readableBytes <= limit - size else { throw BlobError.tooLarge(name, limit: limit) }
            size += chunk.readableBytes
            rest = chunk
            if chunk.readableBytes > 0 { return true }
        }
        return false
    }
}
