internal import Foundation

/// Keeps two processes from changing the same model at once. The operating system gives it back when a process dies.
final class InstallationLock: Sendable {
    private let path: String
    private let descriptor: Int32

    private static let attempts = 100

    /// Takes the lock, making its file and the folder that lies in.
    /// - Throws: `.busy` where another process has it, `.unwritable`.
    init(path: String, for name: ModelName) throws {
        let folder = (path as NSString).deletingLastPathComponent
        for _ in 0..<Self.attempts {
            try FolderMaker.make(folder)
            let descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o644)
            // Its last holder removes the file, and the folder if that is empty, perhaps just now.
            if descriptor < 0, errno == ENOENT { continue }
            guard descriptor >= 0 else { throw SystemError.unwritable(path) }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                close(descriptor)
                throw ModelInstallationError(
                    .busy,
                    "'\(name)' is being installed or removed by another process; try again when that has ended."
                )
            }
            if Self.isSame(descriptor, path) {
                (self.path, self.descriptor) = (path, descriptor)
                return
            }
            close(descriptor)
        }
        throw ModelInstallationError(.busy, "Other processes keep installing and removing '\(name)'; try again later.")
    }

    /// Whether the open file is still the one of that path: its last holder may have removed it after it was opened.
    private static func isSame(_ descriptor: Int32, _ path: String) -> Bool {
        var (open, named) = (stat(), stat())
        return fstat(descriptor, &open) == 0 && lstat(path, &named) == 0
            && open.st_ino == named.st_ino && open.st_dev == named.st_dev
    }

    /// Gives the lock back, its file removed first, while nobody else can hold it.
    func release() {
        unlink(path)
        close(descriptor)
    }
}
