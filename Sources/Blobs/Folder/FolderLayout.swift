internal import Foundation

/// Where blobs lie in a folder.
///
/// The blob `a/b` is the file `a+/b`: no segment of a name contains a `+`, so that `a` can be a blob, too. What is
/// being written lies in `+partial`, on the same file system, so that it takes its place in one step, and in one
/// folder, so that what a crash leaves is found without looking at every blob.
struct FolderLayout: Sendable {
    let root: String

    static let folderMark: Character = "+"
    private static let attempts = 100

    var partials: String { root + "/+partial" }

    /// The file of a blob.
    func file(_ name: BlobName) -> String { path(name.segments.dropLast()) + "/" + (name.segments.last ?? "") }

    /// The folders above a blob's file, the outermost first, without the root.
    func folders(_ name: BlobName) -> [String] {
        let segments = name.segments
        return (1..<max(1, segments.count)).map { path(segments.prefix($0)) }
    }

    /// The folder for names that begin with these segments.
    func path(_ segments: some Sequence<Substring>) -> String {
        segments.reduce(into: root) { $0 += "/\($1)\(Self.folderMark)" }
    }

    /// A file for what is being written, whatever others write.
    func newPartial(random: UInt64) -> String {
        partials + "/" + String(getpid(), radix: 16) + "-" + String(random, radix: 16)
    }

    /// Makes the folders above a blob's file. They are not there if a remover takes them away meanwhile.
    func makeFolders(_ name: BlobName) throws {
        var parent = root
        for folder in folders(name) {
            try Self.make(folder, in: parent)
            parent = folder
        }
    }

    /// Makes a folder where there is none, so that it survives a power cut.
    static func make(_ folder: String, in parent: String) throws {
        if mkdir(folder, 0o755) == 0 { return try flush(parent) }
        guard [EEXIST, ENOENT].contains(errno) else { throw SystemFailure.error("make the folder '\(folder)'") }
    }

    /// Waits until the names in a folder would survive a power cut; nothing happens where it has been removed.
    static func flush(_ folder: String) throws {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return }
            throw SystemFailure.error("open the folder '\(folder)'")
        }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw SystemFailure.error("write the folder '\(folder)'") }
    }

    /// Makes a file the blob, once its content is on the disk.
    func publish(_ partial: PartialFile, as name: BlobName) throws {
        try partial.flush()
        for attempt in 1... {
            try makeFolders(name)
            if try partial.move(to: file(name)) { break }
            // A remover has taken an empty folder away again before the file was in it.
            guard attempt < Self.attempts else {
                throw BlobError(.unavailable, "Cannot write '\(name)': its folder does not stay.")
            }
        }
        try Self.flush(folders(name).last ?? root)
    }

    /// Removes the folders above a blob that has gone, up to the first that is not empty.
    func removeEmptyFolders(_ name: BlobName) {
        for folder in folders(name).reversed() where rmdir(folder) != 0 { return }
    }

    /// Removes what was being written by processes that ended in the middle of it.
    /// - Parameter limit: seconds since the last byte was written.
    func removeLeftovers(olderThan limit: TimeInterval, now: Date) throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: partials) {
            let path = partials + "/" + name
            var status = stat()
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
            #if canImport(Darwin)
                let written = status.st_mtimespec.tv_sec
            #else
                let written = status.st_mtim.tv_sec
            #endif
            if now.timeIntervalSince1970 - TimeInterval(written) > limit { unlink(path) }
        }
    }
}
