import Testing

/// What a random model's directory holds, in a few kilobytes: the weights are numbers that
/// ``RandomModelWriter`` computes from the names.
///
/// Written by `Golden/random_models.py`, whose opening comment defines the generator.
struct RandomModelManifest: Decodable, Sendable, CustomTestStringConvertible {
    /// The model's name, which seeds its numbers.
    var name: String
    /// The version of the container format, for example 6.
    var binaryVersion: UInt32
    /// The name of the specification, for example 'TransformerSpec'.
    var spec: String
    /// The revision of the specification.
    var revision: UInt32
    /// The variables in file order.
    var variables: [Variable]
    /// Pairs of an alias and the variable that it stands for, in file order.
    var aliases: [[String]]
    /// The text of config.json.
    var config: String
    /// The vocabulary files: one that is shared, or source and target.
    var vocabularies: [Vocabulary]
    /// ``RandomModelWriter/digest(of:)`` of the model.bin that the reference wrote.
    var digest: String
    /// The size of that model.bin in bytes.
    var bytes: Int

    var testDescription: String { name }

    /// The vocabulary of the source side.
    var sourceVocabulary: Vocabulary { vocabularies[0] }
    /// The vocabulary of the target side, which may be the same.
    var targetVocabulary: Vocabulary { vocabularies[vocabularies.count - 1] }
}

extension RandomModelManifest {
    /// A tensor or scalar of the file.
    struct Variable: Decodable, Sendable {
        var name: String
        /// The dimensions, outermost first; empty for a scalar.
        var shape: [Int]
        var type: ElementType
        var fill: Fill

        /// The number of elements.
        var count: Int { shape.reduce(1, *) }
    }

    /// The types of elements; the raw value is the reference's name for it.
    enum ElementType: String, Decodable, Sendable {
        case float32, int8, int16, int32, float16, bfloat16

        /// The number that stands for the type in the file.
        var code: UInt8 {
            switch self {
            case .float32: 0
            case .int8: 1
            case .int16: 2
            case .int32: 3
            case .float16: 4
            case .bfloat16: 5
            }
        }

        /// The size of one element in bytes.
        var size: Int {
            switch self {
            case .int8: 1
            case .int16, .float16, .bfloat16: 2
            case .float32, .int32: 4
            }
        }
    }

    /// Where a variable's numbers come from.
    enum Fill: Decodable, Sendable {
        /// Uniformly spread over `center` ± `range` / 2.
        case uniform(center: Float, range: Float)
        /// Whole numbers over the range of quantised weights.
        case integers
        /// The numbers themselves.
        case values([Double])

        private enum CodingKeys: String, CodingKey {
            case kind, center, range, values
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            switch try container.decode(String.self, forKey: .kind) {
            case "uniform":
                let center = try container.decode(Float.self, forKey: .center)
                self = .uniform(center: center, range: try container.decode(Float.self, forKey: .range))
            case "integers":
                self = .integers
            case "values":
                self = .values(try container.decode([Double].self, forKey: .values))
            case let kind:
                throw DecodingError.dataCorruptedError(
                    forKey: .kind,
                    in: container,
                    debugDescription: "unknown fill '\(kind)', expected uniform, integers or values"
                )
            }
        }
    }

    /// A vocabulary file of generated tokens.
    struct Vocabulary: Decodable, Sendable {
        var file: String
        /// The first tokens.
        var special: [String]
        /// What comes before the id in all other tokens.
        var prefix: String
        var size: Int

        /// The tokens in the order of their ids.
        var tokens: [String] { special + (special.count..<size).map { "\(prefix)\($0)" } }
    }
}
