internal import Foundation

/// Reading files with words for every failure: a missing file, a directory, an unreadable or an empty one.
enum FileAccess {
    /// Opens a regular, non-empty file for reading and passes its descriptor and size to `body`.
    static func withFile<Result>(_ path: String, _ body: (Int32, Int) throws -> Result) throws -> Result {
        // Without O_NONBLOCK, a pipe in the file's place would be waited for.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw InferenceError(.missing, "Cannot open '\(path)': \(String(cString: strerror(errno))).")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw InferenceError(.missing, "'\(path)' is not a file; a regular file was expected.")
        }
        guard status.st_size > 0 else {
            throw InferenceError(.corrupt, "'\(path)' is empty, expected a file with content.")
        }
        return try body(descriptor, Int(status.st_size))
    }

    /// Reads a whole text or JSON file of at most `limit` bytes.
    static func read(_ path: String, limit: Int) throws -> Data {
        try withFile(path) { descriptor, size in
            guard size <= limit else {
                throw InferenceError(.corrupt, "'\(path)' has \(size) bytes; at most \(limit) were expected.")
            }
            var data = Data(count: size)
            let count = data.withUnsafeMutableBytes { readFully(descriptor, into: $0) }
            guard count == size else { throw InferenceError(.missing, "Cannot read '\(path)' to its end.") }
            return data
        }
    }

    /// The hash of a file's content, as 32 hexadecimal digits. The file is read in pieces, so that its pages do not count
    /// as this process's memory.
    static func fingerprint(_ path: String) throws -> String {
        try withFile(path) { descriptor, _ in
            let hash = try ContentHash()
            var buffer = [UInt8](repeating: 0, count: 1 << 18)
            while true {
                let count = buffer.withUnsafeMutableBytes { readFully(descriptor, into: $0) }
                guard count >= 0 else { throw InferenceError(.missing, "Cannot read '\(path)'.") }
                if count == 0 { break }
                buffer.withUnsafeBytes { hash.update(UnsafeRawBufferPointer(rebasing: $0.prefix(count))) }
            }
            return hash.bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
        }
    }

    /// Reads until the buffer is full or the file ends; −1 on an error.
    private static func readFully(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        var done = 0
        while done < buffer.count {
            let count = Foundation.read(descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done)
            if count < 0 { return -1 }
            if count == 0 { break }
            done += count
        }
        return done
    }
}
