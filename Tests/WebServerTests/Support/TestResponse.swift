import NIOHTTP1
import Testing
import WebServer

/// An answer, read to its end.
struct TestResponse: Sendable {
    var status: Int
    var headers: HTTPHeaders
    var body: [UInt8]

    func header(_ name: String) -> String? { headers.first(name: name) }

    var text: String { String(decoding: body, as: UTF8.self) }

    /// The body, which must be a JSON object.
    func object(_ location: SourceLocation = #_sourceLocation) throws -> JSONObject {
        guard case .object(let object) = try JSONParser.parse(body) else {
            Issue.record("The body is no JSON object: \(text)", sourceLocation: location)
            return JSONObject()
        }
        return object
    }

    /// A member that is a string.
    func string(_ name: String, _ location: SourceLocation = #_sourceLocation) throws -> String {
        guard case .string(let value) = try object(location)[name] else {
            Issue.record("'\(name)' is no string in \(text)", sourceLocation: location)
            return ""
        }
        return value
    }

    /// The members of `items`.
    func items(_ location: SourceLocation = #_sourceLocation) throws -> [JSONObject] {
        guard case .array(let items) = try object(location)["items"] else {
            Issue.record("There are no items in \(text)", sourceLocation: location)
            return []
        }
        return items.compactMap { if case .object(let object) = $0 { object } else { nil } }
    }

    /// The fields that a problem document complains about.
    func complaints() throws -> [String] {
        guard case .array(let errors) = try object()["errors"] else { return [] }
        return errors.compactMap { error in
            if case .object(let object) = error, case .string(let field) = object["field"] { field } else { nil }
        }
    }
}
