internal import Foundation
internal import MachineTranslation

/// A folder of models, as far as models in it are named, checked and removed.
struct ModelFolder: Sendable {
    let path: String

    /// Files of which a folder with one is a model's.
    private static let marks = [Receipt.fileName, "model.json", "metadata.json", "model.bin"]

    /// - Throws: `.notFound` where the folder is not there.
    init(_ path: String) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
            throw ModelInstallationError(.notFound, "There is no folder of models '\(path)'.")
        }
        self.path = path
    }

    /// Names of the folders in it that hold a model, usable or not, or a receipt.
    var names: [String] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return all.filter { Self.holdsModel("\(path)/\($0)") }.sorted()
    }

    /// Whether a path is a folder, and no link to one, with a file that models have.
    static func holdsModel(_ path: String) -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return false }
        return marks.contains { FileManager.default.fileExists(atPath: "\(path)/\($0)") }
    }

    /// Whether there is anything of a name, be it a dangling link.
    func isTaken(_ name: ModelName) -> Bool {
        var status = stat()
        return lstat("\(path)/\(name)", &status) == 0
    }

    /// The folder of the model that a person names: by its folder, or as the model calls itself.
    /// - Throws: `.invalidRequest` for what cannot be a name, is no model's folder, or is the name of several;
    ///   `.notFound` that says what there is.
    func folder(of wish: String) throws -> ModelName {
        guard !wish.contains("/") else {
            throw ModelInstallationError(
                .invalidRequest,
                "'\(wish.prefix(200))' is a path, expected the name of a model in '\(path)'."
            )
        }
        let names = names
        if names.contains(wish) { return try ModelName(wish) }
        if let name = try? ModelName(wish), isTaken(name) {
            throw ModelInstallationError(
                .invalidRequest,
                "'\(path)/\(wish)' is no folder of a model; it is left alone."
            )
        }
        let bearers = names.filter { ownName($0) == wish }
        guard bearers.count <= 1 else {
            throw ModelInstallationError(
                .invalidRequest,
                "Several models call themselves '\(wish)': \(bearers.joined(separator: ", ")). Give one of these names."
            )
        }
        if let bearer = bearers.first { return try ModelName(bearer) }
        let hint = Suggestion.hint(for: wish, among: names)
        throw ModelInstallationError(.notFound, "There is no model '\(wish.prefix(120))' in '\(path)'.\(hint)")
    }

    private func ownName(_ name: String) -> String? { try? ModelLocator().describe("\(path)/\(name)").name }
}
