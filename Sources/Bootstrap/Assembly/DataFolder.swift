internal import Environment
internal import Foundation

/// The folder that everything kept lies in, readable by its owner alone.
///
///     dragoman.sqlite      accounts, jobs, notes
///     segments.sqlite      translated segments; may be deleted at any time
///     secret.key           signs tokens, where the configuration names no key
package struct DataFolder: Sendable {
    package let path: String

    /// Makes the folder if it is missing and may be made; else it is taken as it is.
    /// - Throws: `ConfigurationError` if it cannot be made or written.
    package init(_ path: String, mayMake: Bool) throws {
        self.path = path
        guard mayMake else { return }
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
        let isMade = try Self.makeWhole(file, Data(key.utf8), besides: key.prefix(16))
        return isMade ? key : try secretKey(environment)
    }

    /// Makes a file that is there with all it holds, or not at all: of two processes that start at once one makes it, and
    /// the other reads what that one made.
    /// - Parameter besides: ends the name that the file has before it is whole.
    /// - Returns: whether it was made; false where it is there already.
    private static func makeWhole(_ file: String, _ data: Data, besides: Substring) throws -> Bool {
        let partial = "\(file).\(besides)"
        let descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL, 0o600)
        guard descriptor >= 0 else { throw ConfigurationError(problems: ["'\(file)' cannot be made."]) }
        defer { unlink(partial) }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try handle.write(contentsOf: data)
        try handle.synchronize()
        guard link(partial, file) != 0 else { return true }
        guard errno == EEXIST else { throw ConfigurationError(problems: ["'\(file)' cannot be made."]) }
        return false
    }
}
