internal import Foundation

/// Why the server cannot run, worded for whoever starts it.
package struct WebServerError: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// The address cannot be listened on: it is in use, not this machine's, or not allowed.
        case addressUnavailable
    }

    package var code: Code
    package var message: String
    package var cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var description: String { message }
}

extension WebServerError {
    static func unavailable(_ configuration: WebServerConfiguration, _ reason: String, _ cause: any Error)
        -> WebServerError
    {
        let address = "\(configuration.host):\(configuration.port)"
        return WebServerError(.addressUnavailable, "The server cannot listen on '\(address)': \(reason)", cause: cause)
    }
}

/// Why an address cannot be listened on, and what to do.
enum ListeningProblem {
    static func words(_ code: CInt) -> String {
        switch code {
        case EADDRINUSE:
            "another program listens there. Choose another port (--api-port; 0: any that is free), or end that program."
        case EACCES:
            "ports below 1024 need special rights. Choose another port (--api-port), and a proxy in front of it."
        case EADDRNOTAVAIL: "this machine has no such address. Choose one that it has (--api-host), or 127.0.0.1."
        default: String(cString: strerror(code)) + ". Expected an address of this machine that is free."
        }
    }
}
