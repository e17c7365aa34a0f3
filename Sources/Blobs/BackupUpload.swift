package import Environment
internal import Foundation

/// Copies of a file, such as a database's backup, in a store, each under a name that says when it was made.
///
///     let backups = BackupUpload(store: store, ending: "sqlite")
///     let made = try await backups.upload("/var/lib/dragoman/backup.sqlite")
///     try await backups.removeOld(keeping: 14)
package struct BackupUpload: Sendable {
    private let store: any BlobStore
    private let ending: String
    private let environment: ServiceEnvironment

    private static let mostPages = 1000

    /// - Parameters:
    ///   - store: where nothing else is kept with the ending.
    ///   - ending: of the names, without its point: letters a-z and digits.
    package init(store: any BlobStore, ending: String, environment: ServiceEnvironment = .live) {
        (self.store, self.ending, self.environment) = (store, ending, environment)
    }

    /// Copies a file that nobody changes meanwhile into the store.
    /// - Returns: the copy's name, such as `20261121-170405-9f3c21d0.sqlite`, and its size.
    /// - Throws: `.notFound` for no such file; what `BlobStore.write` throws, and then there is no copy.
    package func upload(_ path: String) async throws -> BlobEntry {
        let file = try await BlockingWork.run { try OpenedFile(path, label: path) }
        let name = try newName()
        let content = BlobChunks { FileReader(file, 0..<file.size) }
        return BlobEntry(name: name, size: try await store.write(name, content, limit: file.size))
    }

    /// The time in UTC, then 32 random bits: names in order are copies in order, and two of one second do not collide.
    private func newName() throws -> BlobName {
        let time = environment.now().compactTime.split(separator: "T").joined(separator: "-").dropLast()
        let chance = String(UInt64(1) << 32 | environment.random() >> 32, radix: 16).dropFirst()
        return try BlobName("\(time)-\(chance).\(ending)")
    }

    /// The copies, the oldest first.
    /// - Throws: what `BlobStore.list` throws.
    package func all() async throws -> [BlobEntry] {
        var found: [BlobEntry] = []
        var cursor: BlobCursor?
        for _ in 0..<Self.mostPages {
            let page = try await store.list(.all, after: cursor, limit: BlobPage.mostEntries)
            found += page.entries.filter { isCopy($0.name) }
            cursor = page.next
            if cursor == nil { break }
        }
        return found
    }

    /// Whether a name is one that `newName` makes.
    private func isCopy(_ name: BlobName) -> Bool {
        let text = name.description
        let parts = text.dropLast(ending.count + 1).split(separator: "-", omittingEmptySubsequences: false)
        return text.hasSuffix("." + ending) && parts.map(\.count) == [8, 6, 8]
            && parts.joined().allSatisfy(\.isHexDigit)
    }

    /// Removes all but the newest copies.
    /// - Returns: the names of those that were removed.
    @discardableResult
    package func removeOld(keeping count: Int) async throws -> [BlobName] {
        let old = try await all().dropLast(max(1, count)).map(\.name)
        for name in old { try await store.remove(name) }
        return old
    }

    /// Copies a copy back into a file, which must not be there yet.
    /// - Returns: its size in bytes.
    /// - Throws: `.notFound` for no such copy; `.invalid` for a file that is there; `.full`, `.denied`, `.unavailable`.
    package func download(_ name: BlobName, to path: String) async throws -> Int {
        let content = try await store.read(name)
        // Beside its final name, so that a copy that breaks off never looks like a whole one.
        let partial = try await BlockingWork.run {
            guard !FileManager.default.fileExists(atPath: path) else {
                throw BlobError(.invalid, "'\(path)' is there already, expected a new file.")
            }
            unlink(path + ".partial")
            return try PartialFile(path + ".partial", label: path)
        }
        do {
            let size = try await partial.fill(from: content.chunks, limit: content.size) {
                BlobError(.tooLarge, "'\(name)' has more bytes than it said.")
            }
            try await BlockingWork.run {
                try partial.flush()
                guard try partial.move(to: path) else { throw BlobError(.unavailable, "'\(path)' has no folder.") }
            }
            return size
        } catch {
            try await BlockingWork.run { partial.discard() }
            throw error
        }
    }
}
