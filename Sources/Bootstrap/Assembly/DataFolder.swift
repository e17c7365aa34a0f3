internal import Environment
internal import Foundation

/// The folder that everything kept lies in, readable by its owner alone.
///
///     dragoman.sqlite      accounts, jobs, notes
///     segments.sqlite      translated segments; may be deleted at any time
///     secret.key           signs tokens, where the configuration names no key
package struct DataFolder: Sendable {
    package let path: String

    /// Makes the folder if it is missing.
    /// - Throws: `ConfigurationError` if it cannot be made or written.
    package init(_ path: String) throws {
        self.path = path
        do {
            try FileManager.default.createDirectory(
                atPath: path,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw ConfigurationError(problems: [
                "The folder '\(path)' (data_dir) cannot be made, expected one that can be written: \(error.localizedDescription)"
            ])
        }
        guard access(path, W_OK | X_OK) == 0 else {
            throw ConfigurationError(problems: [
                "The folder '\(path)' (data_dir) cannot be written, expected one that can."
            ])
        }
    }

    package var databasePath: String { path + "/dragoman.sqlite" }
    package var segmentsPath: String { path + "/segments.sqlite" }

    /// The key in `secret.key`, made at the first call.
    func secretKey(_ environment: ServiceEnvironment) throws -> String {
        let file = path + "/secret.key"
        if let data = FileManager.default.contents(atPath: file) {
            let key = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            guard key.utf8.count >= 32 else {
                throw ConfigurationError(problems: [
                    "'\(file)' has \(key.utf8.count) bytes, expected a key of at least 32."
                ])
            }
            return key
        }
        let key = (0..<4).map { _ in
            let digits = String(environment.random(), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
        // Of two processes that start at once, one makes it, and the other reads what that one made.
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL, 0o600)
        guard descriptor >= 0 else {
            guard errno == EEXIST else { throw ConfigurationError(problems: ["'\(file)' cannot be made."]) }
            return try secretKey(environment)
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try handle.write(contentsOf: Data(key.utf8))
        try handle.synchronize()
        return key
    }
}
