internal import HummingbirdCore

/// The parameters behind the `?`, decoded. Names and values are UTF-8; of parameters with the same name the last counts.
package struct QueryParameters: Sendable {
    private static let longestName = 256

    private var values: [String: String] = [:]

    /// - Parameter known: the names that mean something here; others are refused, with the nearest known one.
    /// - Throws: `Problem` 400.
    package init(_ query: String?, known: [String]) throws(Problem) {
        // Bytes, not characters: to compare these takes long where they have thousands of combining marks.
        for pair in (query ?? "").utf8.split(separator: UInt8(ascii: "&")) {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decode(parts[0], plusIsSpace: true),
                let value = PercentEncoding.decode(parts.count > 1 ? parts[1] : "".utf8[...], plusIsSpace: true)
            else { throw .malformed("The query is not percent-encoded UTF-8.") }
            guard name.utf8.count <= Self.longestName, known.contains(name) else { throw Self.unknown(name, known) }
            values[name] = value
        }
    }

    package subscript(name: String) -> String? { values[name] }

    /// A whole number within bounds.
    package func integer(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let text = values[name] else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw .malformed(
                "'\(name)' is '\(text.shortened)', expected a whole number from \(range.lowerBound) to \(range.upperBound).",
                field: name
            )
        }
        return value
    }

    /// `true` or `false`; `false` where it is missing.
    package func flag(_ name: String) throws(Problem) -> Bool {
        switch values[name] {
        case nil, "false": return false
        case "true": return true
        case .some(let text):
            throw .malformed("'\(name)' is '\(text.shortened)', expected 'true' or 'false'.", field: name)
        }
    }

    /// Something that is read from text.
    package func value<T>(_ name: String, expected: String, _ read: (String) -> T?) throws(Problem) -> T? {
        guard let text = values[name] else { return nil }
        guard let value = read(text) else {
            throw .malformed("'\(name)' is '\(text.shortened)', expected \(expected).", field: name)
        }
        return value
    }

    private static func unknown(_ name: String, _ known: [String]) -> Problem {
        let hint = NearestName.suggestion(for: name, among: known).map { " Did you mean '\($0)'?" } ?? ""
        return .malformed("There is no parameter '\(name.shortened)' here.\(hint)", field: name.shortened)
    }
}

/// RFC 3986, section 2.1.
package enum PercentEncoding {
    /// `nil` for what is not UTF-8 or has a `%` without two hexadecimal digits.
    package static func decode(_ text: some StringProtocol, plusIsSpace: Bool = false) -> String? {
        decode(Substring(text).utf8, plusIsSpace: plusIsSpace)
    }

    /// The same, of UTF-8.
    package static func decode(_ text: Substring.UTF8View, plusIsSpace: Bool = false) -> String? {
        var bytes: [UInt8] = []
        var rest = text[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap({ Unicode.Scalar($0).hexadecimalValue }),
                    let low = rest.popFirst().flatMap({ Unicode.Scalar($0).hexadecimalValue })
                else { return nil }
                bytes.append(high << 4 | low)
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

extension Unicode.Scalar {
    /// The value of an ASCII hexadecimal digit.
    package var hexadecimalValue: UInt8? {
        switch self {
        case "0"..."9": UInt8(value - 0x30)
        case "A"..."F": UInt8(value - 0x41 + 10)
        case "a"..."f": UInt8(value - 0x61 + 10)
        default: nil
        }
    }
}

extension String {
    /// Fit to be quoted in a message: at most 64 characters, none of them a control character.
    package var shortened: String {
        let clean = String(
            unicodeScalars.lazy.prefix(65).map { scalar in
                scalar.properties.generalCategory == .control ? "\u{fffd}" : Character(scalar)
            }
        )
        return unicodeScalars.count > 64 ? String(clean.dropLast()) + "…" : clean
    }
}
