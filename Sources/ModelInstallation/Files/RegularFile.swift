internal import Crypto
internal import Foundation

/// A regular file open for reading. It is never reached through a link in its last component, and never waited for, as
/// a pipe would be.
struct RegularFile: ~Copyable {
    let path: String
    let size: Int
    private let descriptor: Int32

    private static let chunk = 1 << 20

    /// - Throws: `.notFound` where there is nothing, `.unreadable` for what is no regular file or may not be read.
    init(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw switch errno {
            case ENOENT, ENOTDIR: ModelInstallationError(.notFound, "There is no file '\(path)'.")
            case ELOOP: ModelInstallationError(.unreadable, "'\(path)' is a link, expected a file.")
            default: ModelInstallationError(.unreadable, "Cannot read '\(path)': \(SystemError.words()).")
            }
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw ModelInstallationError(.unreadable, "'\(path)' is no regular file.")
        }
        self.path = path
        self.descriptor = descriptor
        size = Int(status.st_size)
    }

    deinit { close(descriptor) }

    /// Hands over the whole content in pieces.
    /// - Throws: what `body` throws; `.unreadable` where reading fails.
    func forEachChunk(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.chunk, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw ModelInstallationError(.unreadable, "Cannot read '\(path)': \(SystemError.words()).")
            }
            if count == 0 { return }
            try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    /// The whole content.
    /// - Throws: `.tooLarge` beyond `limit` bytes.
    func content(limit: Int) throws -> Data {
        var data = Data()
        try forEachChunk { chunk in
            guard chunk.count <= limit - data.count else {
                throw ModelInstallationError(.tooLarge, "'\(path)' has more than \(limit) bytes.")
            }
            data.append(contentsOf: chunk)
        }
        return data
    }

    /// The checksum of the content.
    /// - Parameter onBytes: told how many bytes were read since the last call; what it throws ends the reading.
    func checksum(onBytes: (Int) throws -> Void) throws -> SHA256Sum {
        var hash = SHA256()
        try forEachChunk { chunk in
            hash.update(bufferPointer: chunk)
            try onBytes(chunk.count)
        }
        return SHA256Sum(hash.finalize())
    }

    /// Waits until the content would survive a power cut.
    func flush() throws {
        guard fsync(descriptor) == 0 else {
            throw ModelInstallationError(.unwritable, "Cannot write '\(path)': \(SystemError.words()).")
        }
    }
}
