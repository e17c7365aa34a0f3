/// Where the object of a key is found, or the bucket itself.
package struct S3Address: Hashable, Sendable {
    private let scheme: String
    /// What the header `Host` names.
    package let authority: String
    /// Percent-encoded.
    package let path: String

    /// - Parameter key: nil for the bucket.
    package init(_ configuration: S3Configuration, key: String?) {
        let endpoint = configuration.reachedEndpoint
        let bucket = configuration.location.bucket
        let isInHost = configuration.addressing == .virtualHost
        let parts = (isInHost ? [] : [bucket]) + (key.map { [$0] } ?? [])
        scheme = endpoint.scheme
        authority = endpoint.authority(bucket: isInHost ? bucket : nil)
        path = "/" + S3Signature.encode(parts.joined(separator: "/"), keepsSlashes: true)
    }

    /// - Parameter query: percent-encoded, or empty.
    package func url(query: String) -> String {
        "\(scheme)://\(authority)\(path)" + (query.isEmpty ? "" : "?" + query)
    }
}
