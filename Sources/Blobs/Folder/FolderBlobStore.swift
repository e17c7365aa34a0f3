package import Environment
internal import Foundation
package import NIOCore

/// Blobs as files in a folder, which several processes and, where their file system keeps to POSIX, several machines
/// may share.
///
/// A file is written apart, flushed to the disk, and put in its place in one step. Whoever may write in the folder is
/// trusted not to put links there.
package struct FolderBlobStore: BlobStore {
    private let layout: FolderLayout
    private let environment: ServiceEnvironment

    /// In seconds, since the last byte was written.
    private static let leftoverAge: TimeInterval = 3600

    /// Opens the folder, which is made where it is not there, and removes what an interrupted writer left there, if it
    /// was last touched more than an hour ago.
    /// - Throws: `.denied`, `.full` or `.unavailable` for a folder that cannot be made or written.
    package static func open(_ folder: String, environment: ServiceEnvironment = .live) async throws -> FolderBlobStore
    {
        let layout = FolderLayout(root: folder)
        let now = Date(timeIntervalSince1970: TimeInterval(environment.now().microseconds) / 1e6)
        try await BlockingWork.run {
            do {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                try FolderLayout.make(layout.partials, in: folder)
                try layout.removeLeftovers(olderThan: leftoverAge, now: now)
            } catch let error as CocoaError {
                throw BlobError(.unavailable, "Cannot use the folder '\(folder)' for blobs.", cause: error)
            }
        }
        return FolderBlobStore(layout: layout, environment: environment)
    }

    @discardableResult
    package func write<Chunks: AsyncSequence>(_ name: BlobName, _ chunks: Chunks, limit: Int) async throws -> Int
    where Chunks.Element == ByteBuffer {
        let partial = try await BlockingWork.run { [layout, random = environment.random()] in
            try PartialFile(layout.newPartial(random: random), label: name.description)
        }
        do {
            let size = try await partial.fill(from: chunks, limit: limit) { .tooLarge(name, limit: limit) }
            try await BlockingWork.run { [layout] in try layout.publish(partial, as: name) }
            return size
        } catch {
            try await BlockingWork.run { partial.discard() }
            throw error
        }
    }

    package func read(_ name: BlobName, range: Range<Int>?) async throws -> BlobContent {
        let file = try await open(name)
        let part = (range ?? 0..<file.size).clamped(to: 0..<file.size)
        return BlobContent(size: file.size, range: part, chunks: BlobChunks { FileReader(file, part) })
    }

    package func size(_ name: BlobName) async throws -> Int {
        try await open(name).size
    }

    private func open(_ name: BlobName) async throws -> OpenedFile {
        try await BlockingWork.run { [layout] in try OpenedFile(layout.file(name), label: name.description) }
    }

    package func remove(_ name: BlobName) async throws {
        try await BlockingWork.run { [layout] in
            guard unlink(layout.file(name)) == 0 else {
                if errno == ENOENT || errno == ENOTDIR { return }
                throw SystemFailure.error("remove '\(name)'")
            }
            try FolderLayout.flush(layout.folders(name).last ?? layout.root)
            layout.removeEmptyFolders(name)
        }
    }

    package func list(_ prefix: BlobPrefix, after cursor: BlobCursor?, limit: Int) async throws -> BlobPage {
        let last = try cursor.map { try BlobName($0.description) }
        let most = min(max(1, limit), BlobPage.mostEntries)
        return try await BlockingWork.run { [layout] in
            // One more tells whether there is another page.
            let found = try FolderWalk.blobs(
                layout,
                prefix: prefix.description,
                after: last?.description,
                most: most + 1
            )
            let entries = Array(found.prefix(most))
            let next = found.count > most ? try entries.last.map { try BlobCursor($0.name.description) } : nil
            return BlobPage(entries: entries, next: next)
        }
    }

    package func close() async throws {}
}
