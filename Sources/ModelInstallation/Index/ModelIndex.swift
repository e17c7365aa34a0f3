internal import MachineTranslation

/// What an index offers.
struct ModelIndex: Sendable {
    /// A model that can be installed.
    struct Entry: Sendable {
        /// A file of a model that is listed file by file.
        struct File: Sendable, Equatable {
            /// Path in the model's folder.
            var path: String
            var source: ContentSource
        }

        enum Content: Sendable, Equatable {
            case archive(ContentSource)
            case files([File])
        }

        var name: ModelName
        var version: String
        var description: String
        /// Empty where the index does not say.
        var licence: String
        var pairs: [LanguagePair]
        var content: Content
        /// Oldest version of this program that runs the model.
        var requires: String?
        /// Other names it is found by, unless another model has them for its own.
        var aliases: [String] = []
    }

    let location: IndexLocation
    let entries: [Entry]

    /// The model of a name; among several of an alias, the one with the highest version.
    /// - Throws: `.notFound` that says what there is.
    func entry(named name: String) throws -> Entry {
        if let entry = entries.first(where: { $0.name.description == name }) { return entry }
        let candidates = entries.filter { $0.aliases.contains(name) }
        if let newest = candidates.max(by: { VersionNumber($0.version) < VersionNumber($1.version) }) { return newest }
        let hint = Suggestion.hint(
            for: name,
            among: entries.map(\.name.description).sorted(),
            aliases: entries.flatMap(\.aliases)
        )
        throw ModelInstallationError(.notFound, "There is no model '\(name)' in the index '\(location)'.\(hint)")
    }
}

/// A version as `1.9` or `0.1.0`, compared number by number; what is no number counts as 0.
struct VersionNumber: Comparable {
    private let parts: [Int]

    init(_ text: String) { parts = text.split(separator: ".").prefix(8).map { Int($0) ?? 0 } }

    static func < (left: VersionNumber, right: VersionNumber) -> Bool {
        let count = max(left.parts.count, right.parts.count)
        func padded(_ parts: [Int]) -> [Int] { parts + Array(repeating: 0, count: count - parts.count) }
        return padded(left.parts).lexicographicallyPrecedes(padded(right.parts))
    }

    static func == (left: VersionNumber, right: VersionNumber) -> Bool { !(left < right) && !(right < left) }
}
