/// Which paths there are, and with which methods: for answers to methods that a path does not have, and for metrics.
struct RouteIndex: Sendable {
    /// Methods that appear in metrics by their own name.
    static let methods: Set<String> = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    private struct Entry {
        let template: String
        let segments: [Substring]
        var methods: [String]
    }

    private var entries: [Entry] = []
    private var templates: Set<String> = []

    /// Adds an operation. `template` is such as `/api/v1/notes/{id}`.
    mutating func add(_ template: String, _ method: String) {
        let methods = method == "GET" ? ["GET", "HEAD"] : [method]
        if let index = entries.firstIndex(where: { $0.template == template }) {
            entries[index].methods += methods
        } else {
            entries.append(Entry(template: template, segments: template.split(separator: "/"), methods: methods))
            templates.insert(template)
        }
    }

    /// Every template with its methods, `HEAD` left out.
    var operations: [(template: String, method: String)] {
        entries.flatMap { entry in entry.methods.filter { $0 != "HEAD" }.map { (entry.template, $0) } }
    }

    /// The template of a request: what the router found, or, where it found nothing for the method, what the path matches.
    func template(of endpoint: String?, at path: String) -> String {
        if let endpoint, templates.contains(endpoint) { return endpoint }
        return entry(at: path)?.template ?? "unmatched"
    }

    /// The methods of a path; none if there is nothing.
    func methods(at path: String) -> [String] { entry(at: path)?.methods.sorted() ?? [] }

    private func entry(at path: String) -> Entry? {
        let segments = path.split(separator: "/", maxSplits: 16)
        let matching = entries.filter { entry in
            entry.segments.count == segments.count
                && zip(entry.segments, segments).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
        }
        // A literal path goes before one with a placeholder, as in the router.
        return matching.min { $0.segments.count { $0.hasPrefix("{") } < $1.segments.count { $0.hasPrefix("{") } }
    }
}
