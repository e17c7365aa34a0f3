internal import CoreMetrics
internal import Environment
internal import Synchronization

/// Counts and times requests: `dragoman_http_requests_total` by method, route and status, `dragoman_http_request_duration_seconds` by
/// method and route. Routes are templates, so that there are as many series as the API has operations.
final class RequestMetrics: Sendable {
    private struct Key: Hashable {
        var route: String
        var method: String
        var status: Int
    }

    private let factory: any MetricsFactory
    private let counters = Mutex<[Key: Counter]>([:])
    private let timers = Mutex<[Key: Timer]>([:])
    private let openSockets = Mutex(0)
    private let sockets: Gauge

    init(factory: any MetricsFactory) {
        self.factory = factory
        sockets = Gauge(label: "dragoman_websocket_connections", factory: factory)
    }

    func record(route: String, method: String, status: Int, duration: Duration) {
        let labels = [("method", method), ("route", route)]
        let counter = counters.withLock { counters in
            counters.value(for: Key(route: route, method: method, status: status)) {
                let labels = labels + [("status", String(status))]
                return Counter(label: "dragoman_http_requests_total", dimensions: labels, factory: factory)
            }
        }
        let timer = timers.withLock { timers in
            timers.value(for: Key(route: route, method: method, status: 0)) {
                Timer(label: "dragoman_http_request_duration_seconds", dimensions: labels, factory: factory)
            }
        }
        counter.increment()
        timer.recordNanoseconds(duration.wholeMicroseconds.multipliedReportingOverflow(by: 1000).partialValue)
    }

    /// Counts a WebSocket while it is open.
    func withOpenSocket<T>(_ body: () async -> T) async -> T {
        sockets.record(
            openSockets.withLock {
                $0 += 1; return $0
            }
        )
        defer {
            sockets.record(
                openSockets.withLock {
                    $0 -= 1; return $0
                }
            )
        }
        return await body()
    }
}

extension Dictionary {
    /// The value of a key, made if it is missing.
    fileprivate mutating func value(for key: Key, _ make: () -> Value) -> Value {
        if let value = self[key] { return value }
        let value = make()
        self[key] = value
        return value
    }
}
