internal import Foundation

/// A file open for writing; made where it is not there, never reached through a link.
struct OutputFile: ~Copyable {
    let path: String
    private let descriptor: Int32

    /// - Parameter offset: where writing begins; what lies beyond is cut off.
    /// - Throws: `.unwritable`, or `.noSpace`.
    init(_ path: String, offset: Int = 0) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw SystemError.unwritable(path) }
        guard ftruncate(descriptor, off_t(offset)) == 0, lseek(descriptor, off_t(offset), SEEK_SET) >= 0 else {
            let code = errno
            close(descriptor)
            throw SystemError.unwritable(path, code)
        }
        self.path = path
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Writes all of it.
    /// - Throws: `.unwritable`, or `.noSpace`.
    func write(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = Foundation.write(descriptor, rest.baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SystemError.unwritable(path) }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }
}
