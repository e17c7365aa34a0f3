internal import Crypto
package import Environment
internal import Foundation

/// Shows a receiver that news comes from this installation, and when it was signed.
///
///     Dragoman-Signature: t=1795219200,v1=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd
///
/// `v1` is HMAC-SHA256 in hexadecimal, with the owner's webhook secret as key, over the time, a full stop, and the body.
/// Receivers compare it, and refuse times that are long past.
package enum WebhookSignature {
    /// The name of the header field.
    package static let field = "Dragoman-Signature"

    /// The secret of an owner: derived from the installation's, so that nothing needs to be stored.
    package static func secret(ofOwner owner: String, installation: String) -> String {
        "whsec_" + hexadecimal(code(of: Array("dragoman.webhooks.\(owner)".utf8), key: installation))
    }

    /// The field's value.
    package static func value(of body: [UInt8], secret: String, at time: Timestamp) -> String {
        let seconds = time.microseconds / 1_000_000
        return "t=\(seconds),v1=" + hexadecimal(code(of: Array("\(seconds).".utf8) + body, key: secret))
    }

    private static func code(of message: [UInt8], key: String) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: message, using: SymmetricKey(data: Data(key.utf8))))
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
