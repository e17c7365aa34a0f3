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
        // What is wrong with the languages is said before any text is read.
        let languages = try LanguageChoice(
            from: from,
            to: to,
            factory.catalog,
            languageModel: engine.models.languageModel
        )
        let source = try TextSource(arguments: text, file: input)
        if source.isTerminal, output == nil {
            try await converse(factory, languages, TextSink(file: nil))
        } else {
            try await translate(source, languages, factory)
        }
    }

    private var options: TranslationOptions {
        var options = TranslationOptions()
        options.beamSize = beam
        options.alternatives = alternatives
        options.guards = guards == .on
        return options
    }

    // MARK: A whole text

    private func translate(
        _ source: TextSource,
        _ languages: LanguageChoice,
        _ factory: TranslatorFactory
    ) async throws {
        var chunks = source.makeAsyncIterator()
        let beginning = languages.source == nil ? try await beginning(&chunks) : []
        let pair = try languages.pair(for: beginning.joined())
        let translator = TextTranslator(try await factory.translator(for: pair))
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

    /// The beginning of a text, long enough to recognise its language.
    private func beginning(_ chunks: inout TextSource.Iterator) async throws -> [String] {
        var beginning: [String] = []
        var bytes = 0
        // Numbers and addresses say nothing: a text that begins with many of them is read further.
        while bytes < 4096 || (bytes < 1 << 16 && !isTranslatable(beginning.joined())),
            let chunk = try await chunks.nextOrError(&beginning)
        {
            beginning.append(chunk)
            bytes += chunk.utf8.count
        }
        // The pause that may have ended the beginning is passed on.
        return beginning + [""]
    }

    // MARK: Line by line

    /// Translates lines as they are typed.
    private func converse(_ factory: TranslatorFactory, _ languages: LanguageChoice, _ sink: TextSink) async throws {
        let hint = "Type a line and press return; Ctrl-D ends.\n"
        FileHandle.standardError.write(Data(hint.utf8))
        while let line = readLine() {
            guard !line.allSatisfy(\.isWhitespace) else { continue }
            do {
                let pair = try languages.pair(for: line)
                let translation = try await TextTranslator(try await factory.translator(for: pair))
                    .translate(line, options: options)
                let writer = UnitWriter(sink: sink, asList: scores || alternatives > 0, withScores: scores)
                for segment in translation.segments where writer.asList {
                    try writer.write(.segment(source: line, segment.translation))
                }
                if !writer.asList { try sink.write(translation.text + "\n") }
            } catch let error as MachineTranslationError {
                // A line in another language is no reason to end the conversation.
                FileHandle.standardError.write(Data("\(error.message)\n".utf8))
            } catch let error as CommandError {
                FileHandle.standardError.write(Data("\(error.message)\n".utf8))
            }
        }
    }
}
