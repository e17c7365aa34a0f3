#if canImport(Glibc)
    private import Glibc
#else
    private import Darwin
#endif

/// Reads whole files, up to a limit, without trusting what the path leads to.
enum BoundedFile {
    /// The content of the regular file at `path`.
    ///
    /// Nothing is allocated for a file that is larger than `limit` bytes, and a pipe or device is refused without
    /// waiting for it.
    /// - Parameter kind: what the file should be, for messages, with its article: "a SentencePiece model".
    static func read(_ path: String, limit: Int, kind: String) throws -> [UInt8] {
        // O_NONBLOCK: opening a pipe for reading would otherwise wait for a writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw unreadable("The file '\(path)' cannot be opened (\(lastError())); expected \(kind).")
        }
        defer { close(descriptor) }
        let size = try regularFileSize(descriptor, path: path, kind: kind)
        guard size <= limit else {
            throw TextAnalysisError(
                code: .invalidFile,
                message: "The file '\(path)' has \(size) bytes; expected \(kind) of at most \(limit) bytes."
            )
        }
        return try content(of: descriptor, size: size, path: path, kind: kind)
    }

    private static func regularFileSize(_ descriptor: Int32, path: String, kind: String) throws -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw unreadable("The file '\(path)' cannot be examined (\(lastError())); expected \(kind).")
        }
        let type = status.st_mode & S_IFMT
        guard type == S_IFREG else {
            let found = type == S_IFDIR ? "a directory" : "not a regular file"
            throw unreadable("'\(path)' is \(found); expected \(kind).")
        }
        return Int(status.st_size)
    }

    private static func content(of descriptor: Int32, size: Int, path: String, kind: String) throws -> [UInt8] {
        var failure: TextAnalysisError?
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
            while filled < size, let start = buffer.baseAddress {
                let count = Self.read(descriptor, into: start + filled, count: size - filled)
                if count < 0 {
                    failure = unreadable("The file '\(path)' cannot be read (\(lastError())); expected \(kind).")
                }
                if count <= 0 { break }
                filled += count
            }
        }
        if let failure { throw failure }
        return bytes
    }

    private static func read(_ descriptor: Int32, into start: UnsafeMutablePointer<UInt8>, count: Int) -> Int {
        while true {
            #if canImport(Glibc)
                let result = Glibc.read(descriptor, start, count)
            #else
                let result = Darwin.read(descriptor, start, count)
            #endif
            if result >= 0 || errno != EINTR { return result }
        }
    }

    private static func unreadable(_ message: String) -> TextAnalysisError {
        TextAnalysisError(code: .unreadableFile, message: message)
    }

    private static func lastError() -> String {
        String(cString: strerror(errno))
    }
}
