internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Identity
internal import JobSystem
internal import TranslationService

/// A request for a translation, as it came over HTTP.
struct TextTask: Sendable {
    var request: TextRequest
    var priority: PriorityClass
    /// JSON.
    var metadata: String?
    var webhookURL: String?

    /// Unicode scalars of all texts, which quotas count.
    let characters: Int

    init(request: TextRequest) {
        self.request = request
        priority = .standard
        characters = request.texts.reduce(0) { $0 + $1.unicodeScalars.count }
    }
}

extension TierLimits {
    /// Whether a request may have so many characters.
    /// - Throws: `Problem` 413.
    func check(characters: Int, of principal: Principal) throws(Problem) {
        guard characters > maximumTextCharacters else { return }
        throw Problem(
            .contentTooLarge,
            "too-large",
            "The text has \(characters) characters, and the tier '\(principal.tier)' allows \(maximumTextCharacters) in one "
                + "request."
        )
    }
}

/// Reads and checks the body that `/api/v1/translate` and `/api/v1/translations` share.
struct TextTaskReader: Sendable {
    let services: WebServices
    let bodies: BodyReader

    /// - Parameter isStored: whether the fields that only a stored job has are allowed.
    /// - Throws: `Problem` 400, 403 for a priority beyond the tier, 413 for a text beyond it, 415, 422.
    func read(_ request: Request, _ principal: Principal, isStored: Bool) async throws -> TextTask {
        var fields = try await bodies.fields(request, from: principal)
        let (texts, isList) = fields.strings("text", most: services.translation.limits.texts)
        let text = TextRequest(
            texts: texts,
            isList: isList,
            source: fields.string("source_language", most: 35),
            target: fields.string("target_language", most: 35),
            format: fields.word("format", ["text": .text, "html": .html]) ?? .text,
            alternatives: fields.integer("alternatives", in: 0...services.translation.limits.alternatives) ?? 0
        )
        var task = TextTask(request: text)
        if isStored { readJobFields(&fields, into: &task) }
        try fields.finish()
        try check(task, principal)
        return task
    }

    private func readJobFields(_ fields: inout JSONFields, into task: inout TextTask) {
        let classes = Dictionary(uniqueKeysWithValues: PriorityClass.allCases.map { ($0.rawValue, $0) })
        task.priority = fields.word("priority", classes) ?? .standard
        task.metadata = fields.object("metadata").map { JSONValue.object($0).text }
        task.webhookURL = fields.optionalString("webhook_url", most: 2048)
        if let url = task.webhookURL, !Self.isWebAddress(url) {
            fields.fail("webhook_url", "It is '\(url.shortened)', expected an address with 'http://' or 'https://'.")
        }
    }

    private func check(_ task: TextTask, _ principal: Principal) throws {
        let limits = services.identity.limits(of: principal)
        guard limits.mayUsePriorities || task.priority == .standard else {
            throw Problem.forbidden(
                "The tier '\(principal.tier)' allows the priority 'STANDARD' only, not '\(task.priority.rawValue)'."
            )
        }
        try limits.check(characters: task.characters, of: principal)
        // Databases do not keep it, and no text needs it.
        guard !task.request.texts.contains(where: { $0.utf8.contains(0) }) else {
            throw Problem.impossible("The text holds the character U+0000.", field: "text")
        }
        if let problem = task.webhookURL.flatMap(services.webhookProblem) {
            throw Problem.impossible(problem, field: "webhook_url")
        }
    }

    /// A scheme and something behind it, all of it visible ASCII. Where it leads is checked when it is called.
    static func isWebAddress(_ text: String) -> Bool {
        let schemes = ["http://", "https://"]
        return text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
            && schemes.contains { text.lowercased().hasPrefix($0) && text.utf8.count > $0.utf8.count }
    }
}
