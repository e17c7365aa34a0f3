import ModelInstallation

/// Gives what an installation throws the exit code that it ends the program with.
func withExitCodes<Value>(_ body: () async throws -> Value) async throws -> Value {
    do {
        return try await body()
    } catch let error as ModelInstallationError {
        throw CommandError(message: error.message, code: error.exitCode)
    }
}

extension ModelInstallationError {
    /// From sysexits.h.
    fileprivate var exitCode: Int32 {
        switch code {
        case .invalidRequest: CommandFailure.Code.usage
        case .notFound, .unreachable: CommandFailure.Code.unavailable
        case .damaged, .tooLarge: CommandFailure.Code.data
        case .unreadable: CommandFailure.Code.noInput
        case .alreadyInstalled, .noSpace, .unwritable: CommandFailure.Code.cannotCreate
        // EX_TEMPFAIL: try again later.
        case .busy: 75
        }
    }
}
