package import Environment

/// Accounts that go, with everything of them.
extension IdentityService {
    /// Erases an account with everything of it: what features keep (`IdentityConfiguration.erasures`), keys, sessions,
    /// usage. The audit trail keeps its id. If an erasure fails, the others are run all the same, and the account stays,
    /// disabled: this can be called again, and `sweep` does so until it succeeds or the account is opened again.
    /// - Throws: `.notFound`; `.unfinished`, which names what could not be erased.
    package func erase(_ userID: String, by actor: Actor) async throws {
        _ = try await setDisabled(true, of: userID, by: actor)
        try await eraseDisabled(userID, by: actor)
    }

    /// Erases once more what could not be erased before, unless the account was opened again meanwhile.
    func repeatErasures() async {
        for (userID, actor) in unfinishedErasures.all {
            do {
                guard let user = try await store.user(userID), user.isDisabled else {
                    unfinishedErasures.remove(userID)
                    continue
                }
                try await eraseDisabled(userID, by: actor)
            } catch {
                // It stays for the next time.
            }
        }
    }

    private func eraseDisabled(_ userID: String, by actor: Actor) async throws {
        try await runErasures(of: userID, by: actor)
        // Nothing of theirs is kept, not even where they were when they erased themselves.
        let address = actor.id == userID ? nil : actor.address
        let record = entry(.userErased, subject: userID, actor: actor.id, address: address, .succeeded)
        guard try await store.erase(userID, recording: record) else { throw IdentityError.unknownUser(userID) }
        forget(userID)
    }

    /// Users who were erased since a time, by whatever process: for those who remember something of them.
    package func erasedUsers(since time: Timestamp) async throws -> [String] {
        try await store.subjects(of: .userErased, since: time)
    }

    private func runErasures(of userID: String, by actor: Actor) async throws {
        var failures: [(name: String, error: any Error)] = []
        for erasure in configuration.erasures {
            do {
                try await erasure.run(userID)
            } catch {
                failures.append((erasure.name, error))
            }
        }
        guard let first = failures.first else { return unfinishedErasures.remove(userID) }
        unfinishedErasures.insert(userID, by: actor)
        let names = failures.map(\.name).joined(separator: ", ")
        throw IdentityError(
            .unfinished,
            """
            The account is locked, and not everything of it could be erased yet: \(names). Erase it again; a server that \
            was asked to does so every minute.
            """,
            retryAfter: .seconds(60),
            cause: first.error
        )
    }
}
