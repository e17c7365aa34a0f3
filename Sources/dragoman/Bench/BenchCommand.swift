import ArgumentParser
import Foundation
import Inference

/// `dragoman bench`: how fast a model runs here.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures how fast a model translates on this machine.",
        discussion: """
            Sources are random tokens and every output is forced to the same length, so that runs can be compared. \
            Text processing is left out.
            """
    )

    @Option(help: "Model directory.", completion: .directory)
    var model = "Models/starter"

    @Option(help: "Numbers to compute with: int8 or float32.")
    var compute = Compute.int8

    @Option(help: "Threads.")
    var threads = 1

    @Option(help: "Batch sizes, separated by commas.")
    var batch = "1,32,64"

    @Option(help: "Beam sizes, separated by commas.")
    var beam = "1,4"

    @Option(help: "Tokens of each source and each output.")
    var tokens = 25

    @Flag(help: "Answer requests on standard input, one JSON object a line (see Benchmarks/worker.py).")
    var worker = false

    mutating func run() async throws {
        let start = ContinuousClock.now
        let loaded = try TransformerModel(directory: model, options: .init(compute: compute.type))
        let engine = try InferenceEngine(model: loaded, configuration: .init(threads: threads))
        let load = (ContinuousClock.now - start).seconds
        if worker {
            try await BenchWorker(engine: engine).run(loadSeconds: load)
        } else {
            try await measure(engine, loadSeconds: load)
        }
    }

    private func measure(_ engine: InferenceEngine, loadSeconds: Double) async throws {
        let batches = try Self.sizes(batch, "--batch")
        let beams = try Self.sizes(beam, "--beam")
        print("\(engine.model.summary)")
        print(
            "\(compute.rawValue) on \(engine.instructionSet), \(threads) thread(s), loaded in \(Int(loadSeconds * 1000)) ms"
        )
        print("batch  beam  tokens/s   ms a sentence")
        for batch in batches {
            for beam in beams {
                let load = BenchLoad(batch: batch, beam: beam, sourceTokens: tokens, targetTokens: tokens)
                let seconds = try await load.run(on: engine, forAtLeast: .seconds(1))
                let rate = Double(batch * tokens) / seconds
                print(
                    String(format: "%5d %5d %9.0f %12.2f", batch, beam, rate, seconds * 1000 / Double(batch))
                )
            }
        }
    }

    private static func sizes(_ text: String, _ option: String) throws -> [Int] {
        try text.split(separator: ",").map { part in
            guard let size = Int(part), (1...4096).contains(size) else {
                throw ValidationError("'\(part)' in \(option) is no size; expected whole numbers from 1 to 4096.")
            }
            return size
        }
    }
}

extension Duration {
    /// The duration in seconds.
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
