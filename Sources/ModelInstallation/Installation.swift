internal import Environment
internal import Foundation
internal import MachineTranslation

/// One run of installing a model: get, check, unpack, load, place.
struct Installation: Sendable {
    let installer: ModelInstaller
    let plan: InstallationPlan
    let downloader: Downloader
    let report: @Sendable (InstallProgress) -> Void

    private var name: ModelName { plan.name }
    private var limit: Int { installer.configuration.largestModel }

    func run(replaces: Bool) async throws -> InstalledModel {
        // Before anything is downloaded, and once more when nobody else can change it.
        try FolderMaker.make(installer.folder)
        try checkPlace(replaces)
        let workspace = try Workspace(models: installer.folder, name: name)
        do {
            try checkPlace(replaces)
            let installed = try await install(in: workspace)
            workspace.close(keepingDownloads: false)
            return installed
        } catch {
            workspace.close(keepingDownloads: Self.canGoOn(after: error))
            throw error
        }
    }

    /// Whether another run can use what this one has downloaded.
    private static func canGoOn(after error: any Error) -> Bool {
        guard let error = error as? ModelInstallationError else { return error is CancellationError }
        return [.unreachable, .noSpace, .unwritable].contains(error.code)
    }

    private func checkPlace(_ replaces: Bool) throws {
        let models = try ModelFolder(installer.folder)
        guard models.isTaken(name) else { return }
        let path = "\(installer.folder)/\(name)"
        guard replaces else {
            throw ModelInstallationError(
                .alreadyInstalled,
                "'\(path)' is there already; replace it with --force, or give another name with --name."
            )
        }
        guard ModelFolder.holdsModel(path) else {
            throw ModelInstallationError(.invalidRequest, "'\(path)' is no folder of a model; it is not replaced.")
        }
    }

    private func install(in workspace: Workspace) async throws -> InstalledModel {
        let archive = try await stage(in: workspace)
        report(.loading)
        return try await BlockingWork.run { [self] cancellation in
            let description = try inOwnWords(workspace) {
                try ModelCheck(cacheFolder: installer.configuration.cacheFolder).load(workspace.staged)
            }
            let receipt = try seal(workspace.staged, description, archive, cancellation)
            try cancellation.check()
            try workspace.placeStaged()
            let place = "\(installer.folder)/\(name)"
            return InstalledModel(description: try ModelLocator().describe(place), receipt: receipt)
        }
    }

    /// Names the model and where it comes from, not the folder in which it was looked at.
    private func inOwnWords<Value>(_ workspace: Workspace, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as ModelInstallationError {
            let words = error.message.replacing(workspace.staged + "/", with: "")
                .replacing(workspace.staged, with: name.description)
            throw ModelInstallationError(error.code, "'\(plan.source)' is not installed. \(words)", cause: error)
        }
    }

    /// Makes checksums of what is to be placed, sees that it is on the disk, and writes the receipt.
    private func seal(
        _ folder: String,
        _ description: ModelDescription,
        _ archive: SHA256Sum?,
        _ cancellation: BlockingWork.Cancellation
    ) throws -> Receipt {
        let listing = try FolderListing(folder)
        var done = 0
        let files = try listing.files.filter { $0.path != Receipt.fileName }.map { file in
            let content = try RegularFile("\(folder)/\(file.path)")
            let sum = try content.checksum { count in
                try cancellation.check()
                done += count
                report(.checking(done: done, total: listing.totalSize))
            }
            try content.flush()
            return Receipt.File(path: file.path, size: content.size, sha256: sum)
        }
        let receipt = Receipt(
            name: description.name,
            version: description.version.isEmpty ? plan.version : description.version,
            licence: description.licence.isEmpty ? plan.licence : description.licence,
            source: plan.source,
            archive: archive,
            installed: Receipt.text(of: installer.environment.now()),
            files: files
        )
        try receipt.write(in: folder)
        return receipt
    }

    // MARK: Staging

    /// Brings the model's files into the workspace; gives the checksum of the package they were in, if they were.
    private func stage(in workspace: Workspace) async throws -> SHA256Sum? {
        switch plan.content {
        case .folder(let path):
            try await copy(path, to: workspace.staged)
            return nil
        case .archive(let source):
            let path = try await content(of: source, number: 0, in: workspace)
            return try await unpack(path, in: workspace)
        case .files(let files):
            try await collect(files, in: workspace)
            return nil
        }
    }

    private func copy(_ path: String, to staged: String) async throws {
        let copy = FolderCopy(source: path, destination: staged, limit: limit)
        try await BlockingWork.run { [self] cancellation in
            let models = URL(filePath: installer.folder).resolvingSymlinksInPath().path + "/"
            guard !models.hasPrefix(path + "/") else {
                throw ModelInstallationError(.invalidRequest, "'\(path)' holds the folder of models; it is no model.")
            }
            try copy.run(available: installer.configuration.availableBytes) { done, total in
                try cancellation.check()
                report(.copying(done: done, total: total))
            }
        }
    }

    /// The path of a file that is needed: downloaded, or where it is, as announced in either case.
    private func content(of source: ContentSource, number: Int, in workspace: Workspace) async throws -> String {
        switch source.location {
        case .remote(let address):
            try FolderMaker.make(workspace.downloads)
            let path = "\(workspace.downloads)/\(number)"
            try await downloader.fetch(
                Download(
                    address: address,
                    destination: path,
                    label: source.location.fileName,
                    size: source.size,
                    sha256: source.sha256,
                    limit: limit
                )
            )
            return path
        case .local(let path):
            let resolved = URL(filePath: path).resolvingSymlinksInPath().path
            let check = ContentCheck(path: resolved, label: "'\(path)'", size: source.size, sha256: source.sha256)
            try await check.run(report)
            return resolved
        }
    }

    private func unpack(_ path: String, in workspace: Workspace) async throws -> SHA256Sum {
        let unpacking = PackageUnpacking(path: path, source: plan.source, workspace: workspace, limit: limit)
        return try await BlockingWork.run { [self] cancellation in
            try unpacking.run(available: installer.configuration.availableBytes) { done, total in
                try cancellation.check()
                report(.unpacking(done: done, total: total))
            }
        }
    }

    private func collect(_ files: [ModelIndex.Entry.File], in workspace: Workspace) async throws {
        let total = files.reduce(0) { $0.addingReportingOverflow($1.source.size ?? 0).partialValue }
        guard files.allSatisfy({ $0.source.size ?? 0 <= limit }), (0...limit).contains(total) else {
            throw ModelInstallationError(
                .tooLarge,
                "'\(name)' has more than \(ByteCount(limit)); raise the limit with --max-size if it is meant."
            )
        }
        for (number, file) in files.enumerated() {
            let path = try await content(of: file.source, number: number, in: workspace)
            let target = "\(workspace.staged)/\(file.path)"
            try FolderMaker.make((target as NSString).deletingLastPathComponent)
            if case .remote = file.source.location {
                guard rename(path, target) == 0 else { throw SystemError.unwritable(target) }
            } else {
                try await BlockingWork.run { _ in try FolderCopy.copy(path, to: target) { _ in } }
            }
        }
    }
}
