internal import Foundation

/// The operating system's errors as errors of the store.
enum SystemFailure {
    /// - Parameters:
    ///   - action: what was tried, to complete "Cannot …", such as "write 'x'".
    ///   - code: the last error of this thread.
    static func error(_ action: String, _ code: Int32 = errno) -> BlobError {
        let words = String(cString: strerror(code))
        // EFBIG: larger than the file system or the process's limit allows.
        let isFull = [ENOSPC, EDQUOT, EFBIG].contains(code)
        return BlobError(
            isFull ? .full : code == EACCES || code == EPERM || code == EROFS ? .denied : .unavailable,
            "Cannot \(action): \(words.prefix(1).lowercased() + words.dropFirst())."
        )
    }
}
