import Foundation
import MachineTranslation
import TextAnalysis

/// The languages of `dragoman translate`: those given, as the models write them, or recognised.
struct LanguageChoice {
    /// Nil where it is to be recognised.
    let source: String?
    let target: String
    private let catalog: ModelCatalog
    /// Loaded only where something is to be recognised; nil where it is not there and not needed.
    private let detector: SourceLanguageDetector?

    /// - Parameters:
    ///   - from: a code, or `auto`.
    ///   - languageModel: the file that recognises languages.
    /// - Throws: `MachineTranslationError` that says which languages there are; `TextAnalysisError` where one is to be
    ///   recognised and cannot be.
    init(from: String, to: String, _ catalog: ModelCatalog, languageModel: String) throws {
        self.catalog = catalog
        guard from.lowercased() == "auto" else {
            let pair = try catalog.pair(for: LanguagePair(source: from, target: to))
            (source, target, detector) = (pair.source, pair.target, nil)
            return
        }
        (source, target) = (nil, try catalog.target(for: to))
        do {
            detector = SourceLanguageDetector(try LanguageIdentifier(modelFile: languageModel))
        } catch {
            guard catalog.sourceLanguages.count == 1 else { throw error }
            detector = nil
        }
    }

    /// The pair to translate a text with.
    /// - Parameter sample: the text or its beginning.
    /// - Throws: `CommandError` for a text whose language is not recognised, or one that no model translates.
    func pair(for sample: String) throws -> LanguagePair {
        LanguagePair(source: try source ?? recognised(sample), target: target)
    }

    private func recognised(_ sample: String) throws -> String {
        let any = catalog.languages.sources(to: target).min() ?? "en"
        guard let detector else { return any }
        do {
            return try detector.source(of: sample, to: target, in: catalog.languages) ?? any
        } catch {
            let isUnknown = error.kind == .undetected
            throw CommandError(
                message: isUnknown ? error.message + " Give it with --from." : error.message,
                code: isUnknown ? CommandFailure.Code.data : CommandFailure.Code.unavailable
            )
        }
    }
}
