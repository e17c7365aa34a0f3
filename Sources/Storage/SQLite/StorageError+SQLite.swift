internal import GRDB

extension StorageError {
    /// What a body threw, if it is the driver's in our words, else as it is.
    static func translating(_ error: any Error, path: String) -> any Error {
        error is DatabaseError ? StorageError(sqlite: error, path: path) : error
    }

    /// The driver's error in our words.
    init(sqlite error: any Error, path: String) {
        if let error = error as? StorageError {
            self = error
            return
        }
        guard let error = error as? DatabaseError else {
            self.init(.unavailable, "The database '\(path)' failed.", cause: error)
            return
        }
        let (code, what) = Self.meaning(of: error)
        self.init(code, "The database '\(path)' \(what).", cause: error)
    }

    private static func meaning(of error: DatabaseError) -> (Code, String) {
        switch error.extendedResultCode {
        // The index of the log grows in shared memory, beside the file: no room is reported as an error of that.
        case .SQLITE_IOERR_SHMSIZE: return (.storageFull, full)
        default: break
        }
        return switch error.resultCode {
        case .SQLITE_FULL: (.storageFull, full)
        case .SQLITE_BUSY, .SQLITE_LOCKED: (.busy, "is locked by another process; it was waited for")
        case .SQLITE_CONSTRAINT: (.constraint, "refuses a row that breaks one of its rules")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: (.corrupt, "is damaged or no SQLite file; restore a backup")
        case .SQLITE_TOOBIG, .SQLITE_MISMATCH, .SQLITE_RANGE:
            (.invalidValue, "cannot hold a value of that size or type")
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH: (.unavailable, "is read-only; expected write access")
        case .SQLITE_CANTOPEN: (.unavailable, "cannot be opened; expected a folder that exists and is writable")
        case .SQLITE_ERROR: (.statement, "does not understand a statement")
        default: (.unavailable, "failed (SQLite code '\(error.extendedResultCode.rawValue)')")
        }
    }

    private static let full = "has no room left; make room on the disk or raise its limit"
}
