/// Text from outside, made fit for a message: one line, of bounded length, without characters that steer a terminal.
struct PlainText: CustomStringConvertible {
    private static let longest = 200

    let description: String

    init(_ text: some StringProtocol) {
        let start = text.unicodeScalars.prefix(Self.longest)
        let isCut = start.endIndex != text.unicodeScalars.endIndex
        let plain = start.map { scalar -> Character in
            switch scalar.properties.generalCategory {
            case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator:
                "\u{FFFD}"
            default: Character(scalar)
            }
        }
        description = String(plain) + (isCut ? "…" : "")
    }
}
