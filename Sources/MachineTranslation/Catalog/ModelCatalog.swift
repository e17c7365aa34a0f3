internal import Foundation

/// The models in a folder, and which pair of languages each translates.
public struct ModelCatalog: Sendable {
    /// A directory that looks like a model and cannot be used, with the reason.
    public struct Problem: Sendable {
        public var path: String
        public var error: MachineTranslationError
    }

    /// How a pair is translated.
    public enum Route: Sendable {
        case direct(ModelDescription)
        /// First into the pivot language, then out of it.
        case pivot(through: String, ModelDescription, ModelDescription)
    }

    public let folder: String
    /// The usable models by name.
    public let models: [ModelDescription]
    public let problems: [Problem]

    /// Languages that pairs without a model are tried through, in this order.
    static let pivots = ["en"]

    /// Looks through a folder of models.
    /// - Parameter locator: describes what is found, and unpacks packages.
    /// - Throws: `.modelMissing` where the folder is not there.
    public init(folder: String, locator: ModelLocator = ModelLocator()) throws {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            throw MachineTranslationError(.modelMissing, "There is no folder of models '\(folder)'.")
        }
        var models: [ModelDescription] = []
        var problems: [Problem] = []
        for name in names.sorted() where Self.looksLikeModel("\(folder)/\(name)") {
            do {
                models.append(try locator.describe("\(folder)/\(name)"))
            } catch let error as MachineTranslationError {
                problems.append(Problem(path: "\(folder)/\(name)", error: error))
            }
        }
        self.init(folder: folder, models: models, problems: problems)
    }

    /// A catalog of given models.
    public init(folder: String = "", models: [ModelDescription], problems: [Problem] = []) {
        self.folder = folder
        self.models = models.sorted { $0.name < $1.name }
        self.problems = problems
    }

    private static func looksLikeModel(_ path: String) -> Bool {
        if path.hasSuffix(".argosmodel") { return true }
        return ["model.bin", "model.json", "metadata.json"].contains {
            FileManager.default.fileExists(atPath: "\(path)/\($0)")
        }
    }

    /// The usable model of a name, or in the folder of that name.
    /// - Throws: `.modelMissing` that says what there is and what was probably meant; for a model that cannot be used, why.
    public func model(named name: String) throws -> ModelDescription {
        func folderName(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
        if let model = models.first(where: { $0.name == name || folderName($0.directory) == name }) { return model }
        if let problem = problems.first(where: { folderName($0.path) == name }) { throw problem.error }
        let names = models.map(\.name)
        let nearest = LanguageCodes.suggestion(for: name, among: names + models.map { folderName($0.directory) })
        let hint = nearest.map { " Did you mean '\($0)'?" } ?? ""
        let list = names.isEmpty ? "no models" : names.joined(separator: ", ")
        throw MachineTranslationError(
            .modelMissing,
            "There is no model '\(name)' in '\(folder)'.\(hint) There are: \(list)."
        )
    }

    /// Every pair there is a model for.
    public var pairs: Set<LanguagePair> { models.reduce(into: []) { $0.formUnion($1.pairs) } }

    /// Every language some model translates from.
    public var sourceLanguages: Set<String> { Set(pairs.map(\.source)) }

    /// The languages that a source can be translated to, directly or through a pivot.
    public func targets(from source: String) -> Set<String> {
        let candidates = Set(pairs.map(\.target)).subtracting([source])
        return candidates.filter { route(LanguagePair(source: source, target: $0)) != nil }
    }

    /// How to translate a pair: directly, or through English; nil where neither is possible.
    private func route(_ pair: LanguagePair) -> Route? {
        func model(_ source: String, _ target: String) -> ModelDescription? {
            models.first { $0.pairs.contains(LanguagePair(source: source, target: target)) }
        }
        if let direct = model(pair.source, pair.target) { return .direct(direct) }
        for pivot in Self.pivots {
            if let first = model(pair.source, pivot), let second = model(pivot, pair.target) {
                return .pivot(through: pivot, first, second)
            }
        }
        return nil
    }

    /// How to translate a pair.
    /// - Throws: `.unknownLanguage` that says what there is and what was probably meant.
    public func route(for pair: LanguagePair) throws -> Route {
        if pair.source == pair.target {
            throw MachineTranslationError(
                .invalidRequest,
                "Source and target language are both '\(pair.source)'; there is nothing to translate."
            )
        }
        if let route = route(pair) { return route }
        let known = Set(pairs.flatMap { [$0.source, $0.target] })
        for language in [pair.source, pair.target] where !known.contains(language) {
            throw unknown(language, among: known)
        }
        let targets = targets(from: pair.source).sorted().joined(separator: ", ")
        throw MachineTranslationError(
            .unknownLanguage,
            "No model translates \(pair). From '\(pair.source)' there is: \(targets.isEmpty ? "nothing" : targets)."
        )
    }

    private func unknown(_ language: String, among known: Set<String>) -> MachineTranslationError {
        guard !known.isEmpty else {
            return MachineTranslationError(.modelMissing, "There are no models in '\(folder)'.")
        }
        let names = known.sorted().map { "\($0) (\(LanguageCodes.name(of: $0)))" }.joined(separator: ", ")
        let hint = LanguageCodes.suggestion(for: language, among: known).map { " Did you mean '\($0)'?" } ?? ""
        return MachineTranslationError(
            .unknownLanguage,
            "No model knows the language '\(language)'.\(hint) There are: \(names)."
        )
    }
}
