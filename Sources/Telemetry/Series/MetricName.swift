/// A name that Prometheus accepts: letters, digits and underscores, not beginning with a digit.
struct MetricName: Hashable, Comparable {
    static let maximumLength = 200

    let text: String

    /// Replaces everything else by underscores, and appends the suffix unless the label ends with it.
    init(_ label: String, suffix: String = "") {
        let name = Self.sanitised(label, maximumLength: Self.maximumLength)
        text = name.hasSuffix(suffix) ? name : name + suffix
    }

    static func < (left: MetricName, right: MetricName) -> Bool { left.text < right.text }

    /// Colons are left to recording rules, which is why they are replaced too.
    static func sanitised(_ label: String, maximumLength: Int) -> String {
        var name = ""
        for byte in label.utf8.prefix(maximumLength) {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                if name.isEmpty { name = "_" }
                name.unicodeScalars.append(Unicode.Scalar(byte))
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"):
                name.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                name += "_"
            }
        }
        return name.isEmpty ? "_" : name
    }
}
