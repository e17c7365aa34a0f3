internal import Foundation
internal import NIOCore

/// A file open for reading. It stays what it is, though another may take its name. Every method waits for the disk.
final class OpenedFile: Sendable {
    let size: Int
    /// What people call it.
    private let label: String
    private let descriptor: Int32

    /// - Throws: `.notFound`, `.denied`, `.unavailable`.
    init(_ path: String, label: String) throws {
        // Never through a link, and without waiting, as opening a pipe would.
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { throw BlobError(.notFound, "There is no '\(label)'.") }
            throw SystemFailure.error("read '\(label)'")
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw BlobError(.unavailable, "Cannot read '\(label)': '\(path)' is no regular file.")
        }
        (self.label, self.descriptor, size) = (label, descriptor, Int(status.st_size))
    }

    deinit { close(descriptor) }

    /// Reads some bytes from `range`, at least one.
    /// - Throws: `.unavailable`, also where the file has become shorter than it was.
    func read(_ range: Range<Int>, atMost most: Int) throws -> ByteBuffer {
        let wanted = min(range.count, most)
        var bytes = ByteBufferAllocator().buffer(capacity: wanted)
        let count = bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: wanted) { space in
            while true {
                let count = pread(descriptor, space.baseAddress, wanted, off_t(range.lowerBound))
                if count >= 0 || errno != EINTR { return max(0, count) }
            }
        }
        guard count > 0 else {
            throw BlobError(.unavailable, "Cannot read '\(label)': its file cannot be read further.")
        }
        return bytes
    }
}

/// Reads a part of a file, piece by piece.
final class FileReader: ChunkReader {
    private let file: OpenedFile
    private var rest: Range<Int>

    private static let chunk = 256 << 10

    init(_ file: OpenedFile, _ range: Range<Int>) { (self.file, rest) = (file, range) }

    func next() async throws -> ByteBuffer? {
        guard !rest.isEmpty else { return nil }
        try Task.checkCancellation()
        let bytes = try await BlockingWork.run { [file, rest] in try file.read(rest, atMost: Self.chunk) }
        rest = (rest.lowerBound + bytes.readableBytes)..<rest.upperBound
        return bytes
    }
}
