internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore

/// `/metrics` in Prometheus's text format.
///
/// Proxies keep the world away from it, by its path. Other paths are taken as they are meant, with a slash at the end or two
/// at the beginning; this one is answered as it is written here alone, so that no proxy has to know how else to write it.
struct MetricsRoutes {
    let services: WebServices

    var routes: [Route] {
        [
            .get("/metrics", .everybody) { request, _ in
                guard request.uri.path == "/metrics" else { throw Problem.notFound("There is nothing at this path.") }
                return Response(
                    status: .ok,
                    headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8", .cacheControl: "no-store"],
                    body: ResponseBody(byteBuffer: ByteBuffer(string: await services.exposition()))
                )
            }
        ]
    }
}
