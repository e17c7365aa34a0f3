/// Reads the members of an object one by one and collects all that is wrong with them, so that a client learns of every
/// mistake at once.
///
/// Ask for every member there may be, then call `finish`, which refuses members that nobody asked for.
package struct JSONFields {
    private let object: JSONObject
    private var known: [String] = []
    private var errors: [Problem.FieldError] = []

    private static let longestWord = 256

    package init(_ object: JSONObject) { self.object = object }

    /// A member that must be there and be a string. Empty if it is not; `finish` then throws.
    package mutating func string(_ name: String, most: Int = .max) -> String {
        guard let value = optionalString(name, most: most) else {
            if object[name] == nil || object[name] == .null { fail(name, "It is missing, expected a string.") }
            return ""
        }
        return value
    }

    /// A member that is a string, or missing, or `null`. `most` counts Unicode scalars.
    package mutating func optionalString(_ name: String, most: Int = .max) -> String? {
        switch take(name) {
        case nil, .null: return nil
        case .string(let text):
            guard text.unicodeScalars.count <= most else {
                fail(name, "It has more than \(most) characters.")
                return nil
            }
            return text
        case .some(let other):
            fail(name, "It is \(other.kind), expected a string.")
            return nil
        }
    }

    /// A member that is one of some words.
    package mutating func word<T>(_ name: String, _ words: [String: T]) -> T? {
        guard let text = optionalString(name) else { return nil }
        // What is longer than any word is not looked up, which can take long.
        if text.utf8.count <= Self.longestWord, let value = words[text] { return value }
        let expected = words.keys.sorted().map { "'\($0)'" }.joined(separator: ", ")
        fail(name, "It is '\(text.shortened)', expected one of \(expected).")
        return nil
    }

    /// A member that is a whole number within bounds.
    package mutating func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        switch take(name) {
        case nil, .null: return nil
        case .number(let literal):
            if let value = Int(literal) ?? Double(literal).flatMap(Int.init(exactly:)), range.contains(value) {
                return value
            }
            fail(name, "It is \(literal.shortened), expected \(range.lowerBound) to \(range.upperBound).")
            return nil
        case .some(let other):
            fail(name, "It is \(other.kind), expected a whole number.")
            return nil
        }
    }

    package mutating func bool(_ name: String) -> Bool? {
        switch take(name) {
        case nil, .null: return nil
        case .bool(let value): return value
        case .some(let other):
            fail(name, "It is \(other.kind), expected true or false.")
            return nil
        }
    }

    package mutating func object(_ name: String) -> JSONObject? {
        switch take(name) {
        case nil, .null: return nil
        case .object(let value): return value
        case .some(let other):
            fail(name, "It is \(other.kind), expected an object.")
            return nil
        }
    }

    /// A string, or an array of strings.
    package mutating func strings(_ name: String, most: Int) -> (values: [String], isList: Bool) {
        switch take(name) {
        case .string(let text): return ([text], false)
        case .array(let elements):
            guard elements.count <= most else {
                fail(name, "It has \(elements.count) items, expected at most \(most).")
                return ([], true)
            }
            var texts: [String] = []
            for (index, element) in elements.enumerated() {
                guard case .string(let text) = element else {
                    fail("\(name)[\(index)]", "It is \(element.kind), expected a string.")
                    continue
                }
                texts.append(text)
            }
            return (texts, true)
        case nil:
            fail(name, "It is missing, expected a string or an array of strings.")
            return ([], false)
        case .some(let other):
            fail(name, "It is \(other.kind), expected a string or an array of strings.")
            return ([], false)
        }
    }

    /// An array of strings, or missing, or `null`.
    package mutating func optionalStrings(_ name: String, most: Int) -> [String]? {
        switch take(name) {
        case nil, .null: return nil
        case .array: return strings(name, most: most).values
        case .some(let other):
            fail(name, "It is \(other.kind), expected an array of strings.")
            return nil
        }
    }

    /// Notes that a member is wrong.
    package mutating func fail(_ name: String, _ message: String) {
        errors.append(Problem.FieldError(field: name, message: message))
    }

    /// - Throws: `Problem` 400 with everything that is wrong, members nobody asked for included.
    package mutating func finish() throws(Problem) {
        for name in object.names.filter({ [known] in !known.contains($0) }).prefix(20) {
            let hint = NearestName.suggestion(for: name, among: known).map { " Did you mean '\($0)'?" } ?? ""
            fail(name.shortened, "There is no such field.\(hint)")
        }
        guard errors.isEmpty else { throw .invalidFields(errors) }
    }

    /// Remembers the name as one that means something. `nil` where it is missing.
    private mutating func take(_ name: String) -> JSONValue? {
        known.append(name)
        return object[name]
    }
}
