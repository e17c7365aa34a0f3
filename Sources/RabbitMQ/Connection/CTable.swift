internal import CRabbitMQ

/// What a table of AMQP holds: arguments of a queue, and what a client says about itself.
enum TableValue {
    case text(String)
    case number(Int32)
    case flag(Bool)
    case table([(String, TableValue)])
}

/// A table where C can reach it, as long as this lives.
final class CTable {
    private(set) var table = amqp_table_t()
    private var texts: [CText] = []
    private var tables: [CTable] = []

    init(_ entries: [(String, TableValue)]) {
        guard !entries.isEmpty else { return }
        let list = UnsafeMutablePointer<amqp_table_entry_t>.allocate(capacity: entries.count)
        for (index, (name, value)) in entries.enumerated() {
            list.advanced(by: index).initialize(to: amqp_table_entry_t(key: keep(name), value: field(value)))
        }
        table = amqp_table_t(num_entries: Int32(entries.count), entries: list)
    }

    deinit { table.entries?.deallocate() }

    private func keep(_ text: String) -> amqp_bytes_t {
        let kept = CText(text)
        texts.append(kept)
        return kept.bytes
    }

    private func field(_ value: TableValue) -> amqp_field_value_t {
        var field = amqp_field_value_t()
        switch value {
        case .text(let text):
            field.kind = UInt8(AMQP_FIELD_KIND_UTF8.rawValue)
            field.value.bytes = keep(text)
        case .number(let number):
            field.kind = UInt8(AMQP_FIELD_KIND_I32.rawValue)
            field.value.i32 = number
        case .flag(let flag):
            field.kind = UInt8(AMQP_FIELD_KIND_BOOLEAN.rawValue)
            field.value.boolean = flag ? 1 : 0
        case .table(let entries):
            let inner = CTable(entries)
            tables.append(inner)
            field.kind = UInt8(AMQP_FIELD_KIND_TABLE.rawValue)
            field.value.table = inner.table
        }
        return field
    }
}

/// Calls `body` with a table that holds the entries; it is gone afterwards.
func withTable<T>(_ entries: [(String, TableValue)], _ body: (amqp_table_t) throws -> T) rethrows -> T {
    let table = CTable(entries)
    return try withExtendedLifetime(table) { try body(table.table) }
}
