internal import Environment

/// What a caller wants done. `validate` bounds every field; a store only ever sees requests that passed.
package struct JobRequest: Hashable, Sendable {
    package var owner: String
    package var kind: String
    package var languages: JobLanguages
    package var priority: Priority
    package var input: JobInput
    /// Segments the work is cut into, 0 if not yet known.
    package var segments: Int
    package var words: Int
    package var webhookURL: String?
    /// Makes a repeated request return the first one's job for 24 hours.
    package var idempotencyKey: String?
    /// How long after its end the job is kept, with its texts.
    package var retention: Duration
    /// What the caller asked for, where the job says more than that; a repeated request is known by it.
    package var asked: Asked?

    /// The part of a request that can be made more definite before it becomes a job.
    package struct Asked: Hashable, Sendable {
        package var languages: JobLanguages
        package var payload: String

        package init(languages: JobLanguages, payload: String) {
            self.languages = languages
            self.payload = payload
        }
    }

    package init(
        owner: String,
        kind: String,
        languages: JobLanguages,
        priority: Priority = Priority(.standard),
        input: JobInput,
        segments: Int = 0,
        words: Int = 0,
        webhookURL: String? = nil,
        idempotencyKey: String? = nil,
        retention: Duration = .seconds(30 * 86_400)
    ) {
        self.owner = owner
        self.kind = kind
        self.languages = languages
        self.priority = priority
        self.input = input
        self.segments = segments
        self.words = words
        self.webhookURL = webhookURL
        self.idempotencyKey = idempotencyKey
        self.retention = retention
    }

    /// A hash of everything that makes two requests the same, the owner and the key left out.
    package var fingerprint: String {
        let asked = asked ?? Asked(languages: languages, payload: input.payload)
        var hash = StableHash()
        for field in [
            kind, asked.languages.source, asked.languages.target, String(priority.score), asked.payload,
            input.metadata ?? "", webhookURL ?? "", String(retention.wholeMicroseconds),
        ] { hash.add(field) }
        return hash.hexadecimal
    }

    /// Checks every field.
    /// - Throws: `JobError` `.invalid` or `.tooLarge` naming the field, the value (or its size) and what was expected.
    package func validate(_ limits: JobLimits) throws(JobError) {
        try limits.checkName(owner, "owner", most: 128)
        try limits.checkName(kind, "kind", most: 32)
        try limits.checkName(languages.source, "source language", most: 35)
        try limits.checkName(languages.target, "target language", most: 35)
        if let webhookURL { try limits.checkName(webhookURL, "webhook URL", most: 2048) }
        if let idempotencyKey { try limits.checkName(idempotencyKey, "idempotency key", most: 255) }
        try limits.checkText(input.payload, "input", most: limits.inputBytes)
        if let metadata = input.metadata { try limits.checkText(metadata, "metadata", most: limits.metadataBytes) }
        for (value, name) in [(segments, "segments"), (words, "words")]
        where !(0...limits.count).contains(value) {
            throw JobError(.invalid, "The number of \(name) is '\(value)', expected 0 to \(limits.count).")
        }
        guard (.zero ... .seconds(100 * 366 * 86_400)).contains(retention) else {
            throw JobError(.invalid, "The retention is '\(retention)', expected 0 to 100 years.")
        }
    }
}
