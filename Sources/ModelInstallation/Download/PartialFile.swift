internal import Foundation

/// What has come of a download, and how to tell whether the server still has the same: a file, and its description
/// beside it with `.json` after its name.
///
/// The description is written before the first byte, and a stale content is cut off before a new description is
/// written: whenever the process ends, the two fit together.
struct PartialFile {
    /// What is known of the content that is being downloaded.
    struct Record: Codable, Equatable {
        var address: String
        /// A strong entity tag, or the time of the last change, as the server wrote it.
        var validator: String?
        /// Size of the whole content.
        var total: Int?
        /// The checksum that is expected of the whole.
        var sha256: SHA256Sum?
    }

    /// Where to go on.
    struct ResumePoint: Equatable {
        var offset: Int
        var record: Record
    }

    let path: String

    private static let largestRecord = 1 << 16

    private var recordPath: String { path + ".json" }

    /// Where to go on with a download; nil where there is nothing of it, or nothing that tells whether the rest would
    /// fit.
    func resumePoint(address: ModelAddress, sha256: SHA256Sum?) -> ResumePoint? {
        guard let file = try? RegularFile(recordPath), let data = try? file.content(limit: Self.largestRecord),
            let record = try? JSONDecoder().decode(Record.self, from: data),
            record.address == address.request, record.sha256 == sha256,
            record.validator != nil || sha256 != nil,
            let size = try? RegularFile(path).size, size > 0, size <= record.total ?? .max
        else { return nil }
        return ResumePoint(offset: size, record: record)
    }

    /// Forgets what has come and begins anew.
    func start(_ record: Record) throws -> OutputFile {
        let output = try OutputFile(path)
        try write(record)
        return output
    }

    private func write(_ record: Record) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(record)
        let file = try OutputFile(recordPath)
        try data.withUnsafeBytes { try file.write($0) }
    }

    /// Goes on where it stopped.
    func resume(at point: ResumePoint) throws -> OutputFile { try OutputFile(path, offset: point.offset) }

    /// Notes that all has come, where the server did not say how much there would be.
    func complete(_ record: Record, size: Int) throws {
        var record = record
        record.total = size
        try write(record)
    }

    /// Removes what has come.
    func discard() {
        unlink(path)
        unlink(recordPath)
    }
}
