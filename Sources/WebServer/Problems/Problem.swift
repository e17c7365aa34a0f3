package import HTTPTypes

/// An error as clients see it: a problem document (RFC 9457). Thrown by routes and middleware.
///
/// Holds nothing that must not leave the server: no text to translate, no secret, no cause.
package struct Problem: Error, Sendable {
    /// What is wrong with one field of a request.
    package struct FieldError: Hashable, Sendable {
        /// The field's name, or its path such as `text[3]`; for headers and parameters their name.
        package var field: String
        package var message: String

        package init(field: String, message: String) {
            self.field = field
            self.message = message
        }
    }

    package var status: HTTPResponse.Status
    /// A short name for programs, such as `unknown-language`; the end of `type`.
    package var name: String
    package var detail: String
    package var errors: [FieldError]
    /// Further headers, such as `Retry-After`.
    package var headers: HTTPFields
    /// Whether the connection is of no more use, because the request was not read to its end.
    package var closesConnection = false

    package init(
        _ status: HTTPResponse.Status,
        _ name: String,
        _ detail: String,
        errors: [FieldError] = [],
        headers: HTTPFields = [:]
    ) {
        self.status = status
        self.name = name
        self.detail = detail
        self.errors = errors
        self.headers = headers
    }

    /// The document.
    package var json: JSONValue {
        var object: JSONObject = JSONObject([
            ("type", .string("urn:dragoman:problem:\(name)")),
            ("title", .string(status.reasonPhrase)),
            ("status", .integer(status.code)),
            ("detail", .string(detail)),
        ])
        if !errors.isEmpty {
            object["errors"] = .array(errors.map { ["field": .string($0.field), "message": .string($0.message)] })
        }
        return .object(object)
    }
}

extension Problem {
    /// 400: the request does not have the form that is documented.
    package static func malformed(_ detail: String, field: String? = nil) -> Problem {
        let errors = field.map { [FieldError(field: $0, message: detail)] } ?? []
        return Problem(.badRequest, "malformed", detail, errors: errors)
    }

    /// 400 with all that is wrong at once.
    package static func invalidFields(_ errors: [FieldError]) -> Problem {
        let fields = errors.map { "'\($0.field)'" }.joined(separator: ", ")
        return Problem(.badRequest, "invalid-fields", "The request has errors in \(fields).", errors: errors)
    }

    /// 401: the request names nobody, or somebody it cannot prove to be.
    package static func unauthenticated(_ detail: String) -> Problem {
        Problem(.unauthorized, "unauthenticated", detail, headers: [.wwwAuthenticate: "Bearer"])
    }

    package static func forbidden(_ detail: String) -> Problem { Problem(.forbidden, "forbidden", detail) }

    package static func notFound(_ detail: String) -> Problem { Problem(.notFound, "not-found", detail) }

    /// 422: well-formed, but impossible.
    package static func impossible(_ detail: String, field: String? = nil) -> Problem {
        let errors = field.map { [FieldError(field: $0, message: detail)] } ?? []
        return Problem(.unprocessableContent, "impossible", detail, errors: errors)
    }

    /// 413. What is left of the request is not read.
    package static func tooLarge(_ detail: String) -> Problem {
        var problem = Problem(.contentTooLarge, "too-large", detail)
        problem.closesConnection = true
        return problem
    }

    /// 503 with `Retry-After`, in whole seconds and at least one.
    package static func unavailable(_ detail: String, retryAfter: Duration) -> Problem {
        Problem(.serviceUnavailable, "unavailable", detail, headers: [.retryAfter: wholeSeconds(retryAfter)])
    }

    /// 500: what happened is in the log.
    package static let `internal` = Problem(
        .internalServerError,
        "internal",
        "The server failed for a reason that is recorded in its log."
    )

    /// A span as headers want it: rounded up, at least 1.
    package static func wholeSeconds(_ span: Duration) -> String {
        let (seconds, attoseconds) = span.components
        return String(max(1, attoseconds > 0 ? seconds + 1 : seconds))
    }
}
