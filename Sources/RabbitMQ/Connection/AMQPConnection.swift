internal import CRabbitMQ
internal import Environment
internal import Foundation

/// A connection to the broker with one channel on it. librabbitmq blocks; so each has a thread of its own, and nothing
/// of this may be called from another.
///
/// What is sent stays below what a socket holds (see `Publisher`), so that sending does not wait for the broker.
final class AMQPConnection {
    /// The largest body that is read; of larger ones nothing is kept.
    static let bodyBytes = 4096
    static let channel: amqp_channel_t = 1
    /// Events that `takeEvents` hands over at once.
    private static let batch = 1000

    let link: amqp_connection_state_t
    let address: RabbitMQAddress
    private(set) var isBroken = false
    private var partial: PartialMessage?

    /// A message whose frames are coming in.
    private struct PartialMessage {
        var event: BrokerEvent
        /// Bytes still to come; nil before the header.
        var missing: UInt64?
        /// nil: too large.
        var body: [UInt8]? = []

        mutating func begin(size: UInt64) {
            missing = size
            if size > UInt64(AMQPConnection.bodyBytes) { body = nil }
        }

        mutating func add(_ fragment: amqp_bytes_t) {
            missing = missing.map { $0 > UInt64(fragment.len) ? $0 - UInt64(fragment.len) : 0 }
            if body != nil { body?.append(contentsOf: fragment.copied) }
        }
    }

    /// Takes over a link that is logged in.
    init(link: amqp_connection_state_t, address: RabbitMQAddress) {
        self.link = link
        self.address = address
    }

    deinit { amqp_destroy_connection(link) }

    /// Says good-bye, so that the broker has dealt with everything that was sent. Waits for its answer, but not long.
    func close() {
        guard !isBroken else { return }
        isBroken = true
        _ = crabbitmq_set_timeouts(link, 1000)
        _ = amqp_connection_close(link, AMQP_REPLY_SUCCESS)
    }

    // MARK: Sending

    /// Sends a persistent message that must reach a queue.
    func publish(_ body: [UInt8], to exchange: CText, _ routingKey: CText) throws {
        var properties = amqp_basic_properties_t()
        properties._flags = amqp_flags_t(AMQP_BASIC_DELIVERY_MODE_FLAG)
        properties.delivery_mode = UInt8(AMQP_DELIVERY_PERSISTENT.rawValue)
        let status = body.withUnsafeBytes { body in
            // The library does not write to it.
            let bytes = amqp_bytes_t(len: body.count, bytes: UnsafeMutableRawPointer(mutating: body.baseAddress))
            return amqp_basic_publish(link, Self.channel, exchange.bytes, routingKey.bytes, 1, 0, &properties, bytes)
        }
        try check(status)
    }

    func acknowledge(_ acknowledgement: Acknowledgements.Acknowledgement) throws {
        try check(amqp_basic_ack(link, Self.channel, acknowledgement.tag, acknowledgement.isMultiple ? 1 : 0))
    }

    /// Has a message become a dead letter.
    func reject(_ tag: UInt64) throws { try check(amqp_basic_reject(link, Self.channel, tag, 0)) }

    // MARK: Calls that wait for their answer

    func openChannel() throws {
        _ = amqp_channel_open(link, Self.channel)
        try checkAnswer()
    }

    /// From now on the broker confirms what is published, counting from 1.
    func selectConfirms() throws {
        _ = amqp_confirm_select(link, Self.channel)
        try checkAnswer()
    }

    /// How many messages a consumer may have unacknowledged. For those that are added after it.
    func setPrefetch(_ count: UInt16) throws {
        _ = amqp_basic_qos(link, Self.channel, 0, count, 0)
        try checkAnswer()
    }

    func consume(queue: String, as consumer: String) throws {
        let (queue, consumer) = (CText(queue), CText(consumer))
        withTable([]) { _ = amqp_basic_consume(link, Self.channel, queue.bytes, consumer.bytes, 0, 0, 0, $0) }
        try checkAnswer()
    }

    func declareExchange(_ name: String, type: String) throws {
        let (name, type) = (CText(name), CText(type))
        withTable([]) { _ = amqp_exchange_declare(link, Self.channel, name.bytes, type.bytes, 0, 1, 0, 0, $0) }
        try checkAnswer()
    }

    func declareQueue(_ name: String, _ arguments: [(String, TableValue)]) throws {
        let name = CText(name)
        withTable(arguments) { _ = amqp_queue_declare(link, Self.channel, name.bytes, 0, 1, 0, 0, $0) }
        try checkAnswer()
    }

    func bind(queue: String, to exchange: String, routingKey: String) throws {
        let (queue, exchange, routingKey) = (CText(queue), CText(exchange), CText(routingKey))
        withTable([]) {
            _ = amqp_queue_bind(link, Self.channel, queue.bytes, exchange.bytes, routingKey.bytes, $0)
        }
        try checkAnswer()
    }

    // MARK: Receiving

    /// Waits until the broker sends something, the waker is used, or it is that time; and not longer than heartbeats
    /// allow.
    func wait(_ waker: Waker, until deadline: ContinuousClock.Instant) {
        _ = SocketWait.wait(amqp_get_sockfd(link), .reading, waker, until: min(deadline, .now + address.heartbeat / 4))
    }

    /// What has come in, without waiting; some of it, where there is much. Sends heartbeats when they are due, so it
    /// has to be called again and again.
    /// - Throws: `RabbitMQError`; then the connection is broken.
    func takeEvents() throws -> [BrokerEvent] {
        var events: [BrokerEvent] = []
        while events.count < Self.batch {
            var frame = amqp_frame_t()
            let status = crabbitmq_next_frame(link, &frame)
            if status == AMQP_STATUS_TIMEOUT.rawValue { break }
            try check(status)
            if let event = try read(frame) { events.append(event) }
            // Everything of the frame is copied by now.
            amqp_maybe_release_buffers(link)
        }
        return events
    }

    private func read(_ frame: amqp_frame_t) throws -> BrokerEvent? {
        switch Int32(frame.frame_type) {
        case AMQP_FRAME_METHOD: return try read(frame.payload.method)
        case AMQP_FRAME_HEADER: partial?.begin(size: frame.payload.properties.body_size)
        case AMQP_FRAME_BODY: partial?.add(frame.payload.body_fragment)
        default: break
        }
        guard let whole = partial, whole.missing == 0 else { return nil }
        partial = nil
        guard case .delivery(let consumer, let tag, _) = whole.event else { return whole.event }
        return .delivery(consumer: consumer, tag: tag, body: whole.body)
    }

    private func read(_ method: amqp_method_t) throws -> BrokerEvent? {
        switch method.id {
        case crabbitmq_deliver:
            let deliver = method.decoded.load(as: amqp_basic_deliver_t.self)
            let tag = deliver.delivery_tag
            partial = PartialMessage(event: .delivery(consumer: deliver.consumer_tag.text, tag: tag, body: nil))
            return nil
        case crabbitmq_return:
            partial = PartialMessage(event: .returned)
            return nil
        case crabbitmq_ack:
            let ack = method.decoded.load(as: amqp_basic_ack_t.self)
            return .confirmation(tag: ack.delivery_tag, isMultiple: ack.multiple != 0, isAccepted: true)
        case crabbitmq_nack:
            let nack = method.decoded.load(as: amqp_basic_nack_t.self)
            return .confirmation(tag: nack.delivery_tag, isMultiple: nack.multiple != 0, isAccepted: false)
        case crabbitmq_cancel:
            return .cancelled(consumer: method.decoded.load(as: amqp_basic_cancel_t.self).consumer_tag.text)
        case crabbitmq_blocked: return .blocked(true)
        case crabbitmq_unblocked: return .blocked(false)
        case crabbitmq_connection_close, crabbitmq_channel_close: throw broken(by: closing(method))
        default: return nil
        }
    }

    // MARK: Failures

    private func check(_ status: Int32) throws {
        guard status != AMQP_STATUS_OK.rawValue else { return }
        throw broken(by: BrokerReport(String(cString: amqp_error_string2(status))))
    }

    /// Looks at the answer to the latest call.
    private func checkAnswer() throws {
        if let report = Self.report(amqp_get_rpc_reply(link)) { throw broken(by: report) }
    }

    private func broken(by report: BrokerReport) -> RabbitMQError {
        isBroken = true
        return RabbitMQError(report, at: address)
    }

    /// What went wrong with a call; nil if nothing did.
    static func report(_ reply: amqp_rpc_reply_t) -> BrokerReport? {
        switch reply.reply_type {
        case AMQP_RESPONSE_NORMAL: nil
        case AMQP_RESPONSE_SERVER_EXCEPTION: closing(reply.reply)
        case AMQP_RESPONSE_LIBRARY_EXCEPTION:
            BrokerReport(String(cString: amqp_error_string2(reply.library_error)))
        default: BrokerReport("no answer")
        }
    }

    private func closing(_ method: amqp_method_t) -> BrokerReport { Self.closing(method) }

    /// Why the broker closes the connection or the channel.
    private static func closing(_ method: amqp_method_t) -> BrokerReport {
        switch method.id {
        case crabbitmq_connection_close:
            let close = method.decoded.load(as: amqp_connection_close_t.self)
            return BrokerReport(code: Int(close.reply_code), close.reply_text.text)
        case crabbitmq_channel_close:
            let close = method.decoded.load(as: amqp_channel_close_t.self)
            return BrokerReport(code: Int(close.reply_code), close.reply_text.text)
        default: return BrokerReport("closed by method '\(method.id)'")
        }
    }
}
