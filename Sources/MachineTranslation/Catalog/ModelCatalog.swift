internal import Foundation

/// The models in a folder, and which pair of languages each translates.
public struct ModelCatalog: Sendable {
    /// A directory that looks like a model and cannot be used, with the reason.
    public struct Problem: Sendable {
        public var path: String
        public var error: MachineTranslationError

        /// The folder's name.
        public var name: String { path.split(separator: "/").last.map(String.init) ?? path }
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
    /// The languages of all models together.
    package let languages: LanguageTable
    /// Which of the models translates a pair directly: the first by name that does.
    private let translators: [LanguagePair: Int]

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
            } catch {
                problems.append(Problem(path: "\(folder)/\(name)", error: Self.problem(error, "\(folder)/\(name)")))
            }
        }
        self.init(folder: folder, models: models, problems: problems)
    }

    /// A catalog of given models.
    public init(folder: String = "", models: [ModelDescription], problems: [Problem] = []) {
        self.folder = folder
        self.models = models.sorted { $0.name < $1.name }
        self.problems = problems
        var translators: [LanguagePair: Int] = [:]
        for (index, model) in self.models.enumerated() {
            for pair in model.pairs where pair.source != pair.target && translators[pair] == nil {
                translators[pair] = index
            }
        }
        self.translators = translators
        languages = LanguageTable(pairs: Set(translators.keys), pivots: Self.pivots)
    }

    /// What is wrong with a model, whoever found it: no damage to one keeps the others from being used.
    private static func problem(_ error: any Error, _ path: String) -> MachineTranslationError {
        (error as? MachineTranslationError)
            ?? MachineTranslationError(.modelCorrupt, "'\(path)' cannot be read as a model: \(error)", cause: error)
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
    public var pairs: Set<LanguagePair> { languages.pairs }

    /// Every language some model translates from.
    public var sourceLanguages: Set<String> { languages.sources }

    /// The languages that a source can be translated to, directly or through a pivot.
    public func targets(from source: String) -> Set<String> { languages.targets(from: source) }

    /// The pair that two codes mean, as the models write it: `EN` and `es-MX` find `en` and `es`.
    /// - Throws: `.unknownLanguage` that says what there is and what was probably meant; `.invalidRequest` for a language
    ///   into itself; `.modelMissing` where there are no models.
    public func pair(for wish: LanguagePair) throws -> LanguagePair {
        do {
            return try languages.pair(wish)
        } catch {
            throw described(error)
        }
    }

    /// The target language that a code means, as the models write it, for a source that is not known yet.
    /// - Throws: as `pair(for:)`.
    public func target(for wish: String) throws -> String {
        guard let target = languages.target(wish) else {
            throw described(languages.unknown(wish, translatedFrom: false))
        }
        return target
    }

    private func described(_ problem: LanguageProblem) -> MachineTranslationError {
        switch problem.kind {
        case .unknown, .impossible: MachineTranslationError(.unknownLanguage, problem.message)
        case .same, .undetected: MachineTranslationError(.invalidRequest, problem.message)
        case .nothing: MachineTranslationError(.modelMissing, "There are no models in '\(folder)'.")
        }
    }

    /// How to translate a pair: directly, or through English where no model does that.
    /// - Parameter wish: in codes as `pair(for:)` takes them.
    /// - Throws: as `pair(for:)`.
    public func route(for wish: LanguagePair) throws -> Route {
        func model(_ source: String, _ target: String) -> ModelDescription? {
            translators[LanguagePair(source: source, target: target)].map { models[$0] }
        }
        if let direct = model(wish.source, wish.target) { return .direct(direct) }
        let pair = try pair(for: wish)
        if let direct = model(pair.source, pair.target) { return .direct(direct) }
        for pivot in Self.pivots {
            if let first = model(pair.source, pivot), let second = model(pivot, pair.target) {
                return .pivot(through: pivot, first, second)
            }
        }
        throw MachineTranslationError(.unknownLanguage, languages.impossible(pair).message)
    }
}
