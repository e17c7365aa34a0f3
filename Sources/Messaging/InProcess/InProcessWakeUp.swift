package import Environment
internal import JobSystem

/// Wakes the workers of this process.
package struct InProcessWakeUp: JobWakeUp {
    private let signals = Signal()
    private let environment: ServiceEnvironment

    package init(environment: ServiceEnvironment) { self.environment = environment }

    package func ticket() -> UInt64 { signals.ticket }

    package func signal() async { signals.raise() }

    package func wait(after ticket: UInt64, upTo limit: Duration) async {
        await signals.wait(after: ticket, upTo: limit, environment: environment)
    }
}
