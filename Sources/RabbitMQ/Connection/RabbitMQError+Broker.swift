internal import CRabbitMQ

extension RabbitMQError {
    /// A report in our words. Codes are those of AMQP 0-9-1, section "Reply Codes".
    init(_ report: BrokerReport, at address: RabbitMQAddress) {
        let (code, what) = Self.meaning(of: report, address)
        self.init(code, "The message broker '\(address)' \(what).", cause: report)
    }

    private static func meaning(of report: BrokerReport, _ address: RabbitMQAddress) -> (Code, String) {
        switch Int32(report.code) {
        case 0: (.lost, "is away: the connection ended")
        case AMQP_CONNECTION_FORCED: (.lost, "has closed the connection; it shuts down, or an administrator closed it")
        case AMQP_ACCESS_REFUSED: (.refused, refusal(of: address))
        case AMQP_NOT_ALLOWED: (.noVirtualHost, absence(in: address))
        case AMQP_PRECONDITION_FAILED where report.text.contains("acknowledgement"):
            (.lost, "has taken back messages that nobody here came to; it hands them out again")
        case AMQP_PRECONDITION_FAILED:
            (
                .topology,
                """
                has a queue or an exchange of that name with other properties; delete it, or choose another queue \
                prefix
                """
            )
        case AMQP_NOT_FOUND: (.topology, "has lost a queue or an exchange; it is declared again")
        case AMQP_RESOURCE_ERROR: (.lost, "lacks memory, disk, or room for another connection or queue")
        default: (.lost, "has closed the connection with the code '\(report.code)'")
        }
    }

    private static func refusal(of address: RabbitMQAddress) -> String {
        """
        refuses the user '\(address.user)'; check user and password, and its rights ('rabbitmqctl set_permissions'): \
        configure, write and read on what begins with the queue prefix
        """
    }

    private static func absence(in address: RabbitMQAddress) -> String {
        """
        has no virtual host '\(address.virtualHost)' that the user '\(address.user)' may use; create it ('rabbitmqctl \
        add_vhost') and grant rights on it ('rabbitmqctl set_permissions')
        """
    }

    /// Why there is no connection, by librabbitmq's status.
    static func noConnection(_ status: Int32, _ host: RabbitMQAddress.Host, _ address: RabbitMQAddress) -> Self {
        let report = BrokerReport("\(host.name):\(host.port): \(String(cString: amqp_error_string2(status)))")
        func error(_ code: Code, _ what: String) -> Self {
            Self(code, "The message broker '\(address)' \(what).", cause: report)
        }
        switch amqp_status_enum(status) {
        case AMQP_STATUS_HOSTNAME_RESOLUTION_FAILED:
            return error(.unreachable, "cannot be found; the host name '\(host.name)' has no address")
        case AMQP_STATUS_SSL_HOSTNAME_VERIFY_FAILED:
            return error(
                .untrusted,
                "has a certificate for another name than '\(host.name)'; expected that as a DNS name in it"
            )
        case AMQP_STATUS_SSL_PEER_VERIFY_FAILED:
            return error(.untrusted, "has a certificate that no trusted authority signed; check cacertfile")
        case AMQP_STATUS_SSL_ERROR, AMQP_STATUS_SSL_CONNECTION_FAILED:
            return error(.untrusted, "does not speak TLS as expected; check the port, and its certificate")
        default:
            return error(.unreachable, "cannot be reached; expected one that runs and accepts connections from here")
        }
    }

    /// The broker hung up while it was told who comes.
    static func noIntroduction(_ report: BrokerReport, _ address: RabbitMQAddress) -> Self {
        let hint = address.isEncrypted ? "" : ", and whether it wants TLS ('amqps://')"
        return Self(
            .unreachable,
            "The message broker '\(address)' does not answer in AMQP 0-9-1; check the port\(hint).",
            cause: report
        )
    }
}
