import Contracts
import Environment
import Notes
import Storage
import Testing

struct NotesContractTests {
    @Test(arguments: NoteStoreContract.cases)
    func sqlStore(_ promise: ContractCase<NoteStoreContract>) async throws {
        try await withTwoDatabases { first, second in
            try await promise.check(NoteStoreContract(store: SQLNoteStore(first), other: SQLNoteStore(second)))
        }
    }

    @Test(arguments: KeyValueCacheContract.cases)
    func inProcessCache(_ promise: ContractCase<KeyValueCacheContract>) async throws {
        let time = ManualTime()
        let cache = InProcessCache(environment: time.environment)
        try await promise.check(KeyValueCacheContract(cache: cache) { time.advance(by: $0) })
    }
}
