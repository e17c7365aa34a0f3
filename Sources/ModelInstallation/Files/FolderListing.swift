internal import Foundation

/// The files below a folder, found without following a link.
struct FolderListing {
    struct File: Equatable {
        /// Path from the folder, with `/` between its parts.
        var path: String
        var size: Int
    }

    let files: [File]

    var totalSize: Int { files.reduce(0) { $0 + $1.size } }

    private static let mostFiles = 10_000
    private static let deepest = 16

    /// Lists a folder; names that begin with a dot are left out.
    /// - Throws: `.damaged` for links, devices, pipes, and beyond 10,000 files or 16 levels; `.unreadable`;
    ///   `.notFound`.
    init(_ folder: String) throws {
        var files: [File] = []
        try Self.collect(folder, below: "", depth: 0, into: &files)
        self.files = files.sorted { $0.path < $1.path }
    }

    private static func collect(_ folder: String, below prefix: String, depth: Int, into files: inout [File]) throws {
        guard depth <= deepest else {
            throw ModelInstallationError(.damaged, "'\(folder)' lies deeper than \(deepest) folders; that is no model.")
        }
        for name in try names(in: folder) where !name.hasPrefix(".") {
            let path = "\(folder)/\(name)"
            var status = stat()
            guard lstat(path, &status) == 0 else {
                throw ModelInstallationError(.unreadable, "Cannot read '\(path)': \(SystemError.words()).")
            }
            switch status.st_mode & S_IFMT {
            case S_IFDIR: try collect(path, below: prefix + name + "/", depth: depth + 1, into: &files)
            case S_IFREG: files.append(File(path: prefix + name, size: Int(status.st_size)))
            case S_IFLNK:
                throw ModelInstallationError(
                    .damaged,
                    "'\(path)' is a link; a model must hold its files itself (copy it with 'cp -rL' first)."
                )
            default: throw ModelInstallationError(.damaged, "'\(path)' is neither a file nor a folder.")
            }
            guard files.count <= mostFiles else {
                throw ModelInstallationError(.damaged, "There are more than \(mostFiles) files; that is no model.")
            }
        }
    }

    private static func names(in folder: String) throws -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            let isThere = FileManager.default.fileExists(atPath: folder)
            throw ModelInstallationError(
                isThere ? .unreadable : .notFound,
                isThere ? "Cannot read the folder '\(folder)'." : "There is no folder '\(folder)'.",
                cause: error
            )
        }
    }
}
