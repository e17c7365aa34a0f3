import Foundation
import Inference
import MachineTranslation
import TemporaryFolders

/// A folder of small models, and a factory on it that tells what happens to them.
struct ModelFolder {
    /// What happened, in words: `loaded en-de`.
    final class Log: @unchecked Sendable {
        // Unchecked: guarded by the lock.
        private let lock = NSLock()
        private var lines: [String] = []

        func record(_ line: String) { lock.withLock { lines.append(line) } }
        var all: [String] { lock.withLock { lines } }
    }

    let folder: TemporaryFolder
    let log = Log()
    private(set) var names: [String] = []

    init() throws { folder = try TemporaryFolder() }

    /// Adds a model whose output differs from that of the others; it is called like the folder it lies in.
    /// - Parameter languages: `en-de` for a model from English into German.
    mutating func add(_ languages: String, name: String? = nil, isDamaged: Bool = false) throws {
        let parts = languages.split(separator: "-").map(String.init)
        let name = name ?? languages
        names.append(name)
        let extra = (0..<names.count).map { "<x\($0)>" }
        try TinyModel(vocabulary: TinyModel.vocabulary(with: extra)).write(to: folder, under: name + "/")
        if isDamaged { try folder.write("damaged", name + "/model.bin") }
        try folder.write(try Repository.data("Models/starter/sentencepiece.model"), name + "/sentencepiece.model")
        try folder.write(
            #"{"name": "\#(name)", "languages": [{"source": "\#(parts[0])", "target": "\#(parts[1])"}]}"#,
            name + "/model.json"
        )
    }

    func catalog() throws -> ModelCatalog { try ModelCatalog(folder: folder.path) }

    func factory(
        _ memory: ModelMemory = .init(),
        report: @escaping @Sendable (ModelDescription, ModelEvent) -> Void = { _, _ in }
    ) throws -> TranslatorFactory {
        try TranslatorFactory(
            catalog: catalog(),
            engine: .init(threads: 2),
            memory: memory,
            cacheFolder: folder.path + "/cache",
            report: { [log] model, event in
                log.record("\(Self.word(event)) \(model.name)")
                report(model, event)
            }
        )
    }

    private static func word(_ event: ModelEvent) -> String {
        switch event {
        case .loaded: "loaded"
        case .failed: "failed"
        case .evicted: "evicted"
        case .unloaded: "unloaded"
        case .exceeds: "exceeds"
        }
    }

    /// Bytes that the weights of a model take.
    func bytes(of name: String) async throws -> Int {
        let factory = try factory()
        let model = try factory.catalog.model(named: name)
        let pair = model.pairs.first ?? LanguagePair(source: "", target: "")
        _ = try await factory.translator(for: pair)
        return factory.state(of: model).bytes
    }
}

extension TranslatorFactory {
    func state(of name: String) throws -> ModelState { state(of: try catalog.model(named: name)) }

    func stages(_ names: [String]) throws -> [ModelState.Stage] { try names.map { try state(of: $0).stage } }

    /// A translator for a pair such as `en-de`.
    func translator(_ pair: String) async throws -> any SegmentTranslator {
        let parts = pair.split(separator: "-").map(String.init)
        return try await translator(for: LanguagePair(source: parts[0], target: parts[1]))
    }

    /// What a model makes of a text, let go of at once.
    @discardableResult
    func translation(_ pair: String, _ text: String = "One two three.") async throws -> String {
        try await translator(pair).translate([text], options: .init(beamSize: 1, guards: false))[0].text
    }
}
