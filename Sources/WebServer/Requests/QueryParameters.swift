internal import HummingbirdCore

/// The parameters behind the `?`, decoded. Names and values are UTF-8; of parameters with the same name the last counts.
package struct QueryParameters: Sendable {
    private var values: [String: String] = [:]

    /// - Parameter known: the names that mean something here; others are refused, with the nearest known one.
    /// - Throws: `Problem` 400.
    package init(_ query: String?, known: [String]) throws(Problem) {
        for pair in (query ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decode(parts[0], plusIsSpace: true),
                let value = PercentEncoding.decode(parts.count > 1 ? parts[1] : "", plusIsSpace: true)
            else { throw .malformed("The query is not percent-encoded UTF-8.") }
            guard known.contains(name) else { throw Self.unknown(name, known) }
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
        var bytes: [UInt8] = []
        var rest = Substring(text).utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                let digits = rest.prefix(2)
                guard digits.count == 2, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
                    let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
                else { return nil }
                bytes.append(value)
                rest = rest.dropFirst(2)
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
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
