internal import Foundation
internal import MachineTranslation

/// Unpacks a package into the workspace.
struct PackageUnpacking: Sendable {
    let path: String
    /// Where the package came from, for words.
    let source: String
    let workspace: Workspace
    /// Most bytes that are unpacked.
    let limit: Int

    /// - Returns: the package's checksum.
    /// - Throws: `.damaged` for what is no package or made to do harm; `.tooLarge`, `.noSpace`, `.unwritable`, and what
    ///   `onProgress` throws.
    func run(
        available: (String) throws -> Int,
        onProgress: (_ done: Int, _ total: Int) throws -> Void
    ) throws -> SHA256Sum {
        let sum = try RegularFile(path).checksum { _ in try onProgress(0, 0) }
        let archive = PackageArchive(path: path)
        let total = try inOwnWords { try archive.unpackedSize() }
        guard total <= limit else {
            throw ModelInstallationError(
                .tooLarge,
                "'\(source)' unpacks to \(ByteCount(total)), at most \(ByteCount(limit)) are installed; raise the "
                    + "limit with --max-size if it is meant."
            )
        }
        try DiskSpace.require(total, in: workspace.models, available: available)
        try inOwnWords {
            var done = 0
            try archive.unpack(into: workspace.unpacked) { count in
                done += count
                try onProgress(done, total)
            }
            let model = try ModelLocator.modelFolder(in: workspace.unpacked)
            guard rename(model, workspace.staged) == 0 else { throw SystemError.unwritable(workspace.staged) }
        }
        return sum
    }

    private func inOwnWords<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as MachineTranslationError {
            let words = error.message.replacing(path, with: source).replacing(workspace.unpacked, with: source)
            throw ModelInstallationError(error.code == .modelMissing ? .unwritable : .damaged, words, cause: error)
        }
    }
}
