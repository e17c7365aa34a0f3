internal import Foundation

/// Reading small files whose size is not trusted.
enum BoundedRead {
    /// The content of a regular file of at most `limit` bytes.
    static func file(_ path: String, limit: Int) throws -> Data {
        let attributes = try? FileManager.default.attributesOfItem(
            atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        )
        guard let attributes, attributes[.type] as? FileAttributeType == .typeRegular else {
            throw MachineTranslationError(.modelMissing, "There is no file '\(path)'.")
        }
        let size = (attributes[.size] as? NSNumber)?.intValue ?? 0
        guard size <= limit else {
            throw MachineTranslationError(
                .modelCorrupt,
                "'\(path)' has \(size) bytes; at most \(limit) were expected."
            )
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw MachineTranslationError(.modelMissing, "Cannot read '\(path)'.")
        }
        return data
    }
}
