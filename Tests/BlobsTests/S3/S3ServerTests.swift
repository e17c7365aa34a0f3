import Blobs
import Environment
import NIOCore
import Testing

/// What shows only with a server that keeps objects and checks signatures.
@Suite struct S3ServerTests {
    private let name: BlobName

    init() throws { name = try BlobName("a/b") }

    @Test func wrongKeysAreSaidSo() async throws {
        let secret = try TestS3.variable("SECRET_KEY")
        var configuration = try TestS3.configuration(try TestS3.newLocation())
        let key = configuration.credentials.accessKey
        let wrong: [(S3Credentials, String)] = [
            (try S3Credentials(accessKey: key, secretKey: secret + "x"), "expected the secret key of '\(key)'"),
            (
                try S3Credentials(accessKey: "AKIANOBODY", secretKey: secret),
                "does not know the access key 'AKIANOBODY'"
            ),
        ]
        for (credentials, words) in wrong {
            configuration.credentials = credentials
            try await closing(try S3BlobStore(configuration)) { store async throws in
                for call in [
                    { _ = try await store.write(name, sampleBytes(10)) }, { _ = try await store.read(name) },
                    { _ = try await store.list(.all, after: nil, limit: 1) },
                    { _ = try await store.write(name, Pieces(bytes: sampleBytes(6 << 20)), limit: .max) },
                ] as [() async throws -> Void] {
                    let error = await failure(call)
                    #expect(error?.code == .denied && error?.message.contains(words) == true)
                    #expect(error?.message.contains(secret) == false)
                }
                #expect(await failure { _ = try await store.size(name) }?.code == .denied)
            }
        }
    }

    @Test func aBucketThatIsNotThereIsSaidSo() async throws {
        let configuration = try TestS3.configuration(try S3Location("s3://no-such-bucket"))
        try await closing(try S3BlobStore(configuration)) { store async throws in
            let error = await failure { try await store.write(name, sampleBytes(10)) }
            #expect(error?.code == .unavailable && error?.message.contains("no bucket 'no-such-bucket'") == true)
            #expect(await failure { try await store.remove(name) }?.code == .unavailable)
        }
    }

    @Test func storesWithOtherPrefixesDoNotSeeEachOther() async throws {
        let first = try TestS3.newLocation()
        try await closing(try S3BlobStore(try TestS3.configuration(first))) { outer async throws in
            let inner = try S3Location("\(first)inner")
            try await closing(try S3BlobStore(try TestS3.configuration(inner))) { inner async throws in
                try await inner.write(name, sampleBytes(1))
                try await outer.write(name, sampleBytes(2))
                #expect(try await inner.size(name) == 1)
                #expect(try await outer.size(try BlobName("inner/a/b")) == 1)
                #expect(try await inner.list(.all, after: nil, limit: 10).entries.map(\.size) == [1])
                #expect(try await outer.list(.all, after: nil, limit: 10).entries.map(\.size) == [2, 1])
            }
        }
    }

    @Test func anUploadThatIsForgottenMeanwhileFails() async throws {
        try await TestS3.withStore { store async throws in
            let (reached, goOn) = (Signal(), Signal())
            let bytes = sampleBytes(17 << 20)
            let write = Task { [name] in
                try await store.write(name, Pieces(bytes: bytes, end: .pause(reached, goOn)), limit: .max)
            }
            await reached.wait(after: 0)
            #expect(try await store.removeLeftovers(before: Timestamp(microseconds: 0)) == 0)
            #expect(try await store.removeLeftovers(before: .now() + .seconds(3600)) == 1)
            goOn.raise()
            let error = await failure { _ = try await write.value }
            #expect(error?.code == .unavailable)
            #expect(try await store.list(.all, after: nil, limit: 1).entries == [])
            #expect(try await store.removeLeftovers(before: .now() + .seconds(3600)) == 0)
        }
    }

    @Test func pagesGoOnOverManyObjects() async throws {
        try await TestS3.withStore { store async throws in
            let names = try (1000..<1250).map { try BlobName("n/\($0)") }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for name in names { group.addTask { try await store.write(name, sampleBytes(1)) } }
                try await group.waitForAll()
            }
            var (found, cursor): ([BlobName], BlobCursor?) = ([], nil)
            repeat {
                let page = try await store.list(try BlobPrefix("n/1"), after: cursor, limit: 100)
                found += page.entries.map(\.name)
                cursor = page.next
            } while cursor != nil
            #expect(found == names)
        }
    }
}
