/// Compares a file with what was announced of it.
struct ContentCheck: Sendable {
    let path: String
    /// What people call it, in its quotes.
    let label: String
    var size: Int?
    var sha256: SHA256Sum?

    /// - Throws: `.damaged` that says what it is and what was expected.
    func run(_ report: @escaping @Sendable (InstallProgress) -> Void) async throws {
        try await BlockingWork.run { cancellation in
            let file = try RegularFile(path)
            if let size, file.size != size { throw damaged("\(file.size) bytes", expected: "\(size)") }
            guard let sha256 else { return }
            let total = file.size
            var done = 0
            let sum = try file.checksum { count in
                try cancellation.check()
                done += count
                report(.checking(done: done, total: total))
            }
            if sum != sha256 { throw damaged("the SHA-256 \(sum)", expected: "\(sha256)") }
        }
    }

    private func damaged(_ found: String, expected: String) -> ModelInstallationError {
        ModelInstallationError(.damaged, "\(label) has \(found), expected \(expected); it is not used.")
    }
}
