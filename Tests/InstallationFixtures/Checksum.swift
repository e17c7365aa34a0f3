internal import Crypto
package import Foundation

extension Data {
    /// The SHA-256 checksum in hexadecimal digits.
    package var sha256: String {
        SHA256.hash(data: self).map { String(UInt16($0) | 0x100, radix: 16).dropFirst() }.joined()
    }
}
