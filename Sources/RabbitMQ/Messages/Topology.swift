package import JobSystem

/// What there is in the broker, by a prefix that installations (and tests) do not share.
///
///     PREFIX.jobs            direct exchange; the routing key is the class
///     PREFIX.jobs.CLASS      a quorum queue for each of critical, high and standard
///     PREFIX.jobs.dead       fanout exchange, and the quorum queue of dead letters, the latest 10,000: messages that
///                            are none of ours, and those that were delivered 20 times and never acknowledged
package struct Topology: Sendable {
    private static let deliveries: Int32 = 20
    private static let deadLetters: Int32 = 10_000

    package let exchange: String
    package let deadLetters: String

    /// - Throws: `RabbitMQError` `.invalidAddress` unless the prefix is 1 to 100 letters, digits, '.', '-' or '_'.
    package init(prefix: String) throws {
        let isName = prefix.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard isName, (1...100).contains(prefix.utf8.count) else {
            throw RabbitMQError(
                .invalidAddress,
                "The queue prefix is '\(prefix.prefix(100))', expected 1 to 100 letters, digits, '.', '-' or '_'."
            )
        }
        exchange = prefix + ".jobs"
        deadLetters = exchange + ".dead"
    }

    package func routingKey(_ priorityClass: PriorityClass) -> String { priorityClass.rawValue.lowercased() }

    package func queue(_ priorityClass: PriorityClass) -> String { exchange + "." + routingKey(priorityClass) }

    /// Makes what is missing. Nothing happens to what is there.
    /// - Throws: `RabbitMQError` `.topology` if something of the same name has other properties.
    func declare(on connection: AMQPConnection) throws {
        try connection.declareExchange(exchange, type: "direct")
        try connection.declareExchange(deadLetters, type: "fanout")
        try connection.declareQueue(
            deadLetters,
            [("x-queue-type", .text("quorum")), ("x-max-length", .number(Self.deadLetters))]
        )
        try connection.bind(queue: deadLetters, to: deadLetters, routingKey: "")
        for priorityClass in PriorityClass.allCases {
            try connection.declareQueue(
                queue(priorityClass),
                [
                    ("x-queue-type", .text("quorum")), ("x-delivery-limit", .number(Self.deliveries)),
                    ("x-dead-letter-exchange", .text(deadLetters)),
                ]
            )
            try connection.bind(queue: queue(priorityClass), to: exchange, routingKey: routingKey(priorityClass))
        }
    }
}
