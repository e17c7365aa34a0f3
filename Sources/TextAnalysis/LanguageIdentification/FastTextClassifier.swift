private import CFastText

/// fastText's classifier, loaded from a checked file.
///
/// Immutable once loaded: it may be used from any number of threads at once.
final class FastTextClassifier: Sendable {
    private static let labelPrefix = "__label__"

    // Set once, and prediction does not change the model.
    nonisolated(unsafe) private let model: OpaquePointer

    /// - Throws: `TextAnalysisError` that names the file, what was found in it and what was expected.
    init(file path: String) throws {
        let kind = "a fastText language identification model"
        let bytes = try BoundedFile.read(path, limit: FastTextModelFile.maximumSize, kind: kind)
        do {
            try FastTextModelFile.check(bytes)
        } catch {
            throw Self.invalid(path, found: error.found)
        }
        var message = [CChar](repeating: 0, count: 512)
        guard let model = cft_open(path, &message, message.count) else {
            let text = String(decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            throw Self.invalid(path, found: text)
        }
        self.model = model
    }

    deinit {
        cft_close(model)
    }

    /// A label without its prefix, and how likely it is.
    struct Prediction {
        var label: String
        var probability: Double
    }

    /// Every label with its probability for a line of text, most likely first.
    func probabilities(for text: String) -> [Prediction] {
        var result: [Prediction] = []
        var text = text
        text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                withUnsafeMutablePointer(to: &result) { result in
                    _ = cft_predict(
                        model,
                        characters.baseAddress,
                        characters.count,
                        { context, label, probability in
                            guard let context, let label, probability.isFinite else { return }
                            let name = String(cString: label).dropFirst(FastTextClassifier.labelPrefix.count)
                            context.assumingMemoryBound(to: [Prediction].self).pointee
                                .append(Prediction(label: String(name), probability: Double(probability)))
                        },
                        result
                    )
                }
            }
        }
        return result
    }

    private static func invalid(_ path: String, found: String) -> TextAnalysisError {
        TextAnalysisError(
            code: .invalidFile,
            message: "The file '\(path)' is no usable fastText model: found \(found); expected a complete classifier "
                + "of format version 12."
        )
    }
}
