import Blobs
import NIOCore
import Testing

@Suite struct S3SettingsTests {
    @Test(arguments: [
        ("s3://bucket", "bucket", ""), ("s3://bucket/", "bucket", ""), ("s3://my.bucket-1/a", "my.bucket-1", "a/"),
        ("s3://bucket/Team_A/b.c/", "bucket", "Team_A/b.c/"),
    ])
    func locationsAreRead(_ text: String, bucket: String, prefix: String) throws {
        let location = try S3Location(text)
        #expect(location.bucket == bucket && location.prefix == prefix)
        #expect(location.description == "s3://\(bucket)/\(prefix)")
    }

    @Test(arguments: [
        "", "bucket", "s3:/bucket", "S3://bucket", "s3://", "s3://ab", "s3://Bucket", "s3://-bucket", "s3://bucket-",
        "s3://buck_et", "s3://a..b", "s3://" + String(repeating: "a", count: 64), "s3://bucket//a", "s3://bucket/a//b",
        "s3://bucket/../a", "s3://bucket/a b", "s3://bucket/é", "s3://bucket/a?b", "s3://bucket/\u{0}",
        "s3://user@bucket",
        "s3://bucket/" + String(repeating: "a", count: 401),
    ])
    func otherTextsAreNoLocations(_ text: String) {
        let error = #expect(throws: BlobError.self) { try S3Location(text) }
        #expect(error?.code == .invalid)
    }

    @Test(arguments: [
        ("https://s3.example.org", "https://s3.example.org"), ("https://S3.Example.org:443/", "https://s3.example.org"),
        ("https://s3.example.org:9000", "https://s3.example.org:9000"), ("http://127.0.0.1:80", "http://127.0.0.1"),
        ("http://localhost:9000", "http://localhost:9000"), ("http://[::1]:9000", "http://[::1]:9000"),
    ])
    func endpointsAreRead(_ text: String, description: String) throws {
        #expect(try S3Endpoint(text).description == description)
    }

    @Test(arguments: [
        "", "s3.example.org", "ftp://s3.example.org", "https://", "https://user@s3.example.org",
        "https://a:b@s3.example.org",
        "https://s3.example.org/path", "https://s3.example.org?a", "https://s3.example.org#a",
        "https://s3 .example.org",
        "http://s3.example.org", "http://127.example.org", "http://10.0.0.1:9000", "http://0.0.0.0", "https://é.org",
    ])
    func otherTextsAreNoEndpoints(_ text: String) {
        let error = #expect(throws: BlobError.self) { try S3Endpoint(text) }
        #expect(error?.code == .invalid)
        #expect(error?.message.contains("a:b") != true)
    }

    @Test(arguments: [
        (S3Configuration.Addressing.path, nil, "https://s3.eu-west-1.amazonaws.com/my-bucket/a%20b/c?x=y"),
        (.virtualHost, nil, "https://my-bucket.s3.eu-west-1.amazonaws.com/a%20b/c?x=y"),
        (.path, "https://example.org:9000", "https://example.org:9000/my-bucket/a%20b/c?x=y"),
        (.virtualHost, "https://example.org:9000", "https://my-bucket.example.org:9000/a%20b/c?x=y"),
    ])
    func aBucketStandsInThePathOrInTheHost(
        _ addressing: S3Configuration.Addressing,
        endpoint: String?,
        url: String
    ) throws {
        let configuration = S3Configuration(
            location: try S3Location("s3://my-bucket"),
            credentials: try S3Credentials(accessKey: "a", secretKey: "s"),
            region: "eu-west-1",
            endpoint: try endpoint.map { try S3Endpoint($0) },
            addressing: addressing
        )
        let address = S3Address(configuration, key: "a b/c")
        #expect(address.url(query: "x=y") == url)
        #expect(url.contains("//\(address.authority)/") && url.contains(address.path + "?"))
        let bucket = S3Address(configuration, key: nil)
        #expect(bucket.path == (addressing == .path ? "/my-bucket" : "/"))
    }

    @Test func plainHTTPToOtherMachinesHasToBeAllowed() throws {
        #expect(try S3Endpoint("http://minio:9000", allowsPlainHTTP: true).description == "http://minio:9000")
    }

    @Test(arguments: [("", "s"), ("a b", "s"), ("a\n", "s"), ("a/b", "s"), ("a", ""), ("a", "s\r\nx: y"), ("a", "é")])
    func keysThatCannotStandInARequestAreRefused(_ accessKey: String, secretKey: String) {
        let error = #expect(throws: BlobError.self) { try S3Credentials(accessKey: accessKey, secretKey: secretKey) }
        #expect(error?.code == .invalid)
        #expect(throws: BlobError.self) {
            try S3Credentials(accessKey: "a", secretKey: "s", sessionToken: "t\n")
        }
    }

    @Test func credentialsDoNotShowTheirSecrets() throws {
        let credentials = try S3Credentials(accessKey: "AKIA", secretKey: "hush", sessionToken: "quiet")
        var dumped = ""
        dump(credentials, to: &dumped)
        for text in ["\(credentials)", String(reflecting: credentials), dumped] {
            #expect(text.contains("AKIA") && !text.contains("hush") && !text.contains("quiet"))
        }
    }

    private static let changes: [(String, @Sendable (inout S3Configuration) -> Void)] = [
        ("region", { $0.region = "eu central" }), ("region", { $0.region = "" }), ("region", { $0.region = "a/b" }),
        ("part", { $0.partSize = 1 << 20 }), ("part", { $0.partSize = 1 << 40 }), ("parts", { $0.partsInFlight = 0 }),
        ("attempts", { $0.attempts = 0 }), ("PEM", { $0.trustedCertificates = "/dev/null" }),
    ]

    @Test(arguments: changes)
    func settingsThatCannotBeUsedAreRefused(
        _ change: (word: String, apply: @Sendable (inout S3Configuration) -> Void)
    ) throws {
        var configuration = S3Configuration(
            location: try S3Location("s3://bucket"),
            credentials: try S3Credentials(accessKey: "a", secretKey: "s")
        )
        change.apply(&configuration)
        let error = #expect(throws: BlobError.self) { try S3BlobStore(configuration) }
        #expect(error?.code == .invalid && error?.message.contains(change.word) == true)
    }

    @Test func aBucketWithADotCannotBePartOfAHost() throws {
        let configuration = S3Configuration(
            location: try S3Location("s3://my.bucket"),
            credentials: try S3Credentials(accessKey: "a", secretKey: "s"),
            addressing: .virtualHost
        )
        let error = #expect(throws: BlobError.self) { try S3BlobStore(configuration) }
        #expect(error?.message.contains("'my.bucket'") == true)
    }
}
