/// The labels of one series, as they stand in the exposition: ordered by name, escaped.
struct LabelSet: Hashable, Comparable {
    static let maximumLabels = 16
    static let maximumNameLength = 64
    static let maximumValueLength = 128

    /// `name="value",…`, empty without labels.
    let text: String

    /// Sanitises names, and cuts names, values and the number of labels to the limits. Of labels with the same name the
    /// first stays.
    init(_ dimensions: [(String, String)]) {
        var labels: [String: String] = [:]
        for (label, value) in dimensions.prefix(Self.maximumLabels) {
            let name = Self.name(label)
            if labels[name] == nil { labels[name] = Self.escaped(value) }
        }
        text = labels.sorted { $0.key < $1.key }.map { "\($0.key)=\"\($0.value)\"" }.joined(separator: ",")
    }

    /// The labels of the series in which all are counted that are too many.
    static func overflow(of dimensions: [(String, String)]) -> LabelSet {
        LabelSet(dimensions.isEmpty ? [("series", "other")] : dimensions.map { ($0.0, "other") })
    }

    static func < (left: LabelSet, right: LabelSet) -> Bool { left.text < right.text }

    /// Names with two leading underscores are Prometheus's own, and `le` is a histogram's.
    private static func name(_ label: String) -> String {
        let name = MetricName.sanitised(label, maximumLength: maximumNameLength)
        return name == "le" || name.hasPrefix("__") ? "label_" + name : name
    }

    private static func escaped(_ value: String) -> String {
        var text = ""
        for scalar in value.unicodeScalars.prefix(maximumValueLength) {
            switch scalar {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
