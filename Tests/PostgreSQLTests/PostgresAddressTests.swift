import PostgreSQL
import Storage
import Testing

struct PostgresAddressTests {
    @Test(arguments: [
        ("postgres://ada:secret@db.example.org:5433/jobs", "postgres://db.example.org:5433/jobs"),
        ("postgresql://ada@db/jobs?sslmode=verify-full", "postgres://db/jobs"),
        ("postgres://a:1@one:1,two:2,three/x", "postgres://one:1,two:2,three/x"),
        ("postgres://a@[::1]:5432/x", "postgres://[::1]:5432/x"),
        ("postgres://a:p%40ss@%2Fvar%2Frun/x", "postgres:///var/run/x"),
        ("postgres://", "postgres:///"),
    ])
    func addressIsDescribedWithoutItsPassword(text: String, description: String) throws {
        #expect(try PostgresAddress(text).description == description)
    }

    @Test(arguments: [
        "", "mysql://a/b", "postgres:", "postgres://a:secret/x@host/db", "postgres://a:secret@host:port/db",
        "postgres://a:secret@host/db?sslmode=sometimes", "postgres://a:secret@host/db?nonsense=secret",
        "postgres://a:secret%zz@host/db", "postgres://a:secret%00@host/db", "postgres://a@[::1]x/db",
        "postgres://a:secret@" + String(repeating: "h", count: 5000),
    ])
    func wrongAddressIsRefusedWithoutItsPassword(text: String) {
        let error = #expect(throws: StorageError.self) { try PostgresAddress(text) }
        #expect(error?.code == .invalidValue)
        #expect(error?.message.contains("secret") == false)
    }
}
