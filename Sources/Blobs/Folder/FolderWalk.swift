internal import Foundation

/// Lists the blobs below a folder in the order of their names, without holding more of a folder's entries than a page.
struct FolderWalk {
    private let layout: FolderLayout
    private let prefix: String
    private let last: String?
    private let most: Int
    private var found: [BlobEntry] = []

    /// The first blobs whose names begin with `prefix` and come after `last`, at most `most`.
    static func blobs(_ layout: FolderLayout, prefix: String, after last: String?, most: Int) throws -> [BlobEntry] {
        var walk = FolderWalk(layout: layout, prefix: prefix, last: last, most: most)
        let segments = prefix.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        try walk.visit(segments.map { $0 + "/" }.joined())
        return walk.found
    }

    private init(layout: FolderLayout, prefix: String, last: String?, most: Int) {
        (self.layout, self.prefix, self.last, self.most) = (layout, prefix, last, most)
    }

    /// Lists a folder.
    /// - Parameter key: how the names in it begin: empty, or with `/` at the end.
    private mutating func visit(_ key: String) throws {
        var place: String?
        while true {
            let entries = try FolderEntries.smallest(
                most,
                in: layout.path(key.split(separator: "/")),
                after: place,
                where: { mayHold(key + $0) }
            )
            for entry in entries {
                if entry.hasSuffix("/") { try visit(key + entry) } else { add(key + entry) }
                if found.count == most { return }
            }
            guard entries.count == most else { return }
            place = entries.last
        }
    }

    /// Whether a name, or a folder's names if it ends with `/`, are or may be wanted.
    private func mayHold(_ key: String) -> Bool {
        guard key.utf8.count <= BlobName.mostBytes else { return false }
        guard key.hasSuffix("/") else { return key.hasPrefix(prefix) && last.map { key > $0 } ?? true }
        return (key.hasPrefix(prefix) || prefix.hasPrefix(key)) && last.map { key > $0 || $0.hasPrefix(key) } ?? true
    }

    private mutating func add(_ key: String) {
        guard let name = try? BlobName(key) else { return }
        var status = stat()
        // It may have gone since the folder was read, or be something else that people put there.
        guard lstat(layout.file(name), &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
        found.append(BlobEntry(name: name, size: Int(status.st_size)))
    }
}

/// The entries of a folder as segments of names; those that are folders have a `/` at the end. In that form the order
/// of the entries is the order of all names below them.
enum FolderEntries {
    /// The first entries in order.
    /// - Parameters:
    ///   - last: the entry after which to begin.
    ///   - isWanted: the others are passed over.
    /// - Returns: fewer than `most` only at the end; nothing where there is no such folder.
    static func smallest(
        _ most: Int,
        in folder: String,
        after last: String?,
        where isWanted: (String) -> Bool
    ) throws -> [String] {
        guard let stream = opendir(folder) else {
            if errno == ENOENT || errno == ENOTDIR { return [] }
            throw SystemFailure.error("read the folder '\(folder)'")
        }
        defer { closedir(stream) }
        var entries: [String] = []
        while let entry = readdir(stream) {
            guard let segment = segment(entry), last.map({ segment > $0 }) ?? true, isWanted(segment) else { continue }
            entries.append(segment)
            guard entries.count >= 2 * most else { continue }
            entries.sort()
            entries.removeLast(entries.count - most)
        }
        return Array(entries.sorted().prefix(most))
    }

    /// Nil for what is no segment of a name.
    private static func segment(_ entry: UnsafeMutablePointer<dirent>) -> String? {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: $0.pointee)) {
                String(validatingCString: $0)
            }
        }
        guard let name else { return nil }
        let isFolder = name.last == FolderLayout.folderMark
        let segment = isFolder ? name.dropLast() : name[...]
        guard BlobName.isValid(segment: segment) else { return nil }
        return isFolder ? segment + "/" : String(segment)
    }
}
