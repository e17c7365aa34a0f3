internal import Foundation

/// The operating system's errors in words.
enum SystemError {
    /// The last error of this thread, beginning in lower case.
    static func words(_ code: Int32 = errno) -> String {
        let text = String(cString: strerror(code))
        return text.prefix(1).lowercased() + text.dropFirst()
    }

    /// A failure to write, told apart by whether the disk is full.
    static func unwritable(_ path: String, _ code: Int32 = errno) -> ModelInstallationError {
        ModelInstallationError(
            code == ENOSPC || code == EDQUOT ? .noSpace : .unwritable,
            "Cannot write '\(path)': \(words(code))."
        )
    }
}
