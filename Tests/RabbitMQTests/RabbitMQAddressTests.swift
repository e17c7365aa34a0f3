import JobSystem
import RabbitMQ
import Testing

struct RabbitMQAddressTests {
    @Test(arguments: [
        ("amqp://ada:secret@mq.example.org:5673/jobs", "amqp://mq.example.org:5673/jobs"),
        ("amqp://mq", "amqp://mq:5672/"),
        ("amqps://ada@mq/%2F", "amqps://mq:5671/"),
        ("amqp://ada:p%40ss@one:1,two/x%2Fy?heartbeat=5&connection_timeout=2000", "amqp://one:1,two:5672/x/y"),
        ("amqps://ada@[::1]:5671/?cacertfile=%2Fca.pem&certfile=c&keyfile=k", "amqps://[::1]:5671/"),
    ])
    func addressIsDescribedWithoutItsPassword(text: String, description: String) throws {
        #expect(try RabbitMQAddress(text).description == description)
    }

    @Test(arguments: [
        "", "http://a", "amqp:", "amqp://", "amqp:///x", "amqp://ada:secret@", "amqp://ada:secret/x@host/v",
        "amqp://ada:secret@host:port", "amqp://ada:secret@host:0", "amqp://ada:secret@host:65536",
        "amqp://ada:secret%zz@host", "amqp://ada:secret%00@host", "amqp://ada:secret@[::1]x",
        "amqp://ada:secret@host,/v", "amqp://ada:secret@host/v?heartbeat=0", "amqp://ada:secret@host/v?heartbeat=x",
        "amqp://ada:secret@host/v?connection_timeout=99", "amqp://ada:secret@host/v?nonsense=secret",
        "amqp://ada:secret@host/v?cacertfile=ca.pem", "amqps://ada:secret@host/v?certfile=c",
        "amqp://ada:secret@host/" + String(repeating: "v", count: 256),
        "amqp://ada:secret@" + String(repeating: "h", count: 5000),
    ])
    func wrongAddressIsRefusedWithoutItsPassword(text: String) {
        let error = #expect(throws: RabbitMQError.self) { try RabbitMQAddress(text) }
        #expect(error?.code == .invalidAddress)
        #expect(error?.message.contains("secret") == false)
    }

    @Test(arguments: ["", "a b", "a/b", "ä", "#", String(repeating: "q", count: 101)])
    func prefixThatIsNoNameIsRefused(prefix: String) {
        let error = #expect(throws: RabbitMQError.self) { try Topology(prefix: prefix) }
        #expect(error?.code == .invalidAddress)
    }

    @Test func queuesAreNamedByPrefixAndClass() throws {
        let topology = try Topology(prefix: "test-7.a_b")
        #expect(topology.exchange == "test-7.a_b.jobs")
        #expect(topology.queue(.critical) == "test-7.a_b.jobs.critical")
        #expect(topology.deadLetters == "test-7.a_b.jobs.dead")
    }
}
