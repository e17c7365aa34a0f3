internal import NIOCore
internal import NIOHTTP1

/// An answer that says that a request was not carried out.
struct S3Refusal: Error {
    let status: UInt
    /// As `NoSuchKey`; empty where the answer has none.
    let code: String
    let message: String
    /// The region that the store names.
    let region: String?

    init(status: HTTPResponseStatus, headers: HTTPHeaders, body: ByteBuffer) {
        let error = (try? MarkupParser.parse(body.readableBytesView)).flatMap { $0.name == "Error" ? $0 : nil }
        self.init(status: status.code, error: error, region: headers.first(name: "x-amz-bucket-region"))
    }

    /// - Parameter error: the element `Error`, which may also come with a status of success.
    init(status: UInt, error: MarkupElement?, region: String? = nil) {
        self.status = status
        code = error?["Code"].map { PlainText($0).description } ?? ""
        message = error?["Message"].map { PlainText($0).description } ?? ""
        self.region = (region ?? error?["Region"]).map { PlainText($0).description }
    }

    /// Whether the same request may succeed later.
    var isTransient: Bool {
        [408, 429, 500, 502, 503, 504].contains(status)
            || ["InternalError", "SlowDown", "ServiceUnavailable", "RequestTimeout", "OperationAborted"].contains(code)
    }

    /// In words that complete "the object store ".
    var words: String {
        let reason = [code, message].filter { !$0.isEmpty }.joined(separator: ": ")
        return "answers \(status)" + (reason.isEmpty ? "" : " (\(reason))")
    }

    /// As an error of the store.
    func error(_ action: String, _ configuration: S3Configuration) -> BlobError {
        let (kind, reason) = explanation(configuration) ?? explanationOfStatus(configuration)
        return BlobError(kind, "Cannot \(action): \(reason)", cause: self)
    }

    /// What the code says; nil for one that is not known.
    private func explanation(_ configuration: S3Configuration) -> (BlobError.Code, String)? {
        let key = configuration.credentials.accessKey
        switch code {
        case "InvalidAccessKeyId": return (.denied, "the object store does not know the access key '\(key)'.")
        case "SignatureDoesNotMatch":
            return (.denied, "the object store refuses the signature; expected the secret key of '\(key)'.")
        case "ExpiredToken", "InvalidToken", "TokenRefreshRequired":
            return (.denied, "the session token of '\(key)' has expired or is not valid; expected a new one.")
        case "RequestTimeTooSkewed":
            return (.denied, "this machine's clock differs from the object store's by more than it allows; set it.")
        case "AccessDenied", "AccountProblem", "AllAccessDisabled": return (.denied, notAllowed(configuration))
        case "NoSuchBucket":
            return (.unavailable, "there is no bucket '\(configuration.location.bucket)'; make it or name another.")
        case "AuthorizationHeaderMalformed", "PermanentRedirect", "TemporaryRedirect",
            "IllegalLocationConstraintException":
            return (.denied, wrongRegion(configuration))
        case "EntityTooLarge": return (.tooLarge, "the object store takes no blob of that size.")
        case "NoSuchKey": return (.notFound, "there is no such blob.")
        case "NoSuchUpload": return (.unavailable, "the object store has forgotten the upload in the middle of it.")
        case "QuotaExceeded", "XMinioStorageFull", "InsufficientCapacity", "QuotaExceededException":
            return (.full, "the object store is full (\(code)).")
        default: return nil
        }
    }

    private func explanationOfStatus(_ configuration: S3Configuration) -> (BlobError.Code, String) {
        switch status {
        case 301, 307, 308: (.denied, wrongRegion(configuration))
        case 401, 403: (.denied, notAllowed(configuration))
        case 404: (.notFound, "there is no such blob.")
        case 507: (.full, "the object store is full (\(status)).")
        default: (.unavailable, "the object store \(words).")
        }
    }

    private func notAllowed(_ configuration: S3Configuration) -> String {
        "the access key '\(configuration.credentials.accessKey)' may not do that in '\(configuration.location)': the "
            + "object store \(words)."
    }

    private func wrongRegion(_ configuration: S3Configuration) -> String {
        "the bucket '\(configuration.location.bucket)' is not in the region '\(configuration.region)'"
            + (region.map { ", expected '\($0)'." } ?? "; name its region and endpoint.")
    }
}
