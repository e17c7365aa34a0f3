internal import Foundation

/// Making folders, and making them last.
enum FolderMaker {
    /// Makes a folder and those above it; one that is there already is fine.
    /// - Throws: `.unwritable`.
    static func make(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw ModelInstallationError(.unwritable, "Cannot make the folder '\(path)'.", cause: error)
        }
    }

    /// Waits until the names in a folder would survive a power cut, as far as its file system can promise that.
    static func flush(_ path: String) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}
