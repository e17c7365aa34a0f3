internal import NIOSSL

/// A certificate for `localhost` that nobody trusts who is not told to, valid until 2126. Its key is public by being
/// here and protects nothing.
package struct TestCertificate: Sendable {
    /// The certificate in PEM.
    package let text = """
        -----BEGIN CERTIFICATE-----
        MIIBmjCCAUGgAwIBAgIUGjIFTzg7RovPc09Q7WbNJscXOyAwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTEyMDU0NVoYDzIxMjYxMDI4
        MTIwNTQ1WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAATKsQcPVWW3frK4Td0pVQzY5DFD3BUyKgd09lqqcbQFEF3L3azZ5ezQ
        iETUn6ZCpN4nxl/7nzooeagaeYuq1Meuo28wbTAdBgNVHQ4EFgQUHdoTmPr5ygDd
        JUj/jXaxpQ3N/uAwHwYDVR0jBBgwFoAUHdoTmPr5ygDdJUj/jXaxpQ3N/uAwDwYD
        VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
        zj0EAwIDRwAwRAIgRcpFiW2efO8GOnaO4+1tyuxaiLd79kWx5oZybWs5HUgCIEjm
        BrdKIKJVtwJ/pWRbLdd0lXv2QGRWcXlPSel6grdA
        -----END CERTIFICATE-----
        """

    private static let key = """
        -----BEGIN EC PRIVATE KEY-----
        MHcCAQEEICbfLg8NgnpuwzZCYxSu+slm+E2t0h2VjmOFezrKjXCLoAoGCCqGSM49
        AwEHoUQDQgAEyrEHD1Vlt36yuE3dKVUM2OQxQ9wVMioHdPZaqnG0BRBdy92s2eXs
        0IhE1J+mQqTeJ8Zf+586KHmoGnmLqtTHrg==
        -----END EC PRIVATE KEY-----
        """

    package init() {}

    func serverContext() throws -> NIOSSLContext {
        let certificates = try NIOSSLCertificate.fromPEMBytes(Array(text.utf8))
        let key = try NIOSSLPrivateKey(bytes: Array(Self.key.utf8), format: .pem)
        return try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: certificates.map { .certificate($0) },
                privateKey: .privateKey(key)
            )
        )
    }
}
