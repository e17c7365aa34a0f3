import Foundation

/// The reference's outputs, as `Golden/export.py` wrote them; its opening comment says what the numbers mean.
enum Golden {
    /// The root of the repository, found from this file's place in it.
    static let repository = URL(filePath: #filePath).appending(path: "../../../..").standardizedFileURL

    /// The starter model in all directions.
    static let starter = Result { try load(StarterFile.self, "starter.json") }
    /// The starter model under many combinations of decoding options.
    static let options = Result { try load(OptionsFile.self, "options.json") }
    /// Real models of the first binary formats.
    static let transliteration = Result { try load(TransliterationFile.self, "transliteration.json") }
    /// Random models of many shapes.
    static let random = Result { try load(RandomFile.self, "random.json") }

    private static func load<File: Decodable>(_ type: File.Type, _ name: String) throws -> File {
        let file = URL(filePath: #filePath).appending(path: "../../Golden/\(name)").standardizedFileURL
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: Data(contentsOf: file))
    }
}

extension Golden {
    /// One output of the reference.
    struct Hypothesis: Decodable, Sendable {
        /// Ids, without the end token.
        var tokens: [Int]
        /// The normalised log-probability, rounded to 6 decimals.
        var score: Double
        /// Greedy decoding only: the smallest lead in logits of a chosen token over the second best.
        var margin: Double?
        /// One row per token: the weights of the source tokens without <s> and </s>, rounded to 5 decimals.
        var attention: [[Double]]?
    }

    /// The best hypotheses of all sources under default options.
    struct Outputs: Decodable, Sendable {
        var greedy: [Hypothesis]
        var beam4: [Hypothesis]
    }

    struct StarterFile: Decodable, Sendable {
        /// The model's directory, relative to ``Golden/repository``.
        var model: String
        var maxDecodingLength: Int
        var directions: [Direction]

        /// 300 lines from one language into another.
        struct Direction: Decodable, Sendable {
            var source: String
            var target: String
            /// Ids, target tag first, without the </s> that the engine adds.
            var sources: [[Int]]
            var float32: Outputs
            var int8: Outputs
        }
    }

    struct OptionsFile: Decodable, Sendable {
        /// The model's directory, relative to ``Golden/repository``.
        var model: String
        var maxDecodingLength: Int
        var directions: [Direction]

        /// 20 lines from one language into another.
        struct Direction: Decodable, Sendable {
            var source: String
            var target: String
            var sources: [[Int]]
            /// Two ids per source, which cases with ``Options/prefix`` start from.
            var prefixes: [[Int]]
            var cases: [Case]
        }

        /// One combination of options.
        struct Case: Decodable, Sendable {
            var name: String
            var options: Options
            /// Per source (of the first four only where attention is returned) the hypotheses, best first.
            var results: [[Hypothesis]]
        }

        /// The options that differ from the defaults.
        struct Options: Decodable, Sendable {
            var beamSize: Int
            var numHypotheses: Int?
            var lengthPenalty: Float?
            var coveragePenalty: Float?
            var repetitionPenalty: Float?
            var noRepeatNgramSize: Int?
            var minDecodingLength: Int?
            var maxDecodingLength: Int?
            var disableUnk: Bool?
            var returnAttention: Bool?
            var prefix: Bool?
        }
    }

    struct TransliterationFile: Decodable, Sendable {
        var maxDecodingLength: Int
        /// Arabic names, and the same as ids of characters.
        var names: [String]
        var sources: [[Int]]
        var models: [Model]

        /// The outputs of one model, in float32 whatever its weights are.
        struct Model: Decodable, Sendable {
            /// The model's directory, relative to ``Golden/repository``.
            var path: String
            var greedy: [Hypothesis]
            var beam4: [Hypothesis]
        }
    }

    struct RandomFile: Decodable, Sendable {
        /// The exact number of tokens of the greedy outputs (minimum and maximum).
        var greedyLength: Int
        var models: [Model]

        struct Model: Decodable, Sendable {
            var manifest: RandomModelManifest
            var pairs: [Pair]
            var float32: Results
            /// The same with int8 arithmetic, for models with int8 weights.
            var int8: Results?
        }

        /// Ids of a source and a target, without special tokens.
        struct Pair: Decodable, Sendable {
            var source: [Int]
            var target: [Int]
        }

        struct Results: Decodable, Sendable {
            /// Per pair the log-probabilities of the target's tokens and, last, of the end token.
            var logProbs: [[Double]]
            /// The greedy outputs for the sources of the first four pairs.
            var greedy: [Hypothesis]
            /// The same with the unknown token disabled.
            var greedyKnown: [Hypothesis]
        }
    }
}
