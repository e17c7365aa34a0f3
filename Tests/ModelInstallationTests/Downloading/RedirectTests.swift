import Foundation
import InstallationFixtures
import ModelInstallation
import TemporaryFolders
import Testing

/// Addresses, and where a server may send on to.
@Suite(.timeLimit(.minutes(20)))
struct RedirectTests {
    @Test(arguments: [301, 302, 303, 307, 308])
    func redirect_isFollowed(status: Int) async throws {
        let world = try InstallerWorld()
        try await FaultyServer.run { server in
            // For every time that it asks: on a busy machine it may ask again.
            let redirect = FaultyServer.Fault.status(status, ["Location": "../files/1"])
            server.serve(Data(), at: "/latest/sample.zip", faults: Array(repeating: redirect, count: 20))
            server.serve(try SampleModel.archive, at: "/files/1")
            let installed = try await world.install(server.address("/latest/sample.zip"))
            // Named and recorded as it was asked for.
            #expect(installed.receipt.source == server.address("/latest/sample.zip"))
        }
        #expect(world.contents == ["sample"])
    }

    @Test func redirectsInACircle_endAfterFive() async throws {
        let world = try InstallerWorld()
        try await FaultyServer.run { server in
            let faults = Array(repeating: FaultyServer.Fault.status(302, ["Location": "/sample.zip"]), count: 100)
            server.serve(Data(), at: "/sample.zip", faults: faults)
            let error = try await world.refusal(of: server.address("/sample.zip"))
            #expect(error?.code == .unreachable && error?.message.contains("more than 5 times") == true)
            #expect(server.requests.count == 6)
        }
    }

    @Test(arguments: [
        (["Location": "http://192.0.2.1/sample.zip"], "--allow-http"), (["Location": "ftp://x/y"], "'ftp://x/y'"),
        (["Location": "file:///etc/passwd"], "'file:///etc/passwd'"), ([:], "without saying where to"),
        (["Location": "http://127.0.0.1.example.org/"], "--allow-http"),
    ])
    func redirectToWhatIsNotTaken_isRefused(headers: [String: String], words: String) async throws {
        let world = try InstallerWorld()
        try await FaultyServer.run { server in
            server.serve(Data(), at: "/sample.zip", faults: [.status(302, headers)])
            let error = try await world.refusal(of: server.address("/sample.zip"))
            #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
            #expect(server.requests.count == 1)
        }
        #expect(world.contents.isEmpty)
    }

    // MARK: HTTPS

    /// An installer that trusts the test's certificate.
    private func trusting(_ world: InstallerWorld) throws -> ModelInstaller {
        try world.folder.write(TestCertificate().text, "certificates.pem")
        return world.installer { $0.trustedCertificates = world.folder.path + "/certificates.pem" }
    }

    @Test func trustedServer_isDownloadedFrom() async throws {
        let world = try InstallerWorld()
        try await FaultyServer.run(TestCertificate()) { server in
            server.serve(try SampleModel.archive, at: "/sample.zip", faults: [.drop(after: 200_000)])
            try await world.install(server.address("/sample.zip"), with: trusting(world))
            #expect(server.requests.last?.range == "bytes=\(world.log.stops[0])-")
        }
        #expect(try await world.isIntact("sample"))
    }

    @Test func serverThatNobodyTrusts_isRefusedAtOnce() async throws {
        let world = try InstallerWorld()
        try await FaultyServer.run(TestCertificate()) { server in
            server.serve(try SampleModel.archive, at: "/sample.zip")
            let error = try await world.refusal(of: server.address("/sample.zip"))
            #expect(error?.code == .unreachable && error?.message.contains("certificate is not trusted") == true)
            #expect(server.requests.isEmpty && world.log.waits.isEmpty)
        }
    }

    @Test func redirectFromHTTPSToHTTP_isNotFollowed() async throws {
        let world = try InstallerWorld()
        try await FaultyServer.run { plain in
            plain.serve(try SampleModel.archive, at: "/sample.zip")
            try await FaultyServer.run(TestCertificate()) { server in
                server.serve(
                    Data(),
                    at: "/sample.zip",
                    faults: [.status(302, ["Location": plain.address("/sample.zip")])]
                )
                let error = try await world.refusal(of: server.address("/sample.zip"), with: trusting(world))
                #expect(error?.message.contains("redirects from https to") == true)
            }
            #expect(plain.requests.isEmpty)
        }
    }

    @Test func fileWithoutCertificates_isRefused() async throws {
        let world = try InstallerWorld()
        try world.folder.write("garbage", "certificates.pem")
        let installer = world.installer { $0.trustedCertificates = world.folder.path + "/certificates.pem" }
        #expect(try await world.refusal(of: "https://localhost:1/x.zip", with: installer)?.code == .unreadable)
    }

    // MARK: Addresses

    @Test(arguments: [
        "https://example.org/x.zip", "HTTPS://example.org/x.zip", "http://127.0.0.1:8080/x", "http://localhost/x",
        "http://[::1]:80/x", "http://127.255.0.3/x", "https://example.org/a%20b.zip?token=1#part",
    ])
    func addressThatCanBeUsed_isTaken(text: String) throws {
        _ = try ModelAddress(text)
    }

    @Test(arguments: [
        "http://example.org/x.zip", "http://127.0.0.1.example.org/", "http://127.1/x", "http://localhost.example.org/",
        "http://128.0.0.1/", "http://[::2]/", "ftp://example.org/x", "file:///etc/passwd", "https://", "https:///x",
        "https://user:secret@example.org/x", "https://exa mple.org/", "https://example.org/\u{1B}[2J", "://", "",
        "https://example.org/" + String(repeating: "x", count: 9000),
    ])
    func addressThatCannotBeTrustedOrRead_isRefused(text: String) {
        let error = #expect(throws: ModelInstallationError.self) { try ModelAddress(text) }
        #expect(error?.code == .invalidRequest)
        #expect(error?.message.contains("secret") == false)
    }

    @Test func plainHTTP_isTakenWhereItIsAllowed() throws {
        let address = try ModelAddress("http://example.org/x.zip", allowsPlainHTTP: true)
        #expect(try address.redirected(to: "http://example.com/y").description == "http://example.com/y")
    }

    @Test(arguments: ["http://localhost/x", "http://example.org/x"])
    func wayFromHTTPSToHTTP_isNeverTaken(location: String) throws {
        let address = try ModelAddress("https://example.org/x.zip", allowsPlainHTTP: true)
        let error = #expect(throws: ModelInstallationError.self) { try address.redirected(to: location) }
        #expect(error?.message.contains("redirects from https to") == true)
    }

    @Test func secretsInAQuery_areNotShown() throws {
        #expect(try ModelAddress("https://example.org/x.zip?token=1#y").description == "https://example.org/x.zip")
    }
}
