internal import Foundation

/// What is to be installed under which name, and where its parts come from.
struct InstallationPlan: Sendable {
    enum Content: Sendable {
        case folder(String)
        case archive(ContentSource)
        case files([ModelIndex.Entry.File])
    }

    var name: ModelName
    /// Path or address, for people and the receipt.
    var source: String
    /// What the index says; empty where there is none.
    var version = ""
    var licence = ""
    var content: Content
}

/// Makes a plan of a request, with the help of an index where a name is given.
struct InstallationPlanner {
    let installer: ModelInstaller
    let downloader: Downloader

    /// - Throws: `.notFound`, `.invalidRequest`, and what reading an index throws.
    func plan(_ request: InstallRequest, name: ModelName?) async throws -> InstallationPlan {
        let wish = request.model
        if wish.contains("://") {
            let address = try ModelAddress(wish, allowsPlainHTTP: request.allowsPlainHTTP)
            return InstallationPlan(
                name: try name ?? ModelName(fileName: address.fileName),
                source: address.description,
                content: .archive(ContentSource(location: .remote(address)))
            )
        }
        if let plan = try planOfPath(wish, name: name) { return plan }
        let entry = try await index(request).entry(named: wish)
        try checkRequirement(entry)
        return plan(entry, name: name)
    }

    /// Nil for what is meant as a name.
    private func planOfPath(_ wish: String, name: ModelName?) throws -> InstallationPlan? {
        let url = URL(filePath: wish).resolvingSymlinksInPath().standardizedFileURL
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
            let isPath = wish.contains("/") || [".zip", ".argosmodel"].contains(where: wish.lowercased().hasSuffix)
            guard isPath else { return nil }
            throw ModelInstallationError(.notFound, "There is no folder and no package '\(wish)'.")
        }
        return InstallationPlan(
            name: try name ?? ModelName(fileName: url.lastPathComponent),
            source: url.path,
            content: isFolder.boolValue ? .folder(url.path) : .archive(ContentSource(location: .local(url.path)))
        )
    }

    private func plan(_ entry: ModelIndex.Entry, name: ModelName?) -> InstallationPlan {
        let (source, content): (String, InstallationPlan.Content) =
            switch entry.content {
            case .archive(let archive): (archive.location.description, .archive(archive))
            case .files(let files): (files.first?.source.location.description ?? "", .files(files))
            }
        return InstallationPlan(
            name: name ?? entry.name,
            source: source,
            version: entry.version,
            licence: entry.licence,
            content: content
        )
    }

    private func checkRequirement(_ entry: ModelIndex.Entry) throws {
        let own = installer.configuration.programVersion
        guard let required = entry.requires, VersionNumber(own) < VersionNumber(required) else { return }
        throw ModelInstallationError(
            .invalidRequest,
            "'\(entry.name)' needs version \(required) of this program, which is \(own)."
        )
    }

    // MARK: The index

    private func index(_ request: InstallRequest) async throws -> ModelIndex {
        guard let location = try request.index ?? defaultIndex() else {
            throw ModelInstallationError(
                .notFound,
                "There is no folder and no package '\(request.model)', and no index to look the name up in. Give one "
                    + "with --index (a file or an address), in DRAGOMAN_MODEL_INDEX, or as "
                    + "'\(installer.folder)/\(IndexLocation.fileName)'."
            )
        }
        switch location.place {
        case .file(let path): return try await read(path, location)
        case .address(let address): return try await download(address, location)
        }
    }

    private func defaultIndex() throws -> IndexLocation? {
        let path = "\(installer.folder)/\(IndexLocation.fileName)"
        return FileManager.default.fileExists(atPath: path) ? try IndexLocation(path) : nil
    }

    private func read(_ path: String, _ location: IndexLocation) async throws -> ModelIndex {
        try await BlockingWork.run { _ in
            let file = try RegularFile(URL(filePath: path).resolvingSymlinksInPath().path)
            return try ModelIndexReader(location: location).read(file.content(limit: ModelIndexReader.largest))
        }
    }

    private func download(_ address: ModelAddress, _ location: IndexLocation) async throws -> ModelIndex {
        let folder = FileManager.default.temporaryDirectory.appending(path: "dragoman-index-\(UUID().uuidString)").path
        try FolderMaker.make(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let file = "\(folder)/\(IndexLocation.fileName)"
        try await downloader.fetch(
            Download(address: address, destination: file, label: "index", limit: ModelIndexReader.largest)
        )
        return try await read(file, location)
    }
}
