import Foundation
import Inference
import Testing

/// What a file claims must not become memory. Each test runs in a process of its own, whose peak is measured.
struct MemoryBoundTests {
    /// Loads a damaged model and ends the process with a failure where that took more than `limit` bytes.
    static func measure(_ limit: Int, _ damage: (inout ModelFile) -> Void) async throws {
        _ = try await HostileFolder(ModelFile.tiny(.int8)).attempt()
        var file = ModelFile.tiny(.int8)
        damage(&file)
        let folder = try HostileFolder(file)
        let before = PeakMemory.bytes
        precondition(before > 0)
        _ = await folder.attempt()
        let grown = PeakMemory.bytes - before
        precondition(grown <= limit, "\(grown) bytes for a file of \(file.data.count)")
    }

    @Test func claimedTensorOfFourGigabytes_takesNone() async {
        await #expect(processExitsWith: .success) {
            try await Self.measure(8 << 20) {
                $0["decoder/embeddings/weight"]?.size = .max
                $0["decoder/embeddings/weight"]?.shape = [.max, 1]
            }
        }
    }

    @Test func claimedCounts_takeNone() async {
        await #expect(processExitsWith: .success) {
            try await Self.measure(8 << 20) { $0.variableCount = .max }
            try await Self.measure(8 << 20) { $0.aliasCount = .max }
        }
    }

    /// A megabyte of padding makes counts credible that the file does not hold.
    @Test func credibleCounts_takeAMultipleOfTheFile() async {
        await #expect(processExitsWith: .success) {
            try await Self.measure(16 << 20) {
                $0.variables.append(.init(name: "padding", shape: [1 << 20], type: 1, data: Data(count: 1 << 20)))
                $0.variables.reverse()
                $0.variableCount = 60_000
            }
        }
    }

    /// 256 layers of one layer's weights, which are 400 KB.
    @Test func weightsUnderManyNames_arePackedOnce() async {
        await #expect(processExitsWith: .success) {
            try await Self.measure(40 << 20) { file in
                file["encoder/layer_0/ffn/linear_0/weight"] = nil
                file["encoder/layer_0/ffn/linear_0/weight_scale"] = nil
                file["encoder/layer_0/ffn/linear_0/bias"] = nil
                file["encoder/layer_0/ffn/linear_1/weight"] = nil
                file["encoder/layer_0/ffn/linear_1/weight_scale"] = nil
                file.addTensor("encoder/layer_0/ffn/linear_0/weight", [25_000, 8], .int8) { _ in 1 }
                file.addTensor("encoder/layer_0/ffn/linear_0/weight_scale", [25_000], .float32) { _ in 1 }
                file.addTensor("encoder/layer_0/ffn/linear_1/weight", [8, 25_000], .int8) { _ in 1 }
                file.addTensor("encoder/layer_0/ffn/linear_1/weight_scale", [8], .float32) { _ in 1 }
                let shared = file.variables.map(\.name).filter { $0.hasPrefix("encoder/layer_0/") }
                for layer in 1..<256 {
                    for name in shared where !name.hasSuffix("_scale") {
                        file.aliases.append((name.replacing("layer_0", with: "layer_\(layer)"), name))
                    }
                }
            }
        }
    }
}
