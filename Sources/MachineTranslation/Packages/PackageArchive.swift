internal import CZip
internal import Foundation

/// Unpacks a model package (`.argosmodel` or `.zip`) into a folder.
///
/// Nothing in an archive is trusted: names must stay inside the folder and be plain files, and the announced sizes are
/// bounded before, and held to while, anything is written.
package struct PackageArchive: Sendable {
    let path: String

    package init(path: String) { self.path = path }

    private static let mostEntries = 10_000
    /// Weights hardly compress: an archive that unpacks to far more than its own size is not a model.
    private static let largestRatio = 50
    private static let largestTotal = 64 << 30

    /// Unpacks everything below `folder`, which is made; removed again where that fails.
    /// - Parameter onBytes: told how many bytes were written since the last call; what it throws ends the unpacking.
    /// - Throws: `.modelCorrupt` that names the entry at fault; `.modelMissing` where a file cannot be written.
    package func unpack(into folder: String, onBytes: (Int) throws -> Void = { _ in }) throws {
        try withEntries { archive, entries in
            do {
                for entry in entries { try write(entry, of: archive, into: folder, onBytes) }
            } catch {
                try? FileManager.default.removeItem(atPath: folder)
                throw error
            }
        }
    }

    /// The bytes that unpacking would write.
    /// - Throws: `.modelCorrupt` for what `unpack(into:)` would refuse before it writes.
    package func unpackedSize() throws -> Int {
        // No overflow: the checked total is bounded.
        try withEntries { _, entries in entries.reduce(0) { $0 + $1.size } }
    }

    private func withEntries<Result>(_ body: (OpaquePointer, [Entry]) throws -> Result) throws -> Result {
        var code: Int32 = 0
        guard let archive = zip_open(path, ZIP_RDONLY, &code) else {
            throw MachineTranslationError(
                .modelCorrupt,
                "'\(path)' is not a readable zip archive (libzip error \(code))."
            )
        }
        defer { zip_discard(archive) }
        return try body(archive, try checkedEntries(archive))
    }

    private struct Entry {
        var index: UInt64
        var name: String
        var size: Int
        var isFolder: Bool { name.hasSuffix("/") }
    }

    private func checkedEntries(_ archive: OpaquePointer) throws -> [Entry] {
        let count = Int(zip_get_num_entries(archive, 0))
        guard count > 0, count <= Self.mostEntries else {
            throw MachineTranslationError(
                .modelCorrupt,
                "'\(path)' has \(count) entries, expected 1 to \(Self.mostEntries)."
            )
        }
        let archiveSize = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber)?.intValue ?? 0
        let limit = min(Self.largestTotal, max(64 << 20, archiveSize * Self.largestRatio))
        var total = 0
        return try (0..<UInt64(count)).map { index in
            let entry = try checkedEntry(archive, index)
            guard entry.size <= limit - total else {
                throw MachineTranslationError(
                    .modelCorrupt,
                    "'\(path)' would unpack to more than \(limit) bytes; it is not unpacked."
                )
            }
            total += entry.size
            return entry
        }
    }

    private func checkedEntry(_ archive: OpaquePointer, _ index: UInt64) throws -> Entry {
        var status = zip_stat_t()
        zip_stat_init(&status)
        guard zip_stat_index(archive, index, 0, &status) == 0, let raw = status.name, status.size < UInt64(Int.max)
        else {
            throw MachineTranslationError(.modelCorrupt, "Entry \(index) of '\(path)' cannot be read.")
        }
        let name = String(cString: raw)
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        let escapes = name.hasPrefix("/") || name.contains("\\") || parts.contains("..") || parts.contains(".")
        var (system, attributes): (UInt8, UInt32) = (0, 0)
        zip_file_get_external_attributes(archive, index, 0, &system, &attributes)
        // On Unix the upper half holds the mode; 0120000 is a symbolic link.
        let isLink = system == UInt8(ZIP_OPSYS_UNIX) && (attributes >> 16) & 0o170000 == 0o120000
        guard !name.isEmpty, !escapes, !isLink else {
            throw MachineTranslationError(
                .modelCorrupt,
                "Entry '\(name)' of '\(path)' would leave the model's folder; the archive is refused."
            )
        }
        return Entry(index: index, name: name, size: Int(status.size))
    }

    private func write(
        _ entry: Entry,
        of archive: OpaquePointer,
        into folder: String,
        _ onBytes: (Int) throws -> Void
    ) throws {
        let target = folder + "/" + entry.name
        let parent = entry.isFolder ? target : (target as NSString).deletingLastPathComponent
        do {
            try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        } catch {
            throw unwritable(entry, in: folder, error)
        }
        if entry.isFolder { return }
        guard let file = zip_fopen_index(archive, entry.index, 0) else {
            throw MachineTranslationError(.modelCorrupt, "Entry '\(entry.name)' of '\(path)' cannot be opened.")
        }
        defer { zip_fclose(file) }
        guard FileManager.default.createFile(atPath: target, contents: nil),
            let output = FileHandle(forWritingAtPath: target)
        else { throw unwritable(entry, in: folder, nil) }
        defer { try? output.close() }
        try copy(file, entry, to: output, in: folder, onBytes)
    }

    private func unwritable(_ entry: Entry, in folder: String, _ cause: (any Error)?) -> MachineTranslationError {
        MachineTranslationError(
            .modelMissing,
            "Cannot unpack '\(entry.name.prefix(200))' of '\(path)' into '\(folder)'.",
            cause: cause
        )
    }

    private func copy(
        _ file: OpaquePointer,
        _ entry: Entry,
        to output: FileHandle,
        in folder: String,
        _ onBytes: (Int) throws -> Void
    ) throws {
        var left = entry.size
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = Int(zip_fread(file, &buffer, UInt64(buffer.count)))
            guard count >= 0, count <= left else {
                throw MachineTranslationError(
                    .modelCorrupt,
                    "Entry '\(entry.name)' of '\(path)' is damaged or longer than it says."
                )
            }
            if count == 0 { break }
            left -= count
            do {
                try output.write(contentsOf: buffer[..<count])
            } catch {
                throw unwritable(entry, in: folder, error)
            }
            try onBytes(count)
        }
        guard left == 0 else {
            throw MachineTranslationError(.modelCorrupt, "Entry '\(entry.name)' of '\(path)' ends too early.")
        }
    }
}
