internal import Foundation
internal import MachineTranslation

/// Our own format of an index; `docs/MODELS.md` describes it.
struct OwnIndex: Decodable {
    struct Content: Decodable {
        var url: String
        var size: Int
        var sha256: SHA256Sum
    }

    struct File: Decodable {
        var path: String
        var url: String
        var size: Int
        var sha256: SHA256Sum
    }

    struct Requirements: Decodable { var dragoman: String? }

    struct Model: Decodable {
        var name: String
        var version: String
        var description: String?
        var licence: String
        var pairs: [LanguagePair]
        var archive: Content?
        var files: [File]?
        var requires: Requirements?
    }

    static let format = "dragoman-models"
    static let newestVersion = 1

    var format: String
    var version: Int
    var models: [Model]

    /// What the index offers.
    /// - Throws: `.damaged` that names the model at fault.
    func entries(at location: IndexLocation) throws -> [ModelIndex.Entry] {
        guard format == Self.format, version == Self.newestVersion else {
            throw ModelInstallationError(
                .damaged,
                "The index '\(location)' is of the format '\(format.prefix(40))' \(version), expected "
                    + "'\(Self.format)' \(Self.newestVersion)."
            )
        }
        var seen: Set<String> = []
        return try models.map { model in
            let entry = try IndexProblem.naming(model.name, location) { try Self.entry(model, location) }
            guard seen.insert(model.name).inserted else {
                throw IndexProblem.of(model.name, location, "is listed twice")
            }
            return entry
        }
    }

    private static func entry(_ model: Model, _ location: IndexLocation) throws -> ModelIndex.Entry {
        ModelIndex.Entry(
            name: try ModelName(model.name),
            version: model.version,
            description: model.description ?? "",
            licence: model.licence,
            pairs: model.pairs,
            content: try content(model, location),
            requires: model.requires?.dragoman
        )
    }

    private static func content(_ model: Model, _ location: IndexLocation) throws -> ModelIndex.Entry.Content {
        switch (model.archive, model.files) {
        case (let archive?, nil):
            return .archive(try source(archive.url, archive.size, archive.sha256, location))
        case (nil, let files?) where !files.isEmpty:
            var seen: Set<String> = []
            return .files(
                try files.map { file in
                    guard ModelFilePath.isSafe(file.path), seen.insert(file.path).inserted else {
                        throw IndexProblem.of(
                            model.name,
                            location,
                            "has the path '\(file.path.prefix(200))', expected one inside of the model's folder, once"
                        )
                    }
                    return .init(path: file.path, source: try source(file.url, file.size, file.sha256, location))
                }
            )
        default: throw IndexProblem.of(model.name, location, "needs either 'archive' or 'files'")
        }
    }

    private static func source(
        _ reference: String,
        _ size: Int,
        _ sum: SHA256Sum,
        _ location: IndexLocation
    ) throws -> ContentSource {
        guard size >= 0 else { throw ModelInstallationError(.damaged, "the size is \(size), expected 0 or more.") }
        return ContentSource(location: try location.resolve(reference), size: size, sha256: sum)
    }
}

/// Paths of files in a model's folder.
enum ModelFilePath {
    /// Whether a path stays in the folder and is no name that has a meaning of its own there.
    static func isSafe(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let isPlain = path.utf8.count <= 512 && path.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != "\\" }
        return isPlain && parts.count <= 8 && parts.allSatisfy { !$0.isEmpty && !$0.hasPrefix(".") }
            && path != Receipt.fileName
    }
}

/// Faults of an index in words.
enum IndexProblem {
    static func of(_ name: String, _ location: IndexLocation, _ words: String) -> ModelInstallationError {
        ModelInstallationError(.damaged, "The index '\(location)': '\(name.prefix(120))' \(words).")
    }

    /// Says of which model of which index an error is.
    static func naming<Value>(_ name: String, _ location: IndexLocation, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as ModelInstallationError where !error.message.hasPrefix("The index") {
            throw ModelInstallationError(
                .damaged,
                "The index '\(location)': '\(name.prefix(120))': \(error.message)",
                cause: error
            )
        }
    }
}
