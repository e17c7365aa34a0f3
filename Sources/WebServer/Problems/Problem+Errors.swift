internal import HTTPTypes
internal import Identity
internal import JobSystem
package import Logging
internal import Notes
internal import TranslationService

extension Problem {
    /// The problem that an error of the services is for a client. What a client must not see goes to the log.
    package init(_ error: any Error, logger: Logger) {
        switch error {
        case let problem as Problem: self = problem
        case let error as JobError: self.init(error, logger)
        case let error as TranslationServiceError: self.init(error, logger)
        case let error as IdentityError: self.init(error, logger)
        case let error as NoteError: self.init(error, logger)
        case is ClientHasGone: self = .clientHasGone
        case is CancellationError:
            self = .unavailable("The server is shutting down.", retryAfter: .seconds(5))
        default:
            logger.error("A request failed", metadata: ["error": "\(error)"])
            self = .internal
        }
    }

    private init(_ error: JobError, _ logger: Logger) {
        switch error.code {
        case .invalid: self = .malformed(error.message)
        case .tooLarge: self = .tooLargeValue(error.message)
        case .notFound: self = .notFound(error.message)
        case .conflict: self = Problem(.conflict, "conflict", error.message)
        case .keyReused: self = Problem(.conflict, "idempotency-key-reused", error.message)
        case .overloaded: self = .unavailable(error.message, retryAfter: error.retryAfter ?? .seconds(5))
        case .storageFull: self = .storageFull
        case .unavailable: self = .storeUnavailable(error.cause ?? error, logger)
        }
    }

    private init(_ error: TranslationServiceError, _ logger: Logger) {
        switch error.code {
        case .unknownLanguage, .impossiblePair, .sameLanguage, .emptyText, .undetected:
            let name = error.code.rawValue.replacing("_", with: "-")
            let field = error.code == .emptyText || error.code == .undetected ? "text" : nil
            let errors = field.map { [FieldError(field: $0, message: error.message)] } ?? []
            self = Problem(.unprocessableContent, name, error.message, errors: errors)
        case .tooLarge: self = .tooLargeValue(error.message)
        case .invalid: self = .malformed(error.message)
        case .unknownModel: self = .notFound(error.message)
        case .modelConflict: self = Problem(.conflict, "conflict", error.message)
        case .overloaded: self = .unavailable(error.message, retryAfter: error.retryAfter ?? .seconds(5))
        case .unavailable:
            if let cause = error.cause { logger.error("The engine failed", metadata: ["error": "\(cause)"]) }
            self = .unavailable(error.message, retryAfter: error.retryAfter ?? .seconds(30))
        }
    }

    private init(_ error: IdentityError, _ logger: Logger) {
        switch error.code {
        case .unauthenticated: self = .unauthenticated(error.message)
        case .forbidden: self = .forbidden(error.message)
        case .notFound: self = .notFound(error.message)
        case .conflict: self = Problem(.conflict, "conflict", error.message)
        case .invalid: self = .impossible(error.message)
        case .throttled: self = .tooMany("throttled", error.message, error.retryAfter)
        case .quotaExceeded: self = .tooMany("quota-exceeded", error.message, error.retryAfter)
        case .unfinished:
            if let cause = error.cause { logger.error("An erasure failed", metadata: ["error": "\(cause)"]) }
            self = .unavailable(error.message, retryAfter: error.retryAfter ?? .seconds(60))
        case .storageFull: self = .storageFull
        case .unavailable: self = .storeUnavailable(error.cause ?? error, logger)
        }
    }

    private init(_ error: NoteError, _ logger: Logger) {
        switch error.code {
        case .invalid: self = .impossible(error.message)
        case .tooLarge: self = .tooLargeValue(error.message)
        case .notFound: self = .notFound(error.message)
        case .conflict, .tooMany: self = Problem(.conflict, "conflict", error.message)
        case .storageFull: self = .storageFull
        case .unavailable: self = .storeUnavailable(error.cause ?? error, logger)
        }
    }

    /// 413 for a value in a request that was read to its end.
    private static func tooLargeValue(_ detail: String) -> Problem { Problem(.contentTooLarge, "too-large", detail) }

    /// 429 with `Retry-After`.
    package static func tooMany(_ name: String, _ detail: String, _ retryAfter: Duration?) -> Problem {
        Problem(.tooManyRequests, name, detail, headers: [.retryAfter: wholeSeconds(retryAfter ?? .seconds(60))])
    }

    /// 499, for logs and metrics: nobody reads it.
    private static let clientHasGone = Problem(
        HTTPResponse.Status(code: 499, reasonPhrase: "Client Closed Request"),
        "client-gone",
        "The client closed the connection before the answer."
    )

    /// 507: the disk is full.
    private static let storageFull = Problem(
        HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage"),
        "storage-full",
        "The server's disk is full. Reading works; try again later.",
        headers: [.retryAfter: "60"]
    )

    private static func storeUnavailable(_ cause: any Error, _ logger: Logger) -> Problem {
        logger.error("The store failed", metadata: ["error": "\(cause)"])
        return .unavailable("The server cannot reach its data at the moment. Try again later.", retryAfter: .seconds(5))
    }
}
