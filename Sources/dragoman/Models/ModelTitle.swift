import Foundation
import MachineTranslation
import ModelInstallation

/// A model in one line: name, version, kind, size and licence.
struct ModelTitle: CustomStringConvertible {
    let description: String

    init(_ model: ModelDescription) {
        let title = [model.name, model.version].filter { !$0.isEmpty }.joined(separator: " ")
        let licence = model.licence.isEmpty ? "" : ", \(model.licence)"
        let size = ModelSize(directory: model.weightsDirectory)
        description = "\(PlainText("\(title)  (\(model.family.rawValue), \(size)\(licence))"))"
    }
}

/// The size of a model's weights, for people.
struct ModelSize: CustomStringConvertible {
    let directory: String

    var description: String {
        let attributes = try? FileManager.default.attributesOfItem(atPath: directory + "/model.bin")
        guard let bytes = (attributes?[.size] as? NSNumber)?.doubleValue else { return "no weights" }
        return String(format: "%.1f MB", bytes / 1e6)
    }
}

/// Pairs of languages for people: those of a model with very many are counted.
struct PairList: CustomStringConvertible {
    let pairs: Set<LanguagePair>

    init(_ pairs: Set<LanguagePair>) { self.pairs = pairs }

    var description: String {
        let names = pairs.map(\.description).sorted()
        guard names.count > 24 else { return names.joined(separator: "  ") }
        return "\(names.count) pairs of \(Set(pairs.map(\.source)).count) languages"
    }
}
