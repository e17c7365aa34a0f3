internal import CPostgres
internal import Storage

/// The types whose binary form is known here, by their fixed numbers in `pg_type`.
enum WireType: Oid {
    case bool = 16
    case bytea = 17
    case name = 19
    case int8 = 20
    case int2 = 21
    case int4 = 23
    case text = 25
    case float4 = 700
    case float8 = 701
    case unknown = 705
    case bpchar = 1042
    case varchar = 1043
    case void = 2278

    /// A value in binary form.
    /// - Throws: `.invalidValue` for bytes that are no value of the type.
    func value(_ bytes: UnsafeRawBufferPointer) throws -> SQLValue {
        switch self {
        case .void: return .null
        case .bool: return .integer(try integer(bytes, UInt8.self) == 0 ? 0 : 1)
        case .int2: return .integer(Int64(try integer(bytes, Int16.self)))
        case .int4: return .integer(Int64(try integer(bytes, Int32.self)))
        case .int8: return .integer(try integer(bytes, Int64.self))
        case .float4: return .real(Double(Float(bitPattern: try integer(bytes, UInt32.self))))
        case .float8: return .real(Double(bitPattern: try integer(bytes, UInt64.self)))
        case .bytea: return .blob([UInt8](bytes))
        case .text, .name, .unknown, .bpchar, .varchar:
            guard let text = String(validating: bytes, as: UTF8.self) else { throw damaged }
            return .text(text)
        }
    }

    private func integer<T: FixedWidthInteger>(_ bytes: UnsafeRawBufferPointer, _: T.Type) throws -> T {
        guard bytes.count == MemoryLayout<T>.size else { throw damaged }
        return T(bigEndian: bytes.loadUnaligned(as: T.self))
    }

    private var damaged: StorageError {
        StorageError(.invalidValue, "The database sent a value of the type '\(self)' that is none.")
    }
}
