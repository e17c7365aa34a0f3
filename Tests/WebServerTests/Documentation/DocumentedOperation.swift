import NIOHTTP1
import WebServer

/// An operation as the contract describes it.
struct DocumentedOperation: Sendable, CustomStringConvertible {
    let id: String
    let method: HTTPMethod
    let template: String
    let statuses: Set<Int>
    /// The example of its body, if it has one.
    let body: JSONValue?
    let isOpen: Bool
    /// Names of parameters in the query.
    let parameters: [String]

    var description: String { "\(method) \(template)" }

    static let all: [DocumentedOperation] = {
        guard case .object(let contract) = OpenAPIDocument.json, let paths = contract.object("paths") else { return [] }
        return paths.names.flatMap { path in
            guard let item = paths.object(path) else { return [DocumentedOperation]() }
            return item.names.filter { $0 != "parameters" }.compactMap { method in
                item.object(method).map { DocumentedOperation(method, path, $0, contract) }
            }
        }
    }()

    static func documenting(_ status: Int) -> [DocumentedOperation] { all.filter { $0.statuses.contains(status) } }

    private init(_ method: String, _ path: String, _ operation: JSONObject, _ contract: JSONObject) {
        if case .string(let name) = operation["operationId"] { id = name } else { id = "" }
        self.method = HTTPMethod(rawValue: method.uppercased())
        template = path
        statuses = Set((operation.object("responses")?.names ?? []).compactMap(Int.init))
        isOpen = operation["security"] == []
        let schema = operation.object("requestBody")?.object("content")?.object("application/json")?.object("schema")
        body = schema.map { Self.example(Self.resolved($0, contract)) }
        parameters = Self.elements(operation["parameters"]).compactMap { reference in
            guard case .object(let object) = reference else { return nil }
            let parameter = Self.resolved(object, contract)
            guard parameter["in"] == "query", case .string(let name) = parameter["name"] else { return nil }
            return name
        }
    }

    private static func example(_ schema: JSONObject) -> JSONValue { elements(schema["examples"]).first ?? .null }

    private static func elements(_ value: JSONValue?) -> [JSONValue] {
        if case .array(let elements) = value { elements } else { [] }
    }

    /// What a reference refers to.
    private static func resolved(_ object: JSONObject, _ contract: JSONObject) -> JSONObject {
        guard case .string(let reference) = object["$ref"] else { return object }
        return reference.split(separator: "/").dropFirst().reduce(contract) { $0.object(String($1)) ?? JSONObject() }
    }
}
