import Foundation
import Inference
import Testing

/// Headers that are well-formed as far as they go, and lie.
struct ModelHeaderTests {
    /// A lie, and words that the refusal must hold.
    struct Lie: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var words: [String]
        var tell: @Sendable (inout ModelFile) -> Void

        init(_ description: String, _ words: String..., tell: @escaping @Sendable (inout ModelFile) -> Void) {
            testDescription = description
            self.words = words
            self.tell = tell
        }
    }

    private static let embeddings = "decoder/embeddings/weight"

    private static let lies: [Lie] = [
        Lie("four billion variables", "4294967295", "variables", "at most") { $0.variableCount = .max },
        Lie("a few variables too many", "expected") { $0.variableCount = UInt32($0.variables.count + 1) },
        Lie("variables left over", "expected") { $0.variableCount = UInt32($0.variables.count - 1) },
        Lie("no variables", "expected") { $0.variableCount = 0 },
        Lie("four billion aliases", "4294967295", "aliases", "at most") { $0.aliasCount = .max },
        Lie("an alias too many", "expected") { $0.aliasCount = UInt32($0.aliases.count + 1) },
        Lie("a tensor of 4 GB", embeddings, "4294967295") { $0[embeddings]?.size = .max },
        Lie("a tensor of 4 GB by its shape as well", embeddings, "expected 4294967295 bytes", "left") {
            $0[embeddings]?.size = .max
            $0[embeddings]?.shape = [.max, 1]
        },
        Lie("dimensions beyond all numbers", embeddings, "dimensions") { file in
            file[embeddings]?.shape = [.max, .max, .max]
        },
        Lie("dimensions that multiply to 0 in 64 bits", embeddings) { $0[embeddings]?.shape = [1 << 31, 1 << 31, 4] },
        Lie("an empty dimension", embeddings, "expected") {
            $0[embeddings]?.shape = [0, .max]
            $0[embeddings]?.data = Data()
        },
        Lie("a rank of 255", embeddings, "255", "at most 8") { $0[embeddings]?.rank = 255 },
        Lie("a rank of 0", embeddings, "expected") { $0[embeddings]?.rank = 0 },
        Lie("an unknown type", embeddings, "99", "expected a type from 0 to 5") { $0[embeddings]?.type = 99 },
        Lie("another type", embeddings, "expected") { $0[embeddings]?.type = 0 },
        Lie("a name of nothing", "has the variable ''") { $0["decoder/num_heads"]?.name = "" },
        Lie("an endless name", "65001", "expected 1 to 1024") { file in
            file["decoder/num_heads"]?.name = String(repeating: "n", count: 65000)
        },
        Lie("a name that moves the cursor", "UTF-8") { $0["decoder/num_heads"]?.name = "decoder/\u{1B}[2J" },
        Lie("a name of line breaks", "UTF-8") { $0["decoder/num_heads"]?.name = "decoder\n/num_heads" },
        Lie("two variables of a name", "decoder/num_heads", "second") { file in
            if let variable = file["decoder/num_heads"] { file.variables.append(variable) }
        },
        Lie("an alias for itself", "self", "not in the file") { $0.aliases = [("self", "self")] },
        Lie("an alias for nothing", "nothing", "not in the file") { $0.aliases = [("some", "nothing")] },
        Lie("an alias in another's place", "another variable") { file in
            file.aliases = [("decoder/embeddings/weight", "encoder/embeddings_0/weight")]
        },
        Lie("version 0", "version is 0", "expected 1 to 6") { $0.version = 0 },
        Lie("version 7", "version is 7", "expected 1 to 6") { $0.version = 7 },
        Lie("version 4294967295", "4294967295") { $0.version = .max },
        Lie("a version without type ids", "expected") { $0.version = 3 },
        Lie("a missing weight", "lacks the variable 'decoder/layer_0/ffn/linear_1/weight'") { file in
            file["decoder/layer_0/ffn/linear_1/weight"] = nil
        },
        Lie("a missing scale", "lacks the variable 'decoder/layer_0/ffn/linear_1/weight_scale'") { file in
            file["decoder/layer_0/ffn/linear_1/weight_scale"] = nil
        },
        Lie("a missing side", "lacks the variable 'decoder/embeddings/weight'") { file in
            file.variables.removeAll { $0.name.hasPrefix("decoder/") }
        },
        Lie("a missing layer", "0 layers", "encoder/layer_", "expected 1") { file in
            file.variables.removeAll { $0.name.hasPrefix("encoder/layer_0/") }
        },
        Lie("a transposed weight", "shape [8, 12], expected [any, 8]") { file in
            file["encoder/layer_0/ffn/linear_0/weight"]?.shape = [8, 12]
        },
        Lie("a variable nobody knows", "has the variable 'decoder/layer_0/surprise'") { file in
            file.addAttribute("decoder/layer_0/surprise", 1, .int8)
        },
    ]

    @Test(arguments: lies)
    func aLie_isRefusedInItsOwnWords(lie: Lie) async throws {
        var file = ModelFile.tiny(.int8)
        lie.tell(&file)
        let outcome = try await HostileFolder(file).attempt()
        let error = try #require(outcome.refusal)
        for word in lie.words { #expect(error.message.contains(word), "\(error)") }
        #expect(error.message.contains("model.bin"))
    }

    /// Pages of aliases that give one layer's weights to ever more layers, and the depth from which it is refused.
    @Test(arguments: [(256, true), (257, false), (3000, false)])
    func aliasedLayers_loadUpToTheDeepestStack(layers: Int, loads: Bool) async throws {
        var file = ModelFile.tiny(.int8)
        let shared = file.variables.map(\.name).filter { $0.hasPrefix("encoder/layer_0/") }
        for layer in 1..<layers {
            for name in shared where !name.hasSuffix("_scale") {
                file.aliases.append((name.replacing("layer_0", with: "layer_\(layer)"), name))
            }
        }
        switch try await HostileFolder(file).attempt() {
        case .loaded: #expect(loads)
        case .refused(let error): #expect(!loads && error.message.contains("\(layers) layers"), "\(error)")
        case .failed(let error): Issue.record(error)
        }
    }

    @Test(.timeLimit(.minutes(20)))
    func manyVariablesAndAliases_areReadInTime() async throws {
        var file = ModelFile.tiny(.int8)
        for index in 1..<60_000 {
            file.variables.append(.init(name: "encoder/layer_\(index)/ffn", shape: [], type: 1, data: Data([1])))
        }
        for index in 0..<60_000 { file.aliases.append(("decoder/layer_\(index)/a", "encoder/num_heads")) }
        let outcome = try await HostileFolder(file).attempt()
        #expect(outcome.refusal?.code == .corrupt)
    }
}
