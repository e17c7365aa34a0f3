internal import Testing

/// One promise of a port, as code that any implementation can be run through:
///
///     @Test(arguments: JobStoreContract.cases)
///     func keepsPromise(_ promise: ContractCase<JobStoreContract>) async throws { … promise.check(suite) … }
package struct ContractCase<Suite: Sendable>: Sendable, CustomTestStringConvertible {
    package let name: String
    private let body: @Sendable (Suite) async throws -> Void

    init(_ name: String, _ body: @escaping @Sendable (Suite) async throws -> Void) {
        self.name = name
        self.body = body
    }

    /// Checks the promise on an implementation that nothing has been done with yet.
    package func check(_ suite: Suite) async throws { try await body(suite) }

    package var testDescription: String { name }
}
