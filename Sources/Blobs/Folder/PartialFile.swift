internal import Foundation
internal import NIOCore

/// A file that is being written, under a name that nobody reads. Every method waits for the disk.
final class PartialFile: Sendable {
    private let path: String
    /// What people call it.
    private let label: String
    private let descriptor: Int32

    /// - Parameter path: of a file that is not there.
    /// - Throws: `.full`, `.denied`, `.unavailable`.
    init(_ path: String, label: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw SystemFailure.error("write '\(label)'") }
        (self.path, self.label, self.descriptor) = (path, label, descriptor)
    }

    deinit { close(descriptor) }

    /// Adds bytes.
    /// - Throws: `.full`, `.unavailable`.
    func append(_ bytes: ByteBuffer) throws {
        try bytes.withUnsafeReadableBytes { bytes in
            var rest = bytes
            while !rest.isEmpty {
                let count = write(descriptor, rest.baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count >= 0 else { throw SystemFailure.error("write '\(label)'") }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
    }

    /// Waits until the content would survive a power cut.
    func flush() throws {
        guard fsync(descriptor) == 0 else { throw SystemFailure.error("write '\(label)'") }
    }

    /// Gives it its name, in the place of what had that name.
    /// - Returns: false where there is no such folder.
    func move(to file: String) throws -> Bool {
        if rename(path, file) == 0 { return true }
        guard errno == ENOENT else { throw SystemFailure.error("write '\(label)'") }
        return false
    }

    /// Removes what has been written.
    func discard() { unlink(path) }
}

extension PartialFile {
    /// Pieces are gathered up to this size before the disk is troubled.
    private static let gathered = 256 << 10

    /// Appends everything that comes.
    /// - Returns: the number of bytes.
    /// - Throws: what `tooLarge` makes beyond `limit` bytes, `CancellationError`, what `chunks` throws.
    func fill<Chunks: AsyncSequence>(
        from chunks: Chunks,
        limit: Int,
        tooLarge: () -> BlobError
    ) async throws -> Int where Chunks.Element == ByteBuffer {
        var size = 0
        var pending = ByteBuffer()
        for try await chunk in chunks {
            guard chunk.readableBytes <= limit - size else { throw tooLarge() }
            size += chunk.readableBytes
            if pending.readableBytes + chunk.readableBytes < Self.gathered {
                pending.writeImmutableBuffer(chunk)
            } else {
                try await BlockingWork.run { [pending] in
                    try self.append(pending)
                    try self.append(chunk)
                }
                pending.clear()
            }
        }
        // Many sequences just end when the task is cancelled: what has come is not the whole.
        try Task.checkCancellation()
        try await BlockingWork.run { [pending] in try self.append(pending) }
        return size
    }
}
