internal import CRabbitMQ
internal import Environment
internal import Foundation

extension AMQPConnection {
    /// Connects to a machine of the cluster and logs in.
    /// - Parameter name: what the broker's lists of connections call it.
    /// - Throws: `RabbitMQError`, worded for the operator.
    static func open(
        _ address: RabbitMQAddress,
        on host: RabbitMQAddress.Host,
        name: String
    ) throws -> AMQPConnection {
        guard let link = amqp_new_connection() else {
            throw RabbitMQError(.unreachable, "There is no memory for a connection to the message broker.")
        }
        do {
            let socket = try socket(link, host, address)
            let milliseconds = Int32(clamping: address.connectTimeout.wholeMicroseconds / 1000)
            var status = crabbitmq_set_timeouts(link, milliseconds)
            if status == AMQP_STATUS_OK.rawValue {
                status = crabbitmq_open(socket, host.name, Int32(host.port), milliseconds)
            }
            guard status == AMQP_STATUS_OK.rawValue else {
                throw RabbitMQError.noConnection(status, host, address)
            }
            try logIn(link, address, name)
        } catch {
            amqp_destroy_connection(link)
            throw error
        }
        let connection = AMQPConnection(link: link, address: address)
        try connection.openChannel()
        return connection
    }

    private static func logIn(_ link: amqp_connection_state_t, _ address: RabbitMQAddress, _ name: String) throws {
        let seconds = Int32(address.heartbeat / .seconds(1))
        // Without these the broker would not say that it lost a queue, or that it takes no messages.
        let capabilities: [(String, TableValue)] = [
            ("consumer_cancel_notify", .flag(true)), ("connection.blocked", .flag(true)),
        ]
        let properties: [(String, TableValue)] = [
            ("product", .text("Dragoman")), ("connection_name", .text(name)), ("capabilities", .table(capabilities)),
        ]
        let reply = withTable(properties) { table in
            withUnsafePointer(to: table) {
                crabbitmq_log_in(link, address.virtualHost, seconds, $0, address.user, address.password)
            }
        }
        guard let report = report(reply) else { return }
        throw report.code == 0
            ? RabbitMQError.noIntroduction(report, address) : RabbitMQError(report, at: address)
    }

    // MARK: TLS

    /// Where systems keep the authorities that they trust, in the order of Debian, Fedora, Alpine and macOS, SUSE.
    private static let systemAuthorities = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem",
        "/etc/ssl/ca-bundle.pem",
    ]

    /// A socket that belongs to the connection.
    private static func socket(
        _ link: amqp_connection_state_t,
        _ host: RabbitMQAddress.Host,
        _ address: RabbitMQAddress
    ) throws -> OpaquePointer {
        guard let socket = address.isEncrypted ? amqp_ssl_socket_new(link) : amqp_tcp_socket_new(link) else {
            throw RabbitMQError(.unreachable, "There is no memory for a connection to the message broker.")
        }
        guard address.isEncrypted else { return socket }
        amqp_ssl_socket_set_verify_peer(socket, 1)
        amqp_ssl_socket_set_verify_hostname(socket, 1)
        _ = amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST)
        let chosen = address.authorities ?? ProcessInfo.processInfo.environment["SSL_CERT_FILE"]
        let authorities = chosen ?? systemAuthorities.first { FileManager.default.isReadableFile(atPath: $0) }
        guard let authorities, amqp_ssl_socket_set_cacert(socket, authorities) == AMQP_STATUS_OK.rawValue else {
            throw RabbitMQError(
                .untrusted,
                "No certificates of authorities can be read from '\(authorities ?? "")', expected PEM; set cacertfile."
            )
        }
        if let certificate = address.certificate, let key = address.key {
            guard amqp_ssl_socket_set_key(socket, certificate, key) == AMQP_STATUS_OK.rawValue else {
                throw RabbitMQError(
                    .untrusted,
                    "The certificate '\(certificate)' and the key '\(key)' cannot be used, expected a pair in PEM."
                )
            }
        }
        return socket
    }
}
