/// How to reach an object store, and how patient to be with it.
package struct S3Configuration: Sendable {
    /// Where a request names its bucket.
    package enum Addressing: String, Sendable, CaseIterable {
        /// `https://host/bucket/key`; most stores beside Amazon's want it.
        case path
        /// `https://bucket.host/key`.
        case virtualHost = "virtual-host"
    }

    package var location: S3Location
    package var credentials: S3Credentials
    package var region: String
    /// Nil means Amazon's in the region.
    package var endpoint: S3Endpoint?
    package var addressing: Addressing
    /// File of the certificates that the store is trusted by, in PEM; nil means the system's.
    package var trustedCertificates: String?

    /// Larger blobs go in parts of this size, of which three are in memory at a time; at least 5 MiB, and at most
    /// 10,000 parts make a blob: both are bounds of the protocol.
    package var partSize = 8 << 20
    package var partsInFlight = 2
    package var connectTimeout = Duration.seconds(10)
    /// Longest silence on a connection.
    package var silence = Duration.seconds(30)
    /// Longest time for a request and its answer, but for reading a blob.
    package var exchangeTime = Duration.seconds(300)
    /// Most attempts at a request. While reading a blob, attempts in a row that bring nothing.
    package var attempts = 5
    package var firstWait = Duration.milliseconds(200)
    package var longestWait = Duration.seconds(10)

    static let smallestPart = 5 << 20
    static let mostParts = 10_000

    package init(
        location: S3Location,
        credentials: S3Credentials,
        region: String = "us-east-1",
        endpoint: S3Endpoint? = nil,
        addressing: Addressing = .path
    ) {
        self.location = location
        self.credentials = credentials
        self.region = region
        self.endpoint = endpoint
        self.addressing = addressing
    }

    var reachedEndpoint: S3Endpoint { endpoint ?? .amazon(region) }

    /// - Throws: `.invalid` that names every setting that cannot be used.
    func validate() throws {
        var problems: [String] = []
        let isRegion =
            (1...64).contains(region.utf8.count)
            && region.utf8.allSatisfy { BlobName.isAllowed($0) && $0 != UInt8(ascii: ".") }
        if !isRegion { problems.append("'\(PlainText(region))' is no region, expected one such as 'eu-central-1'.") }
        if addressing == .virtualHost, reachedEndpoint.scheme == "https", location.bucket.contains(".") {
            problems.append("'\(location.bucket)' has a '.', which no certificate covers; address it by 'path'.")
        }
        if !(Self.smallestPart...(512 << 20)).contains(partSize) {
            problems.append("A part's size of \(partSize) bytes cannot be used, expected 5 MiB to 512 MiB.")
        }
        if !(1...16).contains(partsInFlight) {
            problems.append("'\(partsInFlight)' parts in flight cannot be used, expected 1 to 16.")
        }
        if attempts < 1 { problems.append("'\(attempts)' attempts cannot be made, expected at least 1.") }
        if !problems.isEmpty { throw BlobError(.invalid, problems.joined(separator: " ")) }
    }
}
