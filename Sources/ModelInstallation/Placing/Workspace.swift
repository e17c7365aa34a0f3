internal import Foundation

/// Where one model is made ready, on the same disk as the models, so that it comes and goes in one step.
///
/// In the folder of models lies `.installing`, and in that, for a model NAME, the file `NAME.lock` and the folder
/// `NAME`: `downloads` is kept when an installation stops, `new` and `removed` are thrown away, and a model in `old` is
/// put back if its place is empty. So whenever a process dies, the old model or the new one is in place once the next
/// process has taken the lock.
struct Workspace {
    let models: String
    let name: ModelName
    private let lock: InstallationLock

    private var base: String { "\(models)/.installing" }
    private var root: String { "\(base)/\(name)" }
    /// For files that are downloaded.
    var downloads: String { "\(root)/downloads" }
    /// Where a package is unpacked.
    var unpacked: String { "\(root)/new/package" }
    /// Where the model is put together; its last component is the model's name, which some kinds of models are told by.
    var staged: String { "\(root)/new/\(name)" }
    private var old: String { "\(root)/old" }
    private var removed: String { "\(root)/removed" }
    private var place: String { "\(models)/\(name)" }

    /// Takes the lock of a name and clears up after a process that died.
    /// - Throws: `.busy`, `.unwritable`.
    init(models: String, name: ModelName) throws {
        self.models = models
        self.name = name
        lock = try InstallationLock(path: "\(models)/.installing/\(name).lock", for: name)
        do {
            try recover()
        } catch {
            lock.release()
            throw error
        }
    }

    private func recover() throws {
        if exists(old), !exists(place), rename(old, place) != 0 { throw SystemError.unwritable(place) }
        try discard("new", "old", "removed")
        try FolderMaker.make("\(root)/new")
    }

    private func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    private func discard(_ names: String...) throws {
        for path in names.map({ "\(root)/\($0)" }) where exists(path) {
            do {
                try FileManager.default.removeItem(atPath: path)
            } catch {
                throw ModelInstallationError(.unwritable, "Cannot remove '\(path)'.", cause: error)
            }
        }
    }

    /// Puts the staged model in its place; what is there is moved aside first, and put back where that fails.
    /// - Throws: `.unwritable`; the folder of models is then as it was.
    func placeStaged() throws {
        let replaces = exists(place)
        if replaces, rename(place, old) != 0 { throw SystemError.unwritable(place) }
        guard rename(staged, place) == 0 else {
            let error = SystemError.unwritable(place)
            if replaces { rename(old, place) }
            throw error
        }
        FolderMaker.flush(models)
    }

    /// Takes the model out of its place in one step, then removes its files.
    func removePlaced() throws {
        guard rename(place, removed) == 0 else { throw SystemError.unwritable(place) }
        FolderMaker.flush(models)
        try discard("removed")
    }

    /// Clears up and gives the lock back.
    /// - Parameter keepingDownloads: whether the next installation of this name may go on with what has come.
    func close(keepingDownloads: Bool) {
        let hasDownloads = !((try? FileManager.default.contentsOfDirectory(atPath: downloads)) ?? []).isEmpty
        // The only copy of a model that could not be put back.
        let holdsOld = exists(old) && !exists(place)
        if keepingDownloads && hasDownloads || holdsOld {
            try? discard("new", "removed")
        } else {
            try? FileManager.default.removeItem(atPath: root)
        }
        lock.release()
        // Only where it is empty.
        rmdir(base)
    }
}
