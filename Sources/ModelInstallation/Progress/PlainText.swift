/// A text from outside as it may be shown on a terminal: control characters, and those that turn the direction of
/// writing, are replaced by `?`.
package struct PlainText: CustomStringConvertible, Sendable {
    package let description: String

    package init(_ text: String) {
        let needsNone = text.unicodeScalars.allSatisfy { !Self.isHarmful($0) }
        description =
            needsNone
            ? text : String(String.UnicodeScalarView(text.unicodeScalars.map { Self.isHarmful($0) ? "?" : $0 }))
    }

    private static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
