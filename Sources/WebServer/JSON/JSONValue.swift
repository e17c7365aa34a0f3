/// Any JSON value. Objects keep the order of their members and numbers their spelling, so that what a client sends can be
/// given back as it was.
package indirect enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// The literal, which follows JSON's grammar.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    package static func integer(_ value: some BinaryInteger) -> JSONValue { .number(String(value)) }

    /// `null` for what JSON cannot write: infinities and NaN.
    package static func decimal(_ value: Double) -> JSONValue { value.isFinite ? .number("\(value)") : .null }

    /// `null` for `nil`.
    package static func optional(_ text: String?) -> JSONValue { text.map(JSONValue.string) ?? .null }

    /// What the value is called in messages: `a string`, `an object` …
    package var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int) { self = .integer(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(JSONObject(elements)) }
}

/// A JSON object. Of members with the same name the last one counts, in the place of the first.
package struct JSONObject: Hashable, Sendable {
    package private(set) var names: [String] = []
    private var values: [String: JSONValue] = [:]

    package init() {}

    package init(_ members: some Sequence<(String, JSONValue)>) {
        for (name, value) in members { self[name] = value }
    }

    /// Setting `nil` leaves the object as it is: optional members are written without an `if`.
    package subscript(name: String) -> JSONValue? {
        get { values[name] }
        set {
            guard let newValue else { return }
            if values.updateValue(newValue, forKey: name) == nil { names.append(name) }
        }
    }
}
