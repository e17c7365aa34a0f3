internal import NIOSSL

/// How secure connections are made. Certificates are always checked.
struct TLSSettings: Sendable {
    let configuration: TLSConfiguration
    let context: NIOSSLContext

    /// - Parameter trustedCertificates: a file to use instead of the system's certificates.
    init(trustedCertificates: String?) throws {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        do {
            if let trustedCertificates {
                configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(trustedCertificates))
            }
            context = try NIOSSLContext(configuration: configuration)
        } catch {
            let file = trustedCertificates.map { " with the certificates in '\($0)'" } ?? ""
            throw DragomanClientError(.invalidRequest, "TLS cannot be used\(file).", cause: error)
        }
        self.configuration = configuration
    }
}
