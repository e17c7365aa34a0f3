import ArgumentParser
import Foundation
import MachineTranslation
import TextAnalysis

/// `dragoman translate`.
struct TranslateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "translate",
        abstract: "Translates text.",
        discussion: """
            Text comes from the arguments, from --input, or from standard input; line breaks, indentation and lists stay \
            as they are. On a terminal, each line is translated as it is entered.
            """
    )

    /// The value of `--guards`.
    enum Switch: String, ExpressibleByArgument, CaseIterable {
        case on
        case off
    }

    @Option(name: .long, help: "Source language, such as en, or auto.")
    var from = "auto"

    @Option(name: .long, help: "Target language, such as hi.")
    var to: String

    @OptionGroup
    var engine: EngineOptions

    @Option(help: "Beam size; 1 is fastest.")
    var beam = 2

    @Option(help: "Other translations to show for each sentence.")
    var alternatives = 0

    @Flag(help: "Show each sentence on a line of its own, after its confidence (0 to 1).")
    var scores = false

    @Option(help: "Whether to look for bad output and translate it again: on or off.")
    var guards = Switch.on

    @Option(help: "File to read.", completion: .file())
    var input: String?

    @Option(help: "File to write.", completion: .file())
    var output: String?

    @Argument(help: "Text to translate.")
    var text: [String] = []

    func validate() throws {
        guard (1...32).contains(beam) else { throw ValidationError("--beam is \(beam), expected 1 to 32.") }
        guard (0...31).contains(alternatives) else {
            throw ValidationError("--alternatives is \(alternatives), expected 0 to 31.")
        }
        guard text.isEmpty || input == nil else {
            throw ValidationError("Text is given both as an argument and by --input; expected one of them.")
        }
        if let input, let output {
            guard !Self.areSame(input, output) else {
                throw ValidationError("--input and --output are the same file; the text would be lost.")
            }
        }
    }

    /// Whether two paths lead to one file, by whatever links.
    private static func areSame(_ a: String, _ b: String) -> Bool {
        var (first, second) = (stat(), stat())
        guard stat(a, &first) == 0, stat(b, &second) == 0, first.st_mode & S_IFMT == S_IFREG else { return false }
        return first.st_dev == second.st_dev && first.st_ino == second.st_ino
    }

    mutating func run() async throws {
        Heap.keepSmall()
        let factory = try engine.factory()
        // What is wrong with the target is said before any text is read.
        try checkTarget(factory.catalog)
        let source = try TextSource(arguments: text, file: input)
        if source.isTerminal, output == nil {
            try await converse(factory, source, TextSink(file: nil))
        } else {
            try await translate(source, factory)
        }
    }

    private func checkTarget(_ catalog: ModelCatalog) throws {
        let isKnown = catalog.pairs.contains { $0.target == to }
        guard from != "auto" || !isKnown else { return }
        // Throws with what there is and what was probably meant.
        let source = from == "auto" ? catalog.sourceLanguages.min() ?? "en" : from
        _ = try catalog.route(for: LanguagePair(source: source, target: to))
    }

    private var options: TranslationOptions {
        var options = TranslationOptions()
        options.beamSize = beam
        options.alternatives = alternatives
        options.guards = guards == .on
        return options
    }

    // MARK: A whole text

    private func translate(_ source: TextSource, _ factory: TranslatorFactory) async throws {
        var chunks = source.makeAsyncIterator()
        let (beginning, language) = try await chooseLanguage(&chunks, factory.catalog)
        let pair = LanguagePair(source: language, target: to)
        let translator = TextTranslator(try factory.translator(for: pair))
        var progress = Progress(totalBytes: source.totalBytes)
        // Last, so that a file that is there is not emptied for nothing.
        let sink = try TextSink(file: output)
        let writer = UnitWriter(sink: sink, asList: scores || alternatives > 0, withScores: scores)
        do {
            try await translator.stream(PrefixedChunks(beginning, chunks), options: options) { unit in
                try writer.write(unit)
                progress.advance(unit)
            }
        } catch {
            progress.finish()
            try writer.finish()
            throw error
        }
        progress.finish()
        try writer.finish()
    }

    /// The source language, detected on the text's beginning where it is not given; and that beginning.
    private func chooseLanguage(
        _ chunks: inout TextSource.Iterator,
        _ catalog: ModelCatalog
    ) async throws -> (beginning: [String], language: String) {
        guard from == "auto" else { return ([], from) }
        var beginning: [String] = []
        var bytes = 0
        // Numbers and addresses say nothing: a text that begins with many of them is read further.
        while bytes < 4096 || (bytes < 1 << 16 && !isTranslatable(beginning.joined())),
            let chunk = try await chunks.nextOrError(&beginning)
        {
            beginning.append(chunk)
            bytes += chunk.utf8.count
        }
        let sample = beginning.joined()
        // The pause that may have ended the beginning is passed on.
        return (beginning + [""], try detect(sample, catalog))
    }

    private func detect(_ sample: String, _ catalog: ModelCatalog) throws -> String {
        let languages = catalog.sourceLanguages
        if languages.count == 1, let only = languages.first { return only }
        guard isTranslatable(sample) else {
            // Nothing but numbers, addresses and the like: any language copies them.
            return catalog.pairs.filter { $0.target == to }.map(\.source).min() ?? "en"
        }
        let identifier = try LanguageIdentifier(modelFile: engine.models.languageModel)
        // A word or three say little about their language; that they are to be translated says it is not the target's.
        let isShort = sample.split(whereSeparator: \.isWhitespace).count < 4
        let possible = isShort ? languages.subtracting([to]) : languages
        guard let best = identifier.candidates(for: sample, among: possible, limit: 1).first else {
            throw CommandError(
                message: "The source language could not be recognised; give it with --from.",
                code: CommandFailure.Code.data
            )
        }
        return best.language
    }

    // MARK: Line by line

    /// Translates lines as they are typed.
    private func converse(_ factory: TranslatorFactory, _ source: TextSource, _ sink: TextSink) async throws {
        let hint = "Type a line and press return; Ctrl-D ends.\n"
        FileHandle.standardError.write(Data(hint.utf8))
        while let line = readLine() {
            guard !line.allSatisfy(\.isWhitespace) else { continue }
            do {
                let language = from == "auto" ? try detect(line, factory.catalog) : from
                let pair = LanguagePair(source: language, target: to)
                let translation = try await TextTranslator(try factory.translator(for: pair))
                    .translate(line, options: options)
                let writer = UnitWriter(sink: sink, asList: scores || alternatives > 0, withScores: scores)
                for segment in translation.segments where writer.asList {
                    try writer.write(.segment(source: line, segment.translation))
                }
                if !writer.asList { try sink.write(translation.text + "\n") }
            } catch let error as MachineTranslationError {
                // A line in another language is no reason to end the conversation.
                FileHandle.standardError.write(Data("\(error.message)\n".utf8))
            }
        }
    }
}
