internal import Hummingbird
internal import Yams

/// The contract at `/openapi.yaml` and `/openapi.json`, and the page at `/docs` that shows it.
struct DocumentationRoutes {
    var routes: [Route] {
        [
            .file("/docs", .html, PackageResources.docs_html),
            .file("/openapi.yaml", .yaml, PackageResources.openapi_yaml),
            .file("/openapi.json", .json, OpenAPIDocument.json.encoded),
        ]
    }
}

/// The contract, as JSON.
package enum OpenAPIDocument {
    /// The document. Written once, in YAML, and compiled in.
    package static let json = value(
        try? Yams.compose(yaml: String(decoding: PackageResources.openapi_yaml, as: UTF8.self))
    )

    private static func value(_ node: Node??) -> JSONValue {
        switch node.flatMap(\.self) {
        case .mapping(let mapping):
            .object(JSONObject(mapping.map { ($0.key.string ?? "", value($0.value)) }))
        case .sequence(let sequence): .array(sequence.map { value($0) })
        case .scalar(let scalar): self.scalar(scalar)
        case .alias, nil: .null
        }
    }

    /// Quoted text is text; the rest is what it looks like.
    private static func scalar(_ scalar: Node.Scalar) -> JSONValue {
        guard scalar.style == .plain else { return .string(scalar.string) }
        switch scalar.string {
        case "true": return true
        case "false": return false
        case "null", "~", "": return .null
        case let text: return Double(text) != nil && text.utf8.allSatisfy { $0 < 0x40 } ? .number(text) : .string(text)
        }
    }
}
