internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore

/// `/metrics` in Prometheus's text format.
struct MetricsRoutes {
    let services: WebServices

    var routes: [Route] {
        [
            .get("/metrics", .everybody) { _, _ in
                Response(
                    status: .ok,
                    headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8", .cacheControl: "no-store"],
                    body: ResponseBody(byteBuffer: ByteBuffer(string: services.exposition()))
                )
            }
        ]
    }
}
