import ArgumentParser
import Foundation
import Inference

/// Answers benchmark requests on standard input, so that a script can measure two engines in turns without starting
/// them anew. The protocol is described in `Benchmarks/worker.py`.
struct BenchWorker {
    let engine: InferenceEngine

    private struct Request: Decodable {
        var batch: Int?
        var beam: Int?
        var source_tokens: Int?
        var target_tokens: Int?
        var repeats: Int?
        var seed: UInt64?
        var translate: Sources?
    }

    private struct Sources: Decodable {
        var sources: [[Int32]]
        var beam: Int
        var max_length: Int
    }

    private struct Ready: Encodable {
        var ready = true
        var engine: String
        var load_s: Double
    }

    private struct Timing: Encodable {
        var wall: [Double] = []
        var cpu: [Double] = []
    }

    private struct Translations: Encodable {
        struct Best: Encodable {
            var tokens: [Int32]
            var score: Float
        }
        var hypotheses: [Best]
    }

    private struct Failure: Encodable {
        var error: String
    }

    /// Serves until standard input ends.
    func run(loadSeconds: Double) async throws {
        try send(Ready(engine: "dragoman (\(engine.instructionSet))", load_s: loadSeconds))
        while let line = readLine() {
            do {
                let request = try JSONDecoder().decode(Request.self, from: Data(line.utf8))
                if let sources = request.translate {
                    try send(try await translate(sources))
                } else {
                    try send(try await time(request))
                }
            } catch {
                try send(Failure(error: "\(error)"))
            }
        }
    }

    private func time(_ request: Request) async throws -> Timing {
        let load = BenchLoad(
            batch: request.batch ?? 1,
            beam: request.beam ?? 1,
            sourceTokens: request.source_tokens ?? 25,
            targetTokens: request.target_tokens ?? 25,
            seed: request.seed ?? 7
        )
        let requests = load.requests(for: engine.model)
        let results = try await engine.generate(requests)
        guard results.allSatisfy({ $0.hypotheses[0].logProbabilities.count == load.targetTokens }) else {
            throw ValidationError("An output has not the length it was forced to.")
        }
        var timing = Timing()
        for _ in 0..<(request.repeats ?? 1) {
            let (wall, cpu) = (ContinuousClock.now, Self.cpuSeconds())
            _ = try await engine.generate(requests)
            timing.wall.append((ContinuousClock.now - wall).seconds)
            timing.cpu.append(Self.cpuSeconds() - cpu)
        }
        return timing
    }

    private func translate(_ request: Sources) async throws -> Translations {
        var options = DecodingOptions()
        options.beamSize = request.beam
        options.maximumLength = request.max_length
        let results = try await engine.generate(
            request.sources.map { GenerationRequest(source: $0, options: options) }
        )
        return Translations(
            hypotheses: results.map { .init(tokens: $0.hypotheses[0].tokens, score: $0.hypotheses[0].score) }
        )
    }

    private func send(_ answer: some Encodable) throws {
        var data = try JSONEncoder().encode(answer)
        data.append(UInt8(ascii: "\n"))
        try FileHandle.standardOutput.write(contentsOf: data)
    }

    /// Processor time of the whole process.
    private static func cpuSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
