import Blobs
import Environment
import Testing

/// The examples of "Authenticating Requests: Using the Authorization Header" and "… Transferring Payload in Multiple
/// Chunks" of the Amazon S3 API Reference, with the keys that Amazon publishes for them.
@Suite struct S3SignatureTests {
    struct Example: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let method: String
        var path = "/"
        var query = ""
        let headers: [(name: String, value: String)]
        var payloadHash = emptyHash
        let signature: String
    }

    private static let emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    private static let host = (name: "Host", value: "examplebucket.s3.amazonaws.com")
    private static let date = (name: "x-amz-date", value: "20130524T000000Z")

    private static let examples = [
        Example(
            testDescription: "GET Object",
            method: "GET",
            path: "/test.txt",
            headers: [host, ("Range", "bytes=0-9"), ("x-amz-content-sha256", emptyHash), date],
            signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
        ),
        Example(
            testDescription: "PUT Object",
            method: "PUT",
            path: "/test%24file.text",
            headers: [
                ("Date", "Fri, 24 May 2013 00:00:00 GMT"), host, date, ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
                ("x-amz-content-sha256", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"),
            ],
            payloadHash: "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
            signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
        ),
        Example(
            testDescription: "GET Bucket Lifecycle",
            method: "GET",
            query: "lifecycle=",
            headers: [host, ("x-amz-content-sha256", emptyHash), date],
            signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
        ),
        Example(
            testDescription: "Get Bucket (List Objects)",
            method: "GET",
            query: "max-keys=2&prefix=J",
            headers: [host, ("x-amz-content-sha256", emptyHash), date],
            signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
        ),
        Example(
            testDescription: "the seed of a PUT in chunks",
            method: "PUT",
            path: "/chunkObject.txt",
            headers: [
                ("Host", "s3.amazonaws.com"), date, ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
                ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"), ("Content-Encoding", "aws-chunked"),
                ("x-amz-decoded-content-length", "66560"), ("Content-Length", "66824"),
            ],
            payloadHash: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
            signature: "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
        ),
    ]

    /// 2013-05-24 00:00:00 UTC.
    private static let time = Timestamp(microseconds: 1_369_353_600_000_000)

    private func signature(_ example: Example, at time: Timestamp = time) -> S3Signature {
        S3Signature(
            method: example.method,
            path: example.testDescription.contains("chunks") ? "/examplebucket" + example.path : example.path,
            query: example.query,
            headers: example.headers,
            payloadHash: example.payloadHash,
            time: time,
            region: "us-east-1"
        )
    }

    @Test(arguments: examples)
    func thePublishedExamplesHaveTheirPublishedSignatures(_ example: Example) throws {
        let credentials = try S3Credentials(
            accessKey: "AKIAIOSFODNN7EXAMPLE",
            secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
        )
        #expect(signature(example).signature(credentials) == example.signature)
        let authorization = signature(example).authorization(credentials)
        #expect(
            authorization.hasPrefix(
                "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
            )
        )
        #expect(authorization.hasSuffix(",Signature=" + example.signature))
    }

    @Test func theCanonicalRequestOfThePublishedExampleIsAsPublished() {
        let expected = """
            GET
            /test.txt

            host:examplebucket.s3.amazonaws.com
            range:bytes=0-9
            x-amz-content-sha256:\(Self.emptyHash)
            x-amz-date:20130524T000000Z

            host;range;x-amz-content-sha256;x-amz-date
            \(Self.emptyHash)
            """
        #expect(signature(Self.examples[0]).canonicalRequest == expected)
    }

    @Test(arguments: [
        (0, "19700101T000000Z"), (1_369_353_600_000_000, "20130524T000000Z"), (951_868_799_999_999, "20000229T235959Z"),
        (-1, "19691231T235959Z"), (1_795_280_645_000_000, "20261121T170405Z"),
    ])
    func timesAreWrittenInUTC(_ microseconds: Int64, text: String) {
        let signature = signature(Self.examples[0], at: Timestamp(microseconds: microseconds))
        #expect(signature.stringToSign.split(separator: "\n")[1] == text)
    }

    @Test(arguments: [
        ("aZ09-._~", "aZ09-._~"), ("a b+c", "a%20b%2Bc"), ("a/b", "a%2Fb"), ("é\u{0}", "%C3%A9%00"),
        ("=&?%", "%3D%26%3F%25"),
    ])
    func everyByteButTheUnreservedIsEncoded(_ text: String, encoded: String) {
        #expect(S3Signature.encode(text) == encoded)
        let withSlashes = encoded.replacing("%2F", with: "/")
        #expect(S3Signature.encode(text, keepsSlashes: true) == withSlashes)
    }
}
