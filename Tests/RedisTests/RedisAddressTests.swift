import Redis
import Testing

struct RedisAddressTests {
    @Test(arguments: [
        ("redis://cache.example.org", "redis://cache.example.org:6379/0"),
        ("redis://:secret@127.0.0.1:7000/3", "redis://127.0.0.1:7000/3"),
        ("redis://ada:p%40ss@[::1]:1/", "redis://[::1]:1/0"),
        ("redis://ada:secret@[fe80::1]", "redis://[fe80::1]:6379/0"),
        ("redis://ada:sec@ret@host:65535/65535", "redis://host:65535/65535"),
        ("redis://:@host", "redis://host:6379/0"),
    ])
    func addressIsDescribedWithoutItsPassword(text: String, description: String) throws {
        #expect(try RedisAddress(text).description == description)
    }

    @Test(arguments: [
        "", "redis:", "redis://", "http://host", "redis://a:secret@", "redis://a:secret/x@host", "redis://host:0",
        "redis://a:secret@host:port/0", "redis://a:secret@host:65536", "redis://host/first", "redis://host/0/1",
        "redis://host/-1", "redis://host/99999", "redis://host/0?password=secret", "redis://a:secret%zz@host",
        "redis://a:secret%00@host", "redis://a:secret@[::1]x",
        "redis://a:secret@" + String(repeating: "h", count: 5000),
    ])
    func wrongAddressIsRefusedWithoutItsPassword(text: String) {
        let error = #expect(throws: RedisError.self) { try RedisAddress(text) }
        #expect(error?.code == .invalidAddress)
        #expect(error?.message.contains("secret") == false)
    }

    @Test func addressWithTLSIsRefusedWithWhatToDo() {
        let error = #expect(throws: RedisError.self) { try RedisAddress("rediss://:secret@host") }
        #expect(error?.code == .invalidAddress)
        #expect(error?.message.contains("stunnel") == true && error?.message.contains("secret") == false)
    }
}
