internal import Foundation

/// Copies a model's folder.
struct FolderCopy: Sendable {
    let source: String
    let destination: String
    /// Most bytes that are copied.
    let limit: Int

    /// Copies every file but hidden ones and a receipt.
    /// - Throws: `.damaged` for links and what else is no file; `.tooLarge`, `.noSpace`, `.unreadable`, `.unwritable`,
    ///   and what `onProgress` throws.
    func run(available: (String) throws -> Int, onProgress: (_ done: Int, _ total: Int) throws -> Void) throws {
        let listing = try FolderListing(source)
        let total = listing.totalSize
        guard total <= limit else {
            throw ModelInstallationError(
                .tooLarge,
                "'\(source)' has \(ByteCount(total)), at most \(ByteCount(limit)) are installed; raise the limit with "
                    + "--max-size if it is meant."
            )
        }
        try FolderMaker.make(destination)
        try DiskSpace.require(total, in: destination, available: available)
        var done = 0
        for file in listing.files where file.path != Receipt.fileName {
            let target = "\(destination)/\(file.path)"
            try FolderMaker.make((target as NSString).deletingLastPathComponent)
            try Self.copy("\(source)/\(file.path)", to: target) { count in
                done += count
                try onProgress(done, total)
            }
        }
    }

    /// Copies one file's content.
    static func copy(_ source: String, to target: String, onBytes: (Int) throws -> Void) throws {
        let output = try OutputFile(target)
        try RegularFile(source).forEachChunk { chunk in
            try output.write(chunk)
            try onBytes(chunk.count)
        }
    }
}
