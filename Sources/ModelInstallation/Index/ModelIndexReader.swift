internal import Foundation

/// Reads an index of either format.
struct ModelIndexReader {
    /// Far beyond what thousands of models need.
    static let largest = 16 << 20
    private static let mostEntries = 20_000

    let location: IndexLocation

    /// - Throws: `.damaged` that says where the text is not as expected.
    func read(_ data: Data) throws -> ModelIndex {
        let isList = data.first { !$0.isJSONSpace } == UInt8(ascii: "[")
        let entries =
            isList
            ? try decode(ArgosIndex.self, data).entries(at: location)
            : try decode(OwnIndex.self, data).entries(at: location)
        guard entries.count <= Self.mostEntries else {
            throw ModelInstallationError(
                .damaged,
                "The index '\(location)' lists \(entries.count) models; that is too many."
            )
        }
        return ModelIndex(location: location, entries: entries)
    }

    private func decode<Value: Decodable>(_: Value.Type, _ data: Data) throws -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: data)
        } catch {
            throw ModelInstallationError(
                .damaged,
                "The index '\(location)' is not what was expected: \(Self.words(error)).",
                cause: error
            )
        }
    }

    private static func words(_ error: any Error) -> String {
        func place(_ context: DecodingError.Context) -> String {
            let path = context.codingPath.map { $0.intValue.map { "\($0 + 1)" } ?? $0.stringValue }
            return path.isEmpty ? "" : " in '\(path.joined(separator: "."))'"
        }
        return switch error as? DecodingError {
        case .keyNotFound(let key, let context): "the key '\(key.stringValue)' is missing" + place(context)
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "a value has the wrong type" + place(context)
        case .dataCorrupted(let context) where !context.codingPath.isEmpty: context.debugDescription + place(context)
        default: "it is no JSON"
        }
    }
}

extension UInt8 {
    fileprivate var isJSONSpace: Bool { [0x20, 0x09, 0x0A, 0x0D].contains(self) }
}
