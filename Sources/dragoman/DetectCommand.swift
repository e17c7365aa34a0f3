import ArgumentParser
import Foundation
import MachineTranslation
import TextAnalysis

/// `dragoman detect`.
struct DetectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "detect",
        abstract: "Says which language a text is written in.",
        discussion: "Prints candidates, the likeliest first: code, confidence, name."
    )

    @OptionGroup
    var models: ModelsFolderOption

    @Flag(help: "Consider only languages that the installed models translate from.")
    var installed = false

    @Option(help: "Most candidates to print.")
    var limit = 3

    @Argument(help: "Text; standard input if there is none.")
    var text: [String] = []

    func validate() throws {
        guard (1...176).contains(limit) else { throw ValidationError("--limit is \(limit), expected 1 to 176.") }
    }

    mutating func run() async throws {
        let identifier = try LanguageIdentifier(modelFile: models.languageModel)
        let installed = installed ? try ModelCatalog(folder: models.resolved).languages : nil
        var chunks = try TextSource(arguments: text, file: nil).makeAsyncIterator()
        var sample = ""
        do {
            while sample.utf8.count < 1 << 16, let chunk = try await chunks.next() { sample += chunk }
        } catch let error as TextTranslator.InputError {
            throw error.underlying
        }
        let candidates =
            installed.map { SourceLanguageDetector(identifier).candidates(for: sample, in: $0, limit: limit) }
            ?? identifier.candidates(for: sample, limit: limit)
        guard !candidates.isEmpty else {
            throw CommandError(message: "No language could be recognised in this text.", code: CommandFailure.Code.data)
        }
        for candidate in candidates {
            let confidence = String(format: "%.3f", candidate.confidence)
            print("\(candidate.language)\t\(confidence)\t\(LanguageCodes.name(of: candidate.language))")
        }
    }
}
