import DragomanClient
import Foundation
import NIOSSL
import Testing

/// HTTPS and secure WebSockets with a certificate of one's own making.
struct SecureConnectionTests {
    @Test(arguments: ["localhost", "127.0.0.1"])
    func trustedCertificateIsAccepted(host: String) async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).pem")
        try Data(TestCertificate.certificate.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        try await ScriptedServer.with(tls: try context(), script) { server in
            var configuration = configuration(host, server.port)
            configuration.trustedCertificates = file.path
            try await DragomanClient.withClient(configuration) { client in
                let translation = try await client.translate("x", to: "es")
                #expect(translation.text == "Buenos días.")
                let events = try await client.events(of: "trans_1").reduce(into: []) { $0.append($1) }
                #expect(events.map(\.status) == [.completed])
            }
            #expect(server.requests.count == 2)
        }
    }

    @Test func unknownCertificateIsRefused() async throws {
        try await ScriptedServer.with(tls: try context(), script) { server in
            try await DragomanClient.withClient(configuration("localhost", server.port)) { client in
                #expect(await code { try await client.translate("x", to: "es") } == .unreachable)
                #expect(
                    await code { for try await _ in client.events(of: "trans_1") {} } == .unreachable
                )
            }
            #expect(server.requests.isEmpty)
        }
    }

    @Test func missingCertificateFileIsTold() async throws {
        var configuration = configuration("localhost", 1)
        configuration.trustedCertificates = "/nonexistent.pem"
        let error = #expect(throws: DragomanClientError.self) { try DragomanClient(configuration) }
        #expect(error?.code == .invalidRequest)
        #expect(error?.message.contains("'/nonexistent.pem'") == true)
    }

    private func configuration(_ host: String, _ port: Int) -> DragomanClient.Configuration {
        .init(baseURL: ScriptedServer.url(port, scheme: "https", host: host), maxRetries: 0)
    }

    private func context() throws -> NIOSSLContext {
        let certificate = try NIOSSLCertificate(bytes: Array(TestCertificate.certificate.utf8), format: .pem)
        let key = try NIOSSLPrivateKey(bytes: Array(TestCertificate.key.utf8), format: .pem)
        return try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: [.certificate(certificate)],
                privateKey: .privateKey(key)
            )
        )
    }

    private var script: ScriptedServer.Script {
        { request, _ in
            request.uri.hasPrefix("/ws/") ? .socket([.text(Samples.event("COMPLETED", 100))]) : .ok(Samples.translated)
        }
    }
}
